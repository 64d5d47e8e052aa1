"""The last decision in a few lines: what, how sure, why, and what stopped it.

LIVE shows it. The words are a model's own: they stay text and are cut, never interpreted.
"""

from tai2.view.palette import Tone
from tai2.view.panels.box import wrapped
from tai2.view.panels.card import Card, titled
from tai2.view.panels.decisions import EMPTY_TEXT, action, base, chance, entries, spoken, verdict
from tai2.view.panels.line import Line, Span, line
from tai2.view.state import ViewState
from tai2.view.text import safe, utc_clock


def last_decision(state: ViewState, columns: int, rows: int = 3) -> Card:
    """Return the newest decision; its foot says what became of it.

    Args:
        state: The desk.
        columns: Room for the words, in characters.
        rows: Lines of words, at most.
    """
    newest = max(state.decisions.rows.values(), key=lambda row: row.ts, default=None)
    if newest is None:
        nothing = (line(Span(EMPTY_TEXT, Tone.DIM)),)
        return Card(key="decision", title=titled("Last decision"), lines=nothing)
    title = line(
        Span("Last decision ", Tone.DIM),
        f"{utc_clock(newest.ts)[:5]} ",
        action(newest),
        f" {base(newest.inst_id)} ",
        Span(f"p(up) {chance(newest)}", Tone.DIM),
    )
    words = safe(newest.justification or newest.detail) or spoken(newest.reason)
    blocked = ", ".join(spoken(each) for each in newest.refusals)
    return Card(
        key="decision",
        title=title,
        lines=tuple(line(each) for each in wrapped(words, columns, rows)),
        foot=line(Span(f"blocked by: {blocked}", Tone.WARN)) if blocked else line(verdict(newest)),
    )


def earlier(state: ViewState, rows: int) -> tuple[Line, ...]:
    """Return the decisions before the last one, newest first, a line each."""
    newest = sorted(state.decisions.rows.values(), key=lambda row: row.ts, reverse=True)
    return tuple(each.line for each in entries(newest[1 : max(rows, 0) + 1], is_wide=False))
