"""What a look-up found, as lines of text with ids, and how much of it is shown.

Tools return Findings, the toolbox prints them for the model. Whatever strangers wrote must go
through `quoted`, and nothing may be cut without saying how much.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tai2.ask.arguments import MAX_ROWS
from tai2.view.text import safe

MAX_LETTERS: Final = 16_000
"""Of one result: about 4 000 tokens."""
_NOTE_ROOM: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line, headed by the id that an answer cites for it."""

    text: str
    cite: str = ""
    """"" = the line belongs to the head."""
    full_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """A look-up's head and rows."""

    head: Row
    rows: tuple[Row, ...] = ()
    note: str = ""
    """What the reader must know about what isn't there; "" = nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A result as the model reads it."""

    text: str
    ids: Mapping[str, str]
    """Short id → full id of everything shown."""


def printed(findings: Findings, letters: int = MAX_LETTERS) -> Printed:
    """Print findings within so many characters; rows that don't fit are counted."""
    room = min(letters, MAX_LETTERS) - _NOTE_ROOM - len(findings.note)
    head = _cut(_line(findings.head), room)
    lines, ids, room = [head], _ids(findings.head), room - len(head)
    shown = 0
    for row in findings.rows[:MAX_ROWS]:
        line = _line(row)
        if len(line) + 1 > room:
            break
        lines.append(line)
        ids |= _ids(row)
        room -= len(line) + 1
        shown += 1
    if missing := len(findings.rows) - shown:
        lines.append(f"({missing} more rows not shown: ask for less)")
    if findings.note:
        lines.append(f"({findings.note})")
    return Printed(text="\n".join(lines), ids=ids)


def pairs(**fields: object) -> str:
    """Write key=value for every field that has something to say."""
    return " ".join(f"{key}={field}" for key, field in fields.items() if field not in ("", None))


def quoted(text: str, letters: int) -> str:
    """Quote somebody's words on one line, cleaned and cut; "" stays ""."""
    clean = _cut(safe(text), letters)
    return json.dumps(clean, ensure_ascii=False) if clean else ""


def _cut(text: str, letters: int) -> str:
    if len(text) <= letters:
        return text
    return f"{text[: max(letters, 0)]}… ({len(text) - max(letters, 0)} more characters)"


def _line(row: Row) -> str:
    return f"[{row.cite}] {row.text}" if row.cite else row.text


def _ids(row: Row) -> dict[str, str]:
    return {row.cite: row.full_id or row.cite} if row.cite else {}
