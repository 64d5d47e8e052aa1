"""Holds the banned names, the banned float and the one place that knows the mode."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "tai2"
FILES = sorted(PACKAGE.rglob("*.py"))
BANNED_MODULES = {"utils", "util", "helpers", "common", "manager", "misc"}
BANNED_VARIABLES = {"size", "amount", "value", "data", "info", "result2", "result"}
MONEY = [
    *sorted((PACKAGE / "model").rglob("*.py")),
    *sorted((PACKAGE / "risk").rglob("*.py")),
    PACKAGE / "engine" / "executor.py",
    PACKAGE / "engine" / "ledger.py",
    PACKAGE / "okx" / "encode.py",
]
MODE_QUESTION = re.compile(r"\bif\b.*\bmode\s*==|\bdry_run\b|\bis_test\b|\bunit_testing\b")


def relative(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_module_has_a_noun_for_a_name(path: Path) -> None:
    assert path.stem not in BANNED_MODULES


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_no_bare_quantity_is_assigned(path: Path) -> None:
    assert bare_names(path.read_text()) == []


def bare_names(text: str) -> list[str]:
    """Return module and function variables whose name says neither unit nor meaning."""
    names = []
    for node in ast.walk(ast.parse(text)):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            targets = [ast.Name(id=arg.arg) for arg in node.args.args + node.args.kwonlyargs]
        names += [t.id for t in targets if isinstance(t, ast.Name) and t.id in BANNED_VARIABLES]
    return names


@pytest.mark.parametrize("path", [p for p in MONEY if p.exists()], ids=relative)
def test_money_paths_know_no_float(path: Path) -> None:
    assert float_calls(path.read_text()) == []


def float_calls(text: str) -> list[int]:
    """Return the lines that call float()."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "float"
    ]


@pytest.mark.parametrize("path", [p for p in FILES if p.name != "compose.py"], ids=relative)
def test_only_the_composition_root_asks_for_the_mode(path: Path) -> None:
    assert [line for line in path.read_text().splitlines() if MODE_QUESTION.search(line)] == []


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("__init__.py")), ids=relative)
def test_package_init_is_empty(path: Path) -> None:
    assert path.read_text() == "" or path.parent.name in {"model", "ports"}


@pytest.mark.parametrize("path", [p for p in FILES if p.name != "__init__.py"], ids=relative)
def test_module_says_what_it_is(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text()))
    assert docstring is not None
    assert len(docstring) > 60


def test_the_checks_see_their_prey() -> None:
    assert bare_names("def f(size):\n    data = 1\n") == ["size", "data"]
    assert float_calls("x = float('1')\n") == [1]
    assert MODE_QUESTION.search("if settings.mode == 'real':")
