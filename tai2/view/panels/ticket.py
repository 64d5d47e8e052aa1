"""What a person reads before something dangerous is done, and what was done afterwards.

The terminal's bottom sheet and the web's dialog show it; every number comes from the
daemon's ticket. Nothing here may decide anything.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, Protocol

from tai2.view.palette import Tone
from tai2.view.panels.box import wrapped
from tai2.view.panels.line import Line, Span, line
from tai2.view.text import countdown, pnl, safe

STOP_OF_ADOPTED: Final = (
    "An adopted position is guarded as ours and needs a stop: how far from the mark, in percent?"
)
_STAKES: Final = {"real": "REAL MONEY"}


class Closing(Protocol):
    """A position that would be closed."""

    @property
    def upnl(self) -> Decimal | None: ...


def title(verb: str, inst_id: str | None, mode: str) -> str:
    """Return the sheet's title: FLATTEN · SIM."""
    stakes = _STAKES.get(mode, safe(mode).upper())
    return " · ".join([verb.upper(), *([safe(inst_id)] if inst_id else []), stakes])


def sentences(lines: Iterable[str], columns: int) -> tuple[Line, ...]:
    """Return the daemon's sentences, each on at most two lines."""
    rows = (each for said in lines for each in wrapped(safe(said), columns, 2))
    return tuple(line(Span(each, Tone.PLAIN)) for each in rows)


def outcome(positions: Iterable[Closing]) -> Line:
    """Return what closing would realise at the mark, before fees."""
    known = [each.upnl for each in positions]
    if not known:
        return ()
    total = sum((each for each in known if each is not None), Decimal(0))
    tone = Tone.UP if total > 0 else Tone.DOWN if total < 0 else Tone.DIM
    missing = " (a mark price is missing)" if None in known else ""
    figure = Span(pnl(total), tone)
    return line(Span("At the mark: ", Tone.DIM), figure, Span(f" before fees{missing}", Tone.DIM))


def question(typed: str, *, is_word: bool, left_ms: int) -> Line:
    """Return how to go on and how not to."""
    go = f"Type {safe(typed)} + Enter to proceed" if is_word else f"{safe(typed)} proceeds"
    no = "Esc cancels" if is_word else "Enter, n or Esc cancels"
    return line(
        Span(go, Tone.STRONG),
        Span(f" · {no}", Tone.PLAIN),
        Span(f" · holds for {countdown(left_ms)}", Tone.DIM),
    )
