"""Builds the Latest Market Snapshot of one instrument, each field with age and verdict.

The cycle asks for one per interval; the executor asks again for what it re-checks.
A field may be stale or missing here; deciding what that means is the gate's business.
"""

from typing import Final, TypeVar

from tai2.engine.accounts import Accounts
from tai2.engine.market import InstrumentMarket
from tai2.engine.technicals import Technicals
from tai2.model.account import Position
from tai2.model.ids import InstId
from tai2.model.limits import AgeLimits
from tai2.model.market import Stamped
from tai2.model.money import ZERO, Contracts, QuoteAmt
from tai2.model.snapshot import Aged, BookTop, FlowSet, Freshness, Snapshot
from tai2.ports.clock import Clock
from tai2.ports.ids import IdSource

T = TypeVar("T")
S = TypeVar("S", bound=Stamped)

FUTURE_MS: Final = 1_000
"""Data stamped further ahead of our clock than this counts as stale."""


class Snapshots:
    """Takes snapshots."""

    def __init__(
        self,
        accounts: Accounts,
        technicals: Technicals,
        ages: AgeLimits,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._accounts = accounts
        self._technicals = technicals
        self._ages = ages
        self._clock = clock
        self._ids = ids

    async def take(self, market: InstrumentMarket) -> Snapshot:
        """Return a new snapshot of one instrument."""
        technical = await self._technicals.of(market, self._clock.now_ms())
        now = self._clock.now_ms()
        book = self.book(market, now)
        return Snapshot(
            snapshot_id=self._ids.snapshot_id(),
            inst_id=market.instrument.inst_id,
            ts=now,
            book=book,
            ticker=_stamped(market.ticker, now, self._ages.ticker_ms),
            mark=_stamped(market.mark, now, self._ages.mark_ms),
            funding=_stamped(market.funding, now, self._ages.funding_ms),
            open_interest=_stamped(market.open_interest, now, self._ages.open_interest_ms),
            oi_change_1h=market.oi_change_1h(),
            liquidations=market.liquidations(now),
            technical=technical,
            flow=self._flow(market, now, book.value),
            balance=self._accounts.balance(now),
            position=self._position(market.instrument.inst_id, now),
        )

    def book(self, market: InstrumentMarket, now: int) -> Aged[BookTop]:
        """Return the top of the book as of now; MISSING while it can't be trusted."""
        book = market.book
        # A quiet book is not a dead one: the feed re-stamps it by heartbeat or reconnects.
        return _aged(book.top(), book.ts_event, book.ts_recv, now, self._ages.book_ms)

    def _flow(self, market: InstrumentMarket, now: int, top: BookTop | None) -> Aged[FlowSet]:
        flow = market.flow.flow_set(now, top)
        return _aged(flow, market.flow_ts, market.flow_ts, now, self._ages.flow_ms)

    def _position(self, inst_id: InstId, now: int) -> Aged[Position]:
        """Return the position; flat is known only when the whole account is."""
        balance = self._accounts.balance(now)
        account = self._accounts.latest
        if account is None or balance.ts_event is None or balance.ts_recv is None:
            return _aged(None, 0, 0, now, self._ages.account_ms)
        held = account.position(inst_id) or _flat(inst_id, balance.ts_event, balance.ts_recv)
        return Aged(
            value=held,
            ts_event=held.ts_event,
            ts_recv=held.ts_recv,
            age_ms=balance.age_ms,
            freshness=balance.freshness if self._accounts.is_settled(inst_id) else Freshness.STALE,
        )


def _stamped(event: S | None, now: int, limit_ms: int) -> Aged[S]:
    if event is None:
        return _aged(event, 0, 0, now, limit_ms)
    return _aged(event, event.ts_event, event.ts_recv, now, limit_ms)


def _aged(found: T | None, ts_event: int, ts_recv: int, now: int, limit_ms: int) -> Aged[T]:
    """Judge a value's age; one from the future is as bad as an old one."""
    if found is None:
        return Aged(
            value=None, ts_event=None, ts_recv=None, age_ms=None, freshness=Freshness.MISSING
        )
    age_ms = now - ts_event
    is_fresh = -FUTURE_MS <= age_ms <= limit_ms
    return Aged(
        value=found,
        ts_event=ts_event,
        ts_recv=ts_recv,
        age_ms=age_ms,
        freshness=Freshness.FRESH if is_fresh else Freshness.STALE,
    )


def _flat(inst_id: InstId, ts_event: int, ts_recv: int) -> Position:
    return Position(
        inst_id=inst_id,
        contracts=Contracts(ZERO),
        avg_px=None,
        mark_px=None,
        upnl=QuoteAmt(ZERO),
        lever=None,
        liq_px=None,
        margin_mode="cross",
        opened_ms=ts_event,
        ts_event=ts_event,
        ts_recv=ts_recv,
    )
