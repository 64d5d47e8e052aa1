"""The write-ahead truth: what must be on disk before the next step may happen.

Ledger, executor, cycle and control book write it; recovery reads it at start.
When a write returns, it's durable; when it raises JournalFailed, nothing may be sent.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from tai2.model.account import Bill
from tai2.model.condition import BreakerState, Realised
from tai2.model.controls import Controls
from tai2.model.day import DayClose
from tai2.model.decision import Decision, Reply, ReplyFailed
from tai2.model.events import CycleRecord
from tai2.model.forecast import Forecast, Outcome
from tai2.model.ids import AlgoClOrdId, ClOrdId, DecisionId, FillId, InstId
from tai2.model.money import QuoteAmt
from tai2.model.order import Fill, Order
from tai2.model.stop import StopRecord
from tai2.model.trade import ExecutedTrade, Execution


class DecisionJournal(Protocol):
    """Cycles, decisions and raw replies."""

    async def save_reply(
        self, decision_id: DecisionId, reply: Reply | ReplyFailed, decision: Decision | None
    ) -> None:
        """Store what the reasoner said and what we made of it."""
        ...

    async def find_decision(self, decision_id: DecisionId) -> Decision | None:
        """Return a clean decision; None = there was none of that id."""
        ...

    async def save_cycle(self, record: CycleRecord) -> None:
        """Store the canonical record of one cycle."""
        ...


class OrderJournal(Protocol):
    """Orders, fills and the rows made of them."""

    async def save_order(self, order: Order) -> None:
        """Insert or update one order by cl_ord_id. Durable when it returns."""
        ...

    async def save_fill(self, fill: Fill, trade: ExecutedTrade) -> bool:
        """Store one fill with its row; False when the fill was known already."""
        ...

    async def has_fill(self, fill_id: FillId) -> bool:
        """Tell whether a fill is stored."""
        ...

    async def executions(self) -> tuple[Execution, ...]:
        """Return what the stored fills did, oldest first, as model.trade.netted tells it."""
        ...

    async def open_orders(self) -> tuple[Order, ...]:
        """Return every order that isn't terminal, oldest first."""
        ...

    async def find_order(self, cl_ord_id: ClOrdId) -> Order | None: ...

    async def find_protected(self, algo_cl_ord_id: AlgoClOrdId) -> Order | None:
        """Return the entry that a stop of ours protects."""
        ...

    async def last_entry(self, inst_id: InstId) -> Order | None:
        """Return the newest entry on an instrument that has at least one fill."""
        ...

    async def last_fill_ms(self) -> int | None:
        """Return the exchange time of the newest fill; None = no fill yet."""
        ...

    async def justification(self, decision_id: DecisionId) -> tuple[str, str]:
        """Return (justification, reasoner) of a decision, ("", "") when unknown."""
        ...


class StopJournal(Protocol):
    """Stand-alone stops."""

    async def save_stop(self, record: StopRecord) -> None:
        """Insert or update one stop by its client id. Durable when it returns."""
        ...

    async def find_stop(self, algo_cl_ord_id: AlgoClOrdId) -> StopRecord | None: ...


class ControlJournal(Protocol):
    """Versions of the operator's controls."""

    async def save_controls(self, controls: Controls) -> None: ...

    async def latest_controls(self) -> Controls | None: ...

    async def controls_at(self, version: int) -> Controls | None:
        """Return one version; None = it was never stored."""
        ...

    async def control_versions(self, limit: int) -> tuple[Controls, ...]:
        """Return the newest versions, newest first."""
        ...


class ForecastJournal(Protocol):
    """Forecasts and what came of them."""

    async def save_forecast(self, forecast: Forecast) -> None: ...

    async def save_outcome(self, decision_id: DecisionId, outcome: Outcome | None) -> None:
        """Close a forecast: scored, or None = nobody saw the price at its horizon."""
        ...

    async def open_forecasts(self) -> tuple[Forecast, ...]:
        """Return the forecasts that aren't closed, oldest first."""
        ...

    async def scored_forecasts(self, limit: int) -> tuple[tuple[Decimal, Decimal], ...]:
        """Return (p_up, went_up) of the newest scored forecasts, oldest first."""
        ...


class RiskJournal(Protocol):
    """What guards and breakers must remember across restarts."""

    async def sent_since(self, since_ms: int) -> tuple[Order, ...]:
        """Return orders that may have left since a time (ms UTC), oldest first."""
        ...

    async def sends_since(self, since_ms: int) -> int:
        """Count the orders that may have left since a time (ms UTC)."""
        ...

    async def rests(self, inst_id: InstId) -> tuple[int | None, int | None]:
        """Return when an instrument's last order settled and when it last had a setback.

        A setback is a loss by a stop, or an entry that the exchange refused.
        """
        ...

    async def realised_since(self, since_ms: int) -> tuple[Realised, ...]:
        """Return what fills realised since a time (ms UTC), oldest first."""
        ...

    async def cycle_outcomes(self, since_ms: int, limit: int) -> tuple[tuple[int, str], ...]:
        """Return (time, outcome) of the newest cycles since a time, newest first."""
        ...

    async def order_outcomes(self, since_ms: int, limit: int) -> tuple[tuple[int, bool], ...]:
        """Return (time sent, went wrong) of the newest answered orders, newest first."""
        ...

    async def save_breaker_state(self, state: BreakerState) -> None: ...

    async def breaker_state(self) -> BreakerState | None:
        """Return the breakers' memory; None = there is none yet."""
        ...


class BillJournal(Protocol):
    """What changed the balance without a fill, and the days that were closed with it."""

    async def save_bills(self, bills: Sequence[Bill], mode: str) -> None:
        """Store bills that are new; funding is added to the round trip that it belongs to."""
        ...

    async def bills_since(self, since_ms: int) -> tuple[Bill, ...]:
        """Return what isn't of a fill since a time (ms UTC), oldest first."""
        ...

    async def last_bill_ms(self) -> int | None:
        """Return the exchange time of the newest bill; None = none yet."""
        ...

    async def save_day(self, day: DayClose) -> None: ...

    async def last_day(self) -> DayClose | None:
        """Return the newest closed day; None = none yet."""
        ...


class EquityJournal(Protocol):
    """Points of the equity curve."""

    async def save_equity(self, ts: int, equity: QuoteAmt, upnl: QuoteAmt) -> None:
        """Store one point: ms UTC, amounts in settle currency."""
        ...


class Journal(
    DecisionJournal,
    OrderJournal,
    StopJournal,
    ControlJournal,
    ForecastJournal,
    RiskJournal,
    BillJournal,
    EquityJournal,
    Protocol,
):
    """All of it in one store."""

    async def close(self) -> None:
        """Flush and release the file."""
        ...
