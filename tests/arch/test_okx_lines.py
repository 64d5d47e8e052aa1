"""Holds the conformance checklist: each of its 75 lines has a test named by its number."""

import re
from pathlib import Path

from tests.conformance.lines import LINES

HERE = Path(__file__).parents[1] / "conformance"
NAME = re.compile(r"def (test_line_(\d\d)_\w+)\(")


def found() -> dict[int, list[str]]:
    """Return the tests by line, in the order of the files."""
    tests: dict[int, list[str]] = {}
    for path in sorted(HERE.glob("test_lines_*.py")):
        for name, number in NAME.findall(path.read_text()):
            tests.setdefault(int(number), []).append(f"{path.name}::{name}")
    return tests


def test_every_line_of_the_checklist_has_a_test() -> None:
    assert sorted(LINES) == list(range(1, 76))
    assert [number for number in LINES if not LINES[number]] == []


def test_the_table_names_the_tests_that_are_there() -> None:
    assert {number: list(tests) for number, tests in LINES.items()} == found()
