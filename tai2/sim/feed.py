"""The simulated exchange as a market feed in the same process.

Replays and component tests read it instead of a network; events arrive while the exchange
speaks, so that nothing is ever late. It must never change the exchange.
"""

import asyncio
import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from tai2.model.errors import UsageError
from tai2.model.ids import InstId
from tai2.model.instrument import Instrument
from tai2.model.market import (
    Bar,
    BookDelta,
    BookInvalid,
    BookSnapshot,
    Candle,
    MarkPx,
)
from tai2.model.money import Px
from tai2.ports.feed import EventSink
from tai2.sim.exchange import records
from tai2.sim.exchange.exchange import Exchange
from tai2.sim.public import (
    candle_of,
    funding_of,
    instrument_of,
    interest_of,
    levels_of,
    limit_of,
    ticker_of,
    translate,
)

BOOK_DEPTH = 400


class SimFeed:
    """Public data of one exchange (port: MarketFeed)."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._sinks: list[tuple[frozenset[str], EventSink]] = []

    async def instruments(self, inst_ids: Sequence[InstId]) -> tuple[Instrument, ...]:
        known = {spec.inst_id: spec for spec in self._exchange.specs()}
        unknown = [inst_id for inst_id in inst_ids if inst_id not in known]
        if unknown:
            raise UsageError(
                f"the simulator doesn't list {', '.join(unknown)}",
                f"it lists {', '.join(known)}",
            )
        return tuple(instrument_of(known[inst_id]) for inst_id in inst_ids)

    async def history(self, inst_id: InstId, bar: Bar, limit: int) -> tuple[Candle, ...]:
        rows = [row for row in self._exchange.candles(inst_id, bar.value) if row.confirmed]
        now_ms = self._exchange.now_ms
        return tuple(candle_of(inst_id, bar, row, now_ms) for row in rows[-limit:])

    async def stream(self, inst_ids: Sequence[InstId], sink: EventSink) -> None:
        detach = self.attach(sink, inst_ids)
        try:
            await asyncio.Event().wait()
        finally:
            detach()

    def resync(self, inst_id: InstId) -> None:
        """Tell everyone who follows it that the book is void, then what it is now."""
        now_ms = self._exchange.now_ms
        for wanted, sink in tuple(self._sinks):
            if inst_id in wanted:
                sink(BookInvalid(inst_id=inst_id, ts_event=now_ms, ts_recv=now_ms, reason="resync"))
                self._introduce(inst_id, sink)

    def heard_s(self) -> float:
        return math.inf

    def attach(
        self, sink: EventSink, inst_ids: Collection[InstId] | None = None
    ) -> Callable[[], None]:
        """Forward events to the sink while they happen, a snapshot of everything first.

        Args:
            sink: Called synchronously.
            inst_ids: Whose events; None = every instrument's.

        Returns:
            A call that ends it.
        """
        wanted = frozenset(inst_ids or (spec.inst_id for spec in self._exchange.specs()))

        def forward(event: records.SimEvent) -> None:
            translated = translate(event, self._exchange.now_ms)
            if translated is not None and translated.inst_id in wanted:
                sink(translated)

        def detach() -> None:
            self._exchange.unsubscribe(forward)
            self._sinks.remove(follower)

        follower = (wanted, sink)
        self._sinks.append(follower)
        for inst_id in sorted(wanted):
            self._introduce(InstId(inst_id), sink)
        self._exchange.subscribe(forward)
        return detach

    def _introduce(self, inst_id: InstId, sink: EventSink) -> None:
        """Tell the present state of an instrument, as far as it's known."""
        exchange, now_ms = self._exchange, self._exchange.now_ms
        book = exchange.book(inst_id, BOOK_DEPTH)
        if book.bids and book.asks:
            sink(
                BookSnapshot(
                    inst_id=inst_id,
                    ts_event=book.ts,
                    ts_recv=now_ms,
                    bids=levels_of(book.bids),
                    asks=levels_of(book.asks),
                    seq_id=book.seq_id,
                )
            )
            sink(ticker_of(exchange.ticker(inst_id), now_ms))
        self._tell_slow(inst_id, sink)

    def heartbeat(self, sink: EventSink) -> None:
        """Tell that everything still stands as it was, as the exchange does when it's quiet.

        A replay steps by many seconds, in which nothing may have changed: books get the
        exchange's empty update, the rest is repeated with the present time.
        """
        now_ms = self._exchange.now_ms
        for spec in self._exchange.specs():
            inst_id = InstId(spec.inst_id)
            seq_id = self._exchange.book(inst_id, 1).seq_id
            sink(
                BookDelta(
                    inst_id=inst_id,
                    ts_event=now_ms,
                    ts_recv=now_ms,
                    bids=(),
                    asks=(),
                    prev_seq_id=seq_id,
                    seq_id=seq_id,
                )
            )
            sink(ticker_of(self._exchange.ticker(inst_id), now_ms))
            self._tell_slow(inst_id, sink)

    def _tell_slow(self, inst_id: InstId, sink: EventSink) -> None:
        exchange, now_ms = self._exchange, self._exchange.now_ms
        mark_px, funding = exchange.mark_px(inst_id), exchange.funding(inst_id)
        if mark_px:
            sink(MarkPx(inst_id=inst_id, ts_event=now_ms, ts_recv=now_ms, px=Px(mark_px)))
        sink(limit_of(inst_id, exchange.price_limit(inst_id), now_ms))
        if funding is not None:
            told = records.FundingMoved(inst_id=inst_id, funding=replace(funding, ts=now_ms))
            sink(funding_of(told, now_ms))
        interest = exchange.open_interest(inst_id)
        if interest is not None:
            sink(interest_of(records.OpenInterestMoved(inst_id=inst_id, oi=interest), now_ms))
