"""A conversation with the desk as pieces: question, facts, words, the check, what was cited.

The ENGINE chat and the web page show it. Words of a model are Markdown for the eye only: what
could act in a terminal or a page is taken out before.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol

from tai2.view.palette import Tone
from tai2.view.panels.line import Line, Span, line
from tai2.view.rows import DecisionRow
from tai2.view.text import safe, usd

PLACEHOLDER: Final = "Ask the engine… (i types, Enter sends, Esc leaves)"
READS_ONLY: Final = "reads only; cannot trade"
_LINK: Final = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")


class Explained(Protocol):
    """A checked explanation."""

    @property
    def citations(self) -> tuple[str, ...]: ...

    @property
    def is_verified(self) -> bool: ...

    @property
    def footer(self) -> str: ...

    @property
    def model(self) -> str: ...

    @property
    def cost_usd(self) -> Decimal: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A source that an answer names, and the cycle it leads to."""

    cited: str
    cycle_id: str
    """"" when it isn't one of the loaded decisions."""


def markdown(text: str) -> str:
    """Return a model's words as Markdown that holds no link, image or HTML."""
    cleaned = _LINK.sub(r"\1", safe(text, keep_lines=True))
    return cleaned.replace("<", "&lt;")


def facts(text: str) -> tuple[Line, ...]:
    """Return the answer from recorded facts, line by line."""
    return tuple(line(each) for each in safe(text, keep_lines=True).splitlines())


def looking(text: str) -> Line:
    """Return what the model looks up right now."""
    return line(Span(f"looking at {safe(text)}", Tone.DIM))


def footer(explained: Explained) -> Line:
    """Return the check of an answer: what was verified, by which model, for how much."""
    mark = Span("✓ ", Tone.PLAIN) if explained.is_verified else Span("! ", Tone.WARN)
    rest = f"{safe(explained.footer)} · {safe(explained.model)} · {usd(explained.cost_usd)}"
    return line(mark, Span(rest, Tone.DIM))


def failure(text: str) -> Line:
    """Return why there is no explanation; the facts above stand."""
    return line(Span(f"! no explanation: {safe(text)}", Tone.WARN))


def cited(citations: Iterable[str], rows: Iterable[DecisionRow]) -> tuple[Citation, ...]:
    """Return an answer's sources with the cycles that they name.

    A short id ends as the full one does: D-7Q2M4KX9 names the decision …7Q2M4KX9.
    """
    listed = tuple(rows)
    return tuple(Citation(cited=each, cycle_id=_cycle_of(each, listed)) for each in citations)


def _cycle_of(short_id: str, rows: tuple[DecisionRow, ...]) -> str:
    letter, _, tail = short_id.partition("-")
    wanted = tail or short_id
    for row in rows:
        full_id = row.cycle_id if letter == "C" else (row.decision_id or "")
        if wanted and full_id.endswith(wanted):
            return row.cycle_id
        if letter == "O" and row.cl_ord_id.endswith(wanted):
            return row.cycle_id
    return ""
