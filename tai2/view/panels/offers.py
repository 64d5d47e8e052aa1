"""Language models to choose from: price, context, fitness to trade.

CFG's picker, the web page and `tai2 models` show them. An unknown price is –, never 0.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from tai2.view.palette import Tone
from tai2.view.panels.line import Column, Line, Span, Table, TableRow, line
from tai2.view.text import UNKNOWN, age, count, safe, usd


class ModelOffer(Protocol):
    """One model that could decide."""

    @property
    def model_id(self) -> str: ...

    @property
    def context_tokens(self) -> int | None: ...

    @property
    def prompt_usd_per_m(self) -> Decimal | None: ...

    @property
    def completion_usd_per_m(self) -> Decimal | None: ...

    @property
    def day_usd(self) -> Decimal | None: ...

    @property
    def against(self) -> tuple[str, ...]: ...

    @property
    def is_current(self) -> bool: ...


def models(rows: Sequence[ModelOffer]) -> Table:
    """Return models with price and fitness, in the given order."""
    columns = (
        Column(name="current", heading=""),
        Column(name="model_id", heading="Model"),
        Column(name="context", heading="Context", is_number=True),
        Column(name="in", heading="$/M in", is_number=True),
        Column(name="out", heading="$/M out", is_number=True),
        Column(name="day", heading="$/day", is_number=True),
        Column(name="fit", heading="Fit to trade"),
    )
    return Table(columns=columns, rows=tuple(map(_model, rows)))


def _model(row: ModelOffer) -> TableRow:
    against = safe("; ".join(row.against))
    fit = Span(f"✗ {against}", Tone.WARN) if against else Span("✓", Tone.PLAIN)
    cells = (
        Span("●" if row.is_current else " ", Tone.ACCENT),
        Span(safe(row.model_id), Tone.STRONG if row.is_current else Tone.PLAIN),
        Span(UNKNOWN if row.context_tokens is None else count(row.context_tokens)),
        Span(usd(row.prompt_usd_per_m, 2)),
        Span(usd(row.completion_usd_per_m, 2)),
        Span(usd(row.day_usd, 2)),
        fit,
    )
    return TableRow(key=row.model_id, cells=cells)


def models_note(interval_s: Decimal, age_ms: int | None, warning: str) -> Line:
    """Return what the prices of a day are for, and how old the list is."""
    old = f" · list is {age(age_ms)} old" if age_ms is not None else ""
    return line(
        Span(
            f"$/day: a decision every {interval_s.normalize():f} s, all instruments{old}", Tone.DIM
        ),
        Span(f" · ! {safe(warning)}" if warning else "", Tone.WARN),
    )
