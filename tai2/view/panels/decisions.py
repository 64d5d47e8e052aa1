"""The decision log: one line a cycle with its verdict, and what a filter lets through.

ENGINE, LIVE, the web page and `tai2 decisions` show it. Reasons are codes or a model's words:
they are cleaned here and never read as anything but text.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from tai2.view.palette import Tone
from tai2.view.panels.line import Column, Entry, Span, Table, TableRow, line, padded
from tai2.view.panels.listed import Listed
from tai2.view.rows import DecisionRow
from tai2.view.text import UNKNOWN, clip, money, safe, utc_clock, utc_time

OUTCOMES: Final = ("all", "traded", "held", "refused", "failed")
"""What the outcome filter steps through."""
EMPTY_TEXT: Final = "No decision yet. The first one comes with the next cycle."
_GROUPS: Final = {
    "traded": ("sent", "unknown"),
    "held": ("hold",),
    "refused": ("refused", "rejected", "not_sent"),
    "failed": ("no_decision", "stale"),
}
_VERDICTS: Final = {
    "hold": ("- {reason}", Tone.DIM),
    "sent": ("✓ sent {notional}", Tone.PLAIN),
    "refused": ("✗ {reason}{more}", Tone.WARN),
    "rejected": ("✗ exchange said {reason}", Tone.WARN),
    "not_sent": ("✗ not sent: {reason}", Tone.WARN),
    "unknown": ("? outcome unknown: {reason}", Tone.ERROR),
}
_ACTION_TONES: Final = {"BUY": Tone.UP, "SELL": Tone.DOWN, "HOLD": Tone.STRONG}


def base(inst_id: str) -> str:
    """Return the currency of an instrument, its short name: BTC-USDT-SWAP → BTC."""
    return safe(inst_id).partition("-")[0]


def verdict(row: DecisionRow) -> Span:
    """Return what became of a cycle: a glyph and a few words."""
    form, tone = _VERDICTS.get(row.outcome, ("! {reason}", Tone.ERROR))
    more = f" +{len(row.refusals) - 1}" if len(row.refusals) > 1 else ""
    said = form.format(reason=spoken(row.reason), notional=_notional(row), more=more)
    return Span(said.rstrip(), tone)


def spoken(code: str) -> str:
    """Return a code as words: MAX_ORDER_NOTIONAL → max order notional."""
    return safe(code).replace("_", " ").lower() if code.isupper() else safe(code)


def action(row: DecisionRow) -> Span:
    """Return the action, ERR when no decision came."""
    if not row.action:
        return Span("ERR" if row.outcome == "no_decision" else UNKNOWN, Tone.DIM)
    return Span(safe(row.action), _ACTION_TONES.get(row.action, Tone.PLAIN))


def chance(row: DecisionRow) -> str:
    """Return the probability of a rise as whole percent."""
    return f"{Decimal(row.p_up) * 100:.0f}%" if row.p_up else UNKNOWN


def entries(rows: Iterable[DecisionRow], *, is_wide: bool) -> Sequence[Entry]:
    """Return the log; where it has the whole width, with the words behind each decision.

    Args:
        rows: Newest first.
        is_wide: True adds the justification to each line.
    """
    return Listed(rows, _wide if is_wide else _narrow)


def _narrow(row: DecisionRow) -> Entry:
    return Entry(key=row.cycle_id, line=_entry(row, is_wide=False))


def _wide(row: DecisionRow) -> Entry:
    return Entry(key=row.cycle_id, line=_entry(row, is_wide=True))


def _entry(row: DecisionRow, *, is_wide: bool) -> tuple[Span, ...]:
    done, did = verdict(row), action(row)
    head = (
        Span(f"{utc_clock(row.ts)[:5]} ", Tone.DIM),
        Span(padded(did.text, 5), did.tone),
        f"{padded(base(row.inst_id), 5)}{chance(row):>4} ",
    )
    if not is_wide:
        return line(*head, done)
    words = safe(row.justification or row.detail)
    fixed = Span(f"{padded(done.text, 24)} ", done.tone)
    return line(*head, fixed, Span(clip(words, 200), Tone.DIM))


def matching(
    rows: Iterable[DecisionRow], words: str = "", outcome: str = "all"
) -> tuple[DecisionRow, ...]:
    """Return the rows that an outcome and every word of a filter fit, order kept.

    Args:
        rows: The log.
        words: Separated by spaces; each must stand in instrument, action, outcome, codes,
            model, ids or reason. Case doesn't matter.
        outcome: One of OUTCOMES.
    """
    wanted = words.lower().split()
    group = _GROUPS.get(outcome)
    return tuple(
        row
        for row in rows
        if (group is None or row.outcome in group)
        and all(word in _haystack(row) for word in wanted)
    )


def title(shown: int, loaded: int, outcome: str, words: str) -> str:
    """Return the log's heading: how many there are, and what the filter lets through."""
    of = f" of {loaded}" if shown != loaded else ""
    only = f" · {outcome}" if outcome != OUTCOMES[0] else ""
    return f"Decisions ({shown}{of}){only}" + (f" · / {safe(words)}" if words else "")


def _haystack(row: DecisionRow) -> str:
    parts = (
        *(row.inst_id, row.action, row.effect, row.outcome, row.reason, spoken(row.reason)),
        *(row.justification, row.detail, row.reasoner, row.decision_id or "", row.cycle_id),
        *row.refusals,
    )
    return safe(" ".join(parts)).lower()


def table(rows: Iterable[DecisionRow]) -> Table:
    """Return the log as a table with every figure in a column of its own."""
    listed = tuple(rows)
    columns = (
        Column(name="ts", heading="Time (UTC)"),
        Column(name="inst_id", heading="Instrument"),
        Column(name="action", heading="Action"),
        Column(name="notional", heading="Notional", is_number=True),
        Column(name="outcome", heading="Outcome"),
        Column(name="reason", heading="Reason"),
        Column(name="decision_id", heading="Decision"),
        Column(name="justification", heading="Why"),
    )
    return Table(columns=columns, rows=tuple(map(_row, listed)))


def _row(row: DecisionRow) -> TableRow:
    cells = (
        Span(utc_time(row.ts), Tone.DIM),
        Span(safe(row.inst_id)),
        Span(safe(row.action), _ACTION_TONES.get(row.action, Tone.PLAIN)),
        Span(safe(row.notional)),
        Span(safe(row.outcome), verdict(row).tone),
        Span(safe(row.reason)),
        Span(safe(row.decision_id or ""), Tone.DIM),
        Span(safe(row.justification or row.detail)),
    )
    return TableRow(key=row.cycle_id, cells=cells)


def _notional(row: DecisionRow) -> str:
    return money(Decimal(row.notional)) if row.notional else ""
