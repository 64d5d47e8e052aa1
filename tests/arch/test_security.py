"""Every row of the security checklist has a test that exists; what no run could show is read."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.arch.security import ROWS, SHORT
from tests.arch.test_scenarios import functions

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
NODES = sorted({node for _what, nodes in ROWS.values() for node in nodes})
LAST = 27
BANNED = frozenset(
    {"add_head_html", "add_body_html", "html", "run_javascript", "interactive_image"}
)
"""What could turn text into markup or script on the page."""


def test_every_row_has_a_test() -> None:
    assert list(ROWS) == list(range(1, LAST + 1))
    assert all(nodes for _what, nodes in ROWS.values())
    assert SHORT.keys() <= ROWS.keys()
    assert len(SHORT) <= 4, "the list may only become shorter"


@pytest.mark.parametrize("node", NODES)
def test_named_test_exists(node: str) -> None:
    file, _, name = node.partition("::")
    found = functions(TESTS / file)
    assert name in found if name else found


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Yield every call of a method with the method's name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, node


def suspicious(text: str) -> list[str]:
    """Return calls that take anything but a constant where markup or script goes."""
    found = []
    for name, call in calls(ast.parse(text)):
        given = [*call.args, *(one.value for one in call.keywords)]
        if name in BANNED and not all(isinstance(one, ast.Constant | ast.Name) for one in given):
            found.append(f"{name} in line {call.lineno}")
    return found


@pytest.mark.parametrize("path", sorted((ROOT / "tai2" / "web").rglob("*.py")), ids=str)
def test_the_page_builds_no_html_and_runs_no_script_of_data(path: Path) -> None:
    assert suspicious(path.read_text()) == []


def test_the_check_sees_markup_of_data() -> None:
    assert suspicious("ui.html(f'<b>{name}</b>')") == ["html in line 1"]
    assert suspicious("ui.run_javascript('go(' + x + ')')") == ["run_javascript in line 1"]
    assert suspicious("ui.add_head_html(HEAD)") == []


def test_statements_are_built_from_constants_only() -> None:
    """Ruff's S608 finds SQL made of pieces; each exception to it must say why."""
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert "S" in lint["select"]
    assert not {"S", "S608"} & set(lint["ignore"])
    lines = [
        line for path in (ROOT / "tai2").rglob("*.py") for line in path.read_text().splitlines()
    ]
    excused = [line for line in lines if "noqa: S608" in line]
    assert all(re.search(r"noqa: S608 - .{8,}", line) for line in excused), excused


def test_every_locked_file_has_its_hash() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    files = [
        one
        for package in lock["package"]
        for one in (*package.get("wheels", ()), *filter(None, [package.get("sdist")]))
    ]
    assert len(files) > 100
    assert all(one["hash"].startswith("sha256:") for one in files)


def test_ci_installs_by_the_lock_and_asks_for_advisories() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert "uv sync --locked" in script
    assert ".ci/audit" in script
