"""The arguments of look-ups: what a tool declares, as JSON schema, and what a model gave.

The toolbox checks each call with it before anything is read. An argument that isn't declared,
or isn't what it should be, must be an error that names it, never a guess.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from tai2.model.errors import UsageError
from tai2.prompt.extract import extract, read_json
from tai2.prompt.faults import Fault

MAX_METRICS: Final = 40
MAX_ROWS: Final = 50
MAX_VERSION: Final = 1_000_000_000
MAX_ARGUMENTS: Final = 4_000
"""Characters of one call's JSON."""
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_PATTERN: Final = re.compile(r"[a-z0-9_.*]{1,40}", re.ASCII)


class Kind(StrEnum):
    """What an argument holds."""

    WORD = "word"
    """An id, a symbol or a code."""
    INSTANT = "instant"
    """ISO 8601 with a zone."""
    COUNT = "count"
    """A whole number, 1 to 50."""
    VERSION = "version"
    """A whole number from 1."""
    METRICS = "metrics"
    """1 to 40 metric ids, * stands for anything."""


_SCHEMA: Final[Mapping[Kind, Mapping[str, Any]]] = {
    Kind.WORD: {"type": "string", "maxLength": 64},
    Kind.INSTANT: {"type": "string", "format": "date-time"},
    Kind.COUNT: {"type": "integer", "minimum": 1, "maximum": MAX_ROWS},
    Kind.VERSION: {"type": "integer", "minimum": 1, "maximum": MAX_VERSION},
    Kind.METRICS: {
        "type": "array",
        "minItems": 1,
        "maxItems": MAX_METRICS,
        "items": {"type": "string", "maxLength": 40},
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument of a tool."""

    name: str
    kind: Kind
    about: str
    is_required: bool = False
    choices: tuple[str, ...] = ()
    """Of a word; () = any."""


Given = Mapping[str, object]
"""Checked arguments by name: str, int (ms UTC for an instant) or a tuple of patterns."""


def schema(arguments: tuple[Argument, ...]) -> str:
    """Return the JSON schema of a tool's arguments; the same bytes every time."""
    return json.dumps(
        {
            "type": "object",
            "properties": {each.name: _property(each) for each in arguments},
            "required": [each.name for each in arguments if each.is_required],
            "additionalProperties": False,
        }
    )


def _property(argument: Argument) -> dict[str, Any]:
    choices = {"enum": list(argument.choices)} if argument.choices else {}
    return {**_SCHEMA[argument.kind], **choices, "description": argument.about}


def read(arguments: tuple[Argument, ...], text: str) -> Given:
    """Check the JSON that a model wrote against what a tool declares.

    Raises:
        UsageError: Bad JSON, an unknown, missing or wrong argument; the message names it.
    """
    written = _object(text)
    known = {each.name: each for each in arguments}
    if stranger := next((name for name in written if name not in known), None):
        names = ", ".join(known) or "none"
        raise UsageError(f"unknown argument {stranger!r:.60}", f"Arguments: {names}.")
    for each in arguments:
        if each.is_required and written.get(each.name) is None:
            raise UsageError(f"argument {each.name} is required")
    return {name: _checked(known[name], item) for name, item in written.items() if item is not None}


def _object(text: str) -> Mapping[str, Any]:
    if not text.strip():
        return {}
    if len(text) > MAX_ARGUMENTS:
        raise UsageError(f"arguments are longer than {MAX_ARGUMENTS} characters")
    repairs: list[str] = []
    try:
        written = read_json(extract(text, repairs))
    except Fault as exc:
        raise UsageError(f"arguments are no JSON object: {exc.detail}") from exc
    if repairs:
        raise UsageError("arguments must be one JSON object and nothing else")
    return written


def _checked(argument: Argument, item: object) -> object:
    match argument.kind, item:
        case Kind.WORD, str() if _WORD.fullmatch(item):
            if argument.choices and item not in argument.choices:
                raise UsageError(f"{argument.name} is one of: {', '.join(argument.choices)}")
            return item
        case Kind.INSTANT, str():
            return _instant(argument.name, item)
        case Kind.COUNT, Decimal() if _is_whole(item, MAX_ROWS):
            return int(item)
        case Kind.VERSION, Decimal() if _is_whole(item, MAX_VERSION):
            return int(item)
        case Kind.METRICS, list() if 1 <= len(item) <= MAX_METRICS and all(map(_is_pattern, item)):
            return tuple(item)
    raise UsageError(f"argument {argument.name} must be: {_expected(argument.kind)}")


def _is_whole(number: Decimal, highest: int) -> bool:
    return number == number.to_integral_value() and 1 <= number <= highest


def _is_pattern(item: object) -> bool:
    return isinstance(item, str) and _PATTERN.fullmatch(item) is not None


def _instant(name: str, text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise UsageError(f"argument {name} must be: {_expected(Kind.INSTANT)}") from exc
    if moment.tzinfo is None or moment.year < 1971 or moment.year > 9_000:
        raise UsageError(f"argument {name} must be: {_expected(Kind.INSTANT)}")
    return int(moment.astimezone(UTC).timestamp() * 1_000)


def _expected(kind: Kind) -> str:
    match kind:
        case Kind.WORD:
            return "letters, digits, . _ or -, at most 64"
        case Kind.INSTANT:
            return "an ISO 8601 time with zone, such as 2026-11-23T09:00:00Z"
        case Kind.COUNT:
            return f"a whole number from 1 to {MAX_ROWS}"
        case Kind.VERSION:
            return "a whole number from 1"
        case Kind.METRICS:
            return f'1 to {MAX_METRICS} metric ids, such as ["cvd.*", "m5.rsi14"]'
