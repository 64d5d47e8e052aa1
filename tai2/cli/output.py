"""What every verb does with its answer: ask the daemon, print a record as JSON, say a word.

stdout carries data, stderr carries words. Nothing unsafe may reach either: JSON is ASCII.
"""

import json
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

if TYPE_CHECKING:
    from tai2.wire.method import Method

P = TypeVar("P")
R = TypeVar("R")

CALL_TIMEOUT_S: Final = 10.0

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def call(method: "Method[P, R]", params: P, timeout_s: float = CALL_TIMEOUT_S) -> R:
    """Connect, call one method and hang up."""
    from tai2.client.connection import connect

    with connect() as desk:
        return desk.call(method, params, timeout_s)


def print_json(record: object, *, is_line: bool = False) -> None:
    """Print a record as JSON on stdout; is_line puts it on one line (NDJSON)."""
    from tai2.wire.codec import to_tree

    typer.echo(json.dumps(to_tree(record), indent=None if is_line else 2))


def say(words: str) -> None:
    """Tell the person something that isn't data."""
    typer.echo(words, err=True)
