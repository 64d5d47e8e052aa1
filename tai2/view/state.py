"""What every face shows: the desk as frozen sections, each with its revision and its age.

The daemon folds it from events and readings, `watch` sends it, terminal, web and CLI paint
panels of it. A section that nobody has filled yet says so by asof 0; unknown is None, never 0.
Rows are look-ups by id, so that a merge patch carries one row and not the list.
"""

from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Final

from tai2.model.controls import TradingState
from tai2.model.money import QuoteAmt
from tai2.view.rows import (
    DecisionRow,
    GuardRow,
    HealthRow,
    OptionRow,
    OrderRow,
    PositionRow,
    StopRow,
    TaRow,
    TickerRow,
    TradeRow,
)

NEWEST: Final = 50
"""Decisions and trades that are kept in view; older ones are read page by page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What all sections have."""

    rev: int = 0
    """Grows by one with each change; 0 = never filled."""
    asof: int = 0
    """When this was last known to be so, ms UTC by the daemon's clock; 0 = never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaView(Section):
    """Who runs, in which state, and what happens next."""

    mode: str = ""
    instance: str = ""
    version: str = ""
    reasoner: str = ""
    trading_state: TradingState | None = None
    state_reason: str = ""
    state_by: str = ""
    """Who latched it: start, operator, guard…"""
    state_ms: int | None = None
    """Since when, ms UTC."""
    controls_version: int = 0
    interval_s: Decimal | None = None
    next_cycle_ms: int | None = None
    """When the next cycle starts, ms UTC by the daemon's clock; None = none is planned."""
    started_ms: int = 0
    degraded: bool = False
    cycles: int = 0
    """Since the start, as are holds, refused, sent and fills."""
    holds: int = 0
    refused: int = 0
    sent: int = 0
    fills: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView(Section):
    """Money; asof is when the exchange's account was last read or pushed."""

    ccy: str = ""
    equity: QuoteAmt | None = None
    cash: QuoteAmt | None = None
    available: QuoteAmt | None = None
    upnl: QuoteAmt | None = None
    day_equity: QuoteAmt | None = None
    """At 00:00 UTC."""
    day_pnl: QuoteAmt | None = None
    day_ratio: Decimal | None = None
    day_limit_ratio: Decimal | None = None
    """Loss that halts for the day, negative."""
    exposure: QuoteAmt | None = None
    """All positions and pending entries at the mark, unsigned."""
    exposure_ratio: Decimal | None = None
    """Over equity."""
    net_ratio: Decimal | None = None
    """Longs less shorts over equity: its sign says which way."""
    exposure_limit_ratio: Decimal | None = None
    peak_equity: QuoteAmt | None = None
    drawdown_ratio: Decimal | None = None
    """Below the peak, negative or 0."""
    drawdown_limit_ratio: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionsView(Section):
    """Open positions by instrument; asof as for the account."""

    rows: dict[str, PositionRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersView(Section):
    """Working orders of ours by client id, and live stops by the exchange's algo id."""

    rows: dict[str, OrderRow] = field(default_factory=dict)
    stops: dict[str, StopRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TickersView(Section):
    """Followed instruments; asof is the newest receipt of any ticker."""

    rows: dict[str, TickerRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaView(Section):
    """Indicators by instrument."""

    rows: dict[str, TaRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionsView(Section):
    """Newest cycles by cycle id; ids sort by time."""

    rows: dict[str, DecisionRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradesView(Section):
    """Newest fills by trade id."""

    rows: dict[str, TradeRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthView(Section):
    """Parts by name."""

    rows: dict[str, HealthRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardsView(Section):
    """Guards by name."""

    rows: dict[str, GuardRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigView(Section):
    """Controls and options by key; texts as long as a prompt aren't here: see prompt.show."""

    version: int = 0
    rows: dict[str, OptionRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendingView(Section):
    """What language models cost."""

    spent_today_usd: Decimal | None = None
    day_cap_usd: Decimal | None = None
    """None for a reasoner that costs nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewState:
    """The whole desk. A section that didn't change stays the same object."""

    meta: MetaView = MetaView()
    account: AccountView = AccountView()
    positions: PositionsView = PositionsView()
    orders: OrdersView = OrdersView()
    tickers: TickersView = TickersView()
    ta: TaView = TaView()
    decisions: DecisionsView = DecisionsView()
    trades: TradesView = TradesView()
    health: HealthView = HealthView()
    guards: GuardsView = GuardsView()
    config: ConfigView = ConfigView()
    spending: SpendingView = SpendingView()


EMPTY: Final = ViewState()
SECTIONS: Final[dict[str, type[Section]]] = {
    part.name: type(getattr(EMPTY, part.name)) for part in fields(ViewState)
}
"""Kind of each section by its name, in the order of ViewState."""


def section(state: ViewState, name: str) -> Section:
    """Return a section by its name.

    Raises:
        KeyError: There is none of that name.
    """
    if name not in SECTIONS:
        raise KeyError(name)
    found: Section = getattr(state, name)
    return found
