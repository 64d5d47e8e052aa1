"""How the desk's parts do: the ones in trouble with their reason and since when, or all by name.

DEBUG and the web page show it above the logs; the header only names who is ill. Reasons may
quote the exchange: they are cleaned here.
"""

from tai2.view.palette import Tone
from tai2.view.panels.line import Line, Span, line
from tai2.view.panels.positions import since
from tai2.view.rows import HealthRow
from tai2.view.state import ViewState
from tai2.view.text import age, clip, safe


def health(state: ViewState, now_ms: int | None, columns: int, rows: int = 4) -> tuple[Line, ...]:
    """Return a line for each part in trouble, else one for all.

    Args:
        state: The desk.
        now_ms: The daemon's clock.
        columns: Room; longer reasons end in ….
        rows: Lines, at most; the last one then counts what isn't shown.
    """
    parts = sorted(state.health.rows.values(), key=lambda row: row.part)
    ill = [row for row in parts if not row.ok]
    if not ill:
        names = ", ".join(safe(row.part) for row in parts)
        return (line(Span("● all well ", Tone.ACCENT), Span(clip(names, columns - 12), Tone.DIM)),)
    shown = ill if len(ill) <= rows else ill[: rows - 1]
    lines = tuple(_trouble(row, now_ms, columns) for row in shown)
    if len(shown) == len(ill):
        return lines
    return (*lines, line(Span(f"  and {len(ill) - len(shown)} more: tai2 status", Tone.DIM)))


def _trouble(row: HealthRow, now_ms: int | None, columns: int) -> Line:
    head, tail = f"✗ {safe(row.part)} ", f" {age(since(row.since_ms, now_ms))}"
    told = clip(safe(row.detail), columns - len(head) - len(tail))
    return line(Span(head, Tone.ERROR), told, Span(tail, Tone.DIM))
