"""The last decision in a few lines: what, how sure, why, and what stopped it.

LIVE shows it. The words are a model's own: they stay text and are cut, never interpreted.
"""

from tai2.view.palette import Tone
from tai2.view.panels.box import wrapped
from tai2.view.panels.decisions import action, base, chance, entries, spoken, verdict
from tai2.view.panels.line import EMPTY, Line, Span, line
from tai2.view.state import ViewState
from tai2.view.text import safe, utc_clock


def last_decision(state: ViewState, columns: int, rows: int) -> tuple[list[Line], Line, Line]:
    """Return the reason in at most so many lines, what became of it, and the heading."""
    newest = max(state.decisions.rows.values(), key=lambda row: row.ts, default=None)
    if newest is None:
        return (
            [line(Span("No decision yet.", Tone.DIM))],
            EMPTY,
            line(Span("Last decision", Tone.DIM)),
        )
    heading = line(
        Span("Last decision ", Tone.DIM),
        f"{utc_clock(newest.ts)[:5]} ",
        action(newest),
        f" {base(newest.inst_id)} ",
        Span(f"p(up) {chance(newest)}", Tone.DIM),
    )
    words = safe(newest.justification or newest.detail)
    blocked = ", ".join(spoken(each) for each in newest.refusals)
    foot = line(Span(f"blocked by: {blocked}", Tone.WARN)) if blocked else line(verdict(newest))
    return [line(each) for each in wrapped(words, columns, rows)], foot, heading


def earlier(state: ViewState, rows: int) -> list[Line]:
    """Return the decisions before the last one, newest first, a line each."""
    newest = sorted(state.decisions.rows.values(), key=lambda row: row.ts, reverse=True)
    return [line(" ", *each.line) for each in entries(newest[1 : max(rows, 0) + 1], is_wide=False)]
