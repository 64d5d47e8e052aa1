"""Holds the size limits: no file, class or function outgrows a screenful of thought."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "tai2"
FILES = sorted(PACKAGE.rglob("*.py"))
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
TEXT_KEYWORDS = {"TABLE", "SQL"}


def test_the_package_is_found() -> None:
    assert len(FILES) > 20


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module_is_of_bearable_size(path: Path) -> None:
    text = path.read_text()
    assert list(oversized(text)) == []


def oversized(text: str) -> Iterator[str]:
    """Yield a line for each breach of file 300, class 250/20, function 40."""
    if (lines := len(text.splitlines())) > 300:
        yield f"file: {lines} lines"
    for node in ast.walk(ast.parse(text)):
        length = getattr(node, "end_lineno", 0) - getattr(node, "lineno", 0) + 1
        if isinstance(node, ast.ClassDef):
            methods = sum(isinstance(item, FUNCTION) for item in node.body)
            if length > 250 or methods > 20:
                yield f"class {node.name}: {length} lines, {methods} methods"
        if isinstance(node, FUNCTION) and length > 40:
            yield f"function {node.name}: {length} lines"


def test_the_check_sees_a_long_function() -> None:
    body = "\n".join("    x = 1" for _ in range(41))
    assert list(oversized(f"def f():\n{body}\n")) == ["function f: 42 lines"]


def test_the_check_sees_a_crowded_class() -> None:
    body = "\n".join(f"    def m{n}(self): ..." for n in range(21))
    assert list(oversized(f"class C:\n{body}\n")) == ["class C: 22 lines, 21 methods"]
