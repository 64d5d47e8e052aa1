"""Every fault scenario and every story of the field has a test that exists."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.arch.scenarios import SCENARIOS, SHORT, STORIES

TESTS = Path(__file__).parents[1]
WANTED = {*range(1, 35), *range(41, 64), *range(71, 76)}
NODES = sorted({node for nodes in (*SCENARIOS.values(), *STORIES.values()) for node in nodes})


def test_every_scenario_has_a_test() -> None:
    assert SCENARIOS.keys() == WANTED
    assert all(SCENARIOS.values())


def test_every_story_has_a_test() -> None:
    assert STORIES.keys() == set(range(1, 20))
    assert all(STORIES.values())


def test_what_falls_short_is_a_scenario_with_a_reason() -> None:
    assert SHORT.keys() <= WANTED
    assert len(SHORT) <= 2, "the list may only become shorter"


@pytest.mark.parametrize("node", NODES)
def test_named_test_exists(node: str) -> None:
    file, _, name = node.partition("::")
    found = functions(TESTS / file)
    assert name in found if name else found


@cache
def functions(path: Path) -> frozenset[str]:
    """Return the names of a file's tests."""
    tree = ast.parse(path.read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = (node.name for node in ast.walk(tree) if isinstance(node, kinds))
    return frozenset(name for name in found if name.startswith("test_"))


def test_the_check_sees_a_missing_test() -> None:
    assert "test_that_nobody_wrote" not in functions(Path(__file__))
