"""How the reasoners do: scores by model and prompt, and what thinking has cost.

ENGINE, the web page and `tai2 engine` show it. A Brier score of 0.250 is a coin's.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from tai2.view.palette import Tone
from tai2.view.panels.line import Column, Line, Span, Table, TableRow, line
from tai2.view.text import UNKNOWN, latency, ratio_percent, safe, usd

LEGEND = "Brier 0.250 is a coin; bias above 0 says up too often."


class Calibrated(Protocol):
    """Forecasts against what came of them."""

    @property
    def count(self) -> int: ...

    @property
    def brier(self) -> Decimal | None: ...

    @property
    def bias(self) -> Decimal | None: ...


class Score(Protocol):
    """One reasoner with one prompt: ports.scores.ReasonerScore and its row on the wire."""

    @property
    def reasoner(self) -> str: ...

    @property
    def prompt_hash(self) -> str: ...

    @property
    def replies(self) -> int: ...

    @property
    def failed(self) -> int: ...

    @property
    def held(self) -> int: ...

    @property
    def refused(self) -> int: ...

    @property
    def sent(self) -> int: ...

    @property
    def cost_usd(self) -> Decimal: ...

    @property
    def latency_p50_ms(self) -> int: ...

    @property
    def latency_p95_ms(self) -> int: ...

    @property
    def evidence(self) -> int: ...

    @property
    def verified(self) -> int: ...

    @property
    def calibration(self) -> Calibrated: ...


class Record(Protocol):
    """The reasoner in charge and everybody's record."""

    @property
    def reasoner(self) -> str: ...

    @property
    def prompt_hash(self) -> str: ...

    @property
    def spent_today_usd(self) -> Decimal: ...

    @property
    def day_cap_usd(self) -> Decimal | None: ...

    @property
    def scores(self) -> Sequence[Score]: ...


_COLUMNS = (
    Column(name="reasoner", heading="Reasoner"),
    Column(name="prompt_hash", heading="Prompt"),
    Column(name="replies", heading="Replies", is_number=True),
    Column(name="failed", heading="Failed", is_number=True),
    Column(name="held", heading="Held", is_number=True, is_wide=True),
    Column(name="refused", heading="Refused", is_number=True, is_wide=True),
    Column(name="sent", heading="Sent", is_number=True),
    Column(name="grounded", heading="Grounded", is_number=True, is_wide=True),
    Column(name="brier", heading="Brier", is_number=True),
    Column(name="bias", heading="Bias", is_number=True),
    Column(name="scored", heading="Scored", is_number=True, is_wide=True),
    Column(name="cost", heading="Cost/reply", is_number=True),
    Column(name="p50", heading="p50", is_number=True, is_wide=True),
    Column(name="p95", heading="p95", is_number=True, is_wide=True),
)


def head(record: Record) -> Line:
    """Return who decides now and what today has cost."""
    return line(
        Span(safe(record.reasoner), Tone.STRONG),
        Span(f"  prompt {safe(record.prompt_hash)}  ", Tone.DIM),
        spending(record.spent_today_usd, record.day_cap_usd),
    )


def spending(spent_usd: Decimal, cap_usd: Decimal | None) -> str:
    """Return what today has cost of what it may cost."""
    cap = "" if cap_usd is None else f" of {usd(cap_usd, 2)}"
    return f"{usd(spent_usd)}{cap} today"


def table(scores: Sequence[Score]) -> Table:
    """Return one row for each reasoner and prompt."""
    return Table(columns=_COLUMNS, rows=tuple(map(_row, scores)))


def _row(score: Score) -> TableRow:
    calibration = score.calibration
    brier, bias = calibration.brier, calibration.bias
    cost = score.cost_usd / score.replies if score.replies else None
    counts = (score.replies, score.failed, score.held, score.refused, score.sent)
    texts = (
        safe(score.reasoner),
        safe(score.prompt_hash) or UNKNOWN,
        *map(str, counts),
        ratio_percent(score.verified, score.evidence),
        UNKNOWN if brier is None else f"{brier:.3f}",
        UNKNOWN if bias is None else f"{bias:+.3f}",
        str(calibration.count),
        usd(cost) if cost else UNKNOWN,
        latency(score.latency_p50_ms),
        latency(score.latency_p95_ms),
    )
    return TableRow(
        key=f"{score.reasoner}:{score.prompt_hash}", cells=tuple(Span(text) for text in texts)
    )
