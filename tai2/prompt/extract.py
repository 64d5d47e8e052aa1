"""From a raw reply to the text of exactly one JSON object, and from there to Python.

The parser calls it first. Wrapping (fence, thinking, prose) may be taken off and is noted;
braces are never closed, objects never chosen among several, numbers never guessed.
"""

import json
import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from tai2.prompt.faults import Fault

MAX_BYTES: Final = 32 * 1024
MAX_DEPTH: Final = 8
MAX_NUMBER: Final = Decimal(10) ** 15
MIN_NUMBER: Final = Decimal(10) ** -15
MAX_LITERAL: Final = 40
_THINK: Final = re.compile(r"\A<think>.*?</think>", re.DOTALL)
_FENCE: Final = re.compile(r"\A```[A-Za-z]*[ \t]*\r?\n(.*?)\r?\n?```\Z", re.DOTALL)
_SPACE: Final = " \t\r\n\ufeff"


def extract(text: str, repairs: list[str]) -> str:
    """Return the one JSON object in a reply; what was taken off is appended to `repairs`.

    Raises:
        Fault: Stage completeness (EMPTY) or extract (TOO_LONG, NO_OBJECT, ARRAY_ROOT,
            UNBALANCED, TOO_DEEP, TWO_OBJECTS).
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise Fault("extract", "TOO_LONG", f"more than {MAX_BYTES} bytes")
    bare = text.strip(_SPACE)
    if not bare:
        raise Fault("completeness", "EMPTY", "the reply has no content")
    bare = _without(_THINK, bare, "thinking removed", repairs)
    bare = _without(_FENCE, bare, "code fence removed", repairs)
    if bare.startswith("["):
        raise Fault("extract", "ARRAY_ROOT", "the root is an array")
    found = _objects(bare)
    if not found:
        raise Fault("extract", "NO_OBJECT", "no JSON object in the reply")
    if len(found) > 1:
        raise Fault("extract", "TWO_OBJECTS", "different objects in the reply")
    if found[0] != bare:
        repairs.append("text around the object removed")
    return found[0]


def _without(wrapping: re.Pattern[str], text: str, note: str, repairs: list[str]) -> str:
    match = wrapping.match(text)
    if match is None:
        return text
    repairs.append(note)
    inner = match.group(1) if match.re.groups else text[match.end() :]
    return inner.strip(_SPACE)


def _objects(text: str) -> list[str]:
    """Return the different balanced top-level objects, at most the first two."""
    found: list[str] = []
    start = text.find("{")
    while start >= 0 and len(found) < 2:
        if text[:start].rstrip(_SPACE).endswith("["):
            raise Fault("extract", "ARRAY_ROOT", "the object stands inside an array")
        end = _end_of_object(text, start)
        if text[start:end] not in found:
            found.append(text[start:end])
        start = text.find("{", end)
    return found


def _end_of_object(text: str, start: int) -> int:
    """Return the index after the brace that closes the one at `start`."""
    depth, position = 0, start
    for token in _TOKEN.finditer(text, start):
        position = token.end()
        depth += _STEP.get(token.group(), 0)
        if depth > MAX_DEPTH:
            raise Fault("extract", "TOO_DEEP", f"nested deeper than {MAX_DEPTH}")
        if depth == 0:
            return position
    raise Fault("extract", "UNBALANCED", "the object is cut off")


_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)
"""A string (to the end of the text when it is never closed) or a bracket."""
_STEP: Final = {"{": 1, "[": 1, "}": -1, "]": -1}


def read_json(text: str) -> dict[str, Any]:
    """Read one JSON object strictly; numbers become int or Decimal.

    Raises:
        Fault: Stage parse (BAD_JSON, DUPLICATE_KEY, NOT_FINITE, NUMBER_RANGE, CONTROL_CHARACTER).
    """
    try:
        root = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_float=_number,
            parse_int=_number,
            object_pairs_hook=_unique,
        )
    except ValueError as exc:
        raise Fault("parse", "BAD_JSON", str(exc)[:120]) from exc
    if not isinstance(root, dict):
        raise Fault("parse", "BAD_JSON", "the root is not an object")
    return root


def _refuse_constant(literal: str) -> Any:
    raise Fault("parse", "NOT_FINITE", f"{literal} is not JSON")


def _number(literal: str) -> Decimal:
    if len(literal) > MAX_LITERAL:
        raise Fault("parse", "NUMBER_RANGE", "a number of too many digits")
    try:
        number = Decimal(literal)
    except InvalidOperation as exc:
        raise Fault("parse", "NUMBER_RANGE", f"{literal} is out of range") from exc
    if number == 0:
        return Decimal(0)
    if not MIN_NUMBER <= abs(number) <= MAX_NUMBER:
        raise Fault("parse", "NUMBER_RANGE", f"{literal} is out of range")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(set(keys)) < len(keys):
        raise Fault("parse", "DUPLICATE_KEY", "a key appears twice")
    for text in [*keys, *(each for _, each in pairs if isinstance(each, str))]:
        _refuse_control(text)
    return dict(pairs)


def _refuse_control(text: str) -> None:
    """Refuse what could steer a terminal or can't be stored: controls, lone surrogates."""
    for char in text:
        if char not in "\n\t\r" and unicodedata.category(char) in {"Cc", "Cs"}:
            raise Fault("parse", "CONTROL_CHARACTER", f"U+{ord(char):04X} in a text")
