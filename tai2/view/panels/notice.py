"""Sentences that take the whole screen: another protocol, a terminal too small.

Where the frame would mislead or not fit, a face shows these lines instead.
They must fit a terminal of any extent by being short.
"""

from tai2.view.palette import Tone
from tai2.view.panels.line import EMPTY, Line, Span, line
from tai2.view.panels.masthead import Link, masthead
from tai2.view.state import ViewState
from tai2.view.text import money, pnl, safe


def mismatch(reason: str, hint: str) -> tuple[Line, ...]:
    """Return what to say to a daemon of another version."""
    return (
        EMPTY,
        line("  ", Span("This terminal and the daemon don't speak the same protocol.", Tone.WARN)),
        EMPTY,
        line("  ", safe(reason)),
        line("  ", safe(hint)),
        EMPTY,
        line("  ", Span("Trading is not touched by this. It tries again by itself.", Tone.DIM)),
        line("  ", Span("q leaves.", Tone.DIM)),
    )


def too_small(
    state: ViewState | None, now_ms: int | None, least: tuple[int, int]
) -> tuple[Line, ...]:
    """Return the figures that matter most, and how large the terminal should be."""
    wish = line(Span(f"enlarge to 80x24 (>={least[0]}x{least[1]})", Tone.DIM))
    if state is None:
        return (wish,)
    account = state.account
    return (
        masthead(state, Link(is_attached=True), now_ms, 24),
        line(Span("Eq ", Tone.DIM), money(account.equity)),
        line(Span("uPnL ", Tone.DIM), pnl(account.upnl)),
        line(Span("positions ", Tone.DIM), str(len(state.positions.rows))),
        wish,
    )
