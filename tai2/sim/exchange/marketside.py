"""The exchange as a market drives it: time, others' quotes and trades, index prices.

Markets and the server call it, the facade inherits it. Every call ends with whatever it set
off: fills, triggers, liquidation. It must never read a clock: `advance` alone moves the time.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from tai2.sim.exchange.amending import Amender
from tai2.sim.exchange.core import Core
from tai2.sim.exchange.liquidation import deleverage, liquidate, liquidate_if_due
from tai2.sim.exchange.listing import Listing
from tai2.sim.exchange.makers import Makers
from tai2.sim.exchange.matching import Matcher
from tai2.sim.exchange.publishing import Publishing
from tai2.sim.exchange.records import InstrumentMoved, InstSpec, MarkMoved, OrderView
from tai2.sim.exchange.settlement import settle_fundings
from tai2.sim.exchange.stops import Stops

CANCEL_ALL_AFTER: Final = "20"


class MarketSide(Publishing):
    """What moves the exchange besides its account."""

    def __init__(self, core: Core) -> None:
        super().__init__(core)
        self.quirks = core.quirks
        self._matcher = Matcher(core, self._order_done)
        self._makers = Makers(core, self._matcher)
        self._amender = Amender(core, self._matcher)
        self._stops = Stops(core, self._matcher.submit)

    def _order_done(self, order: OrderView) -> None:
        self._stops.attach(order)

    def last_prices(self) -> dict[str, Decimal]:
        """Return every last price that is known, restored ones included."""
        listings = self._core.listings.values()
        return {one.spec.inst_id: one.last for one in listings if one.last is not None}

    def advance(self, now_ms: int) -> None:
        """Move the exchange's time (never back) and do what became due.

        Closes bars, settles funding, runs cancel-all-after, triggers and liquidation, then
        tells changed books, forming bars and tickers and writes the price checkpoint.
        """
        core = self._core
        core.now_ms = max(core.now_ms, now_ms)
        for listing in core.listings.values():
            for closed in listing.close_bars(core.now_ms):
                core.emit(closed)
        settle_fundings(core)
        self._expire_orders()
        self._matcher.submit_postponed()
        self._amender.carry_out()
        for inst_id in core.listings:
            self._stops.check(inst_id)
        liquidate_if_due(core, self._matcher)
        for listing in core.listings.values():
            core.drain_book(listing)
            for moved in listing.drain_public(core.now_ms):
                core.emit(moved)
        core.commit()

    def _expire_orders(self) -> None:
        core = self._core
        for tag in [tag for tag, due in core.timers.items() if core.now_ms >= due]:
            del core.timers[tag]
            core.timers_changed = True
            self._matcher.cancel_where(CANCEL_ALL_AFTER, tag=tag)
            if core.quirks.timer_algos == "cancel":
                self._stops.cancel_where(tag)

    def set_book(
        self, inst_id: str, bids: Mapping[Decimal, Decimal], asks: Mapping[Decimal, Decimal]
    ) -> None:
        """Make everybody else's liquidity {px: contracts}; crossed resting orders fill."""
        listing = self._core.listings[inst_id]
        listing.book.replace_others("buy", bids)
        listing.book.replace_others("sell", asks)
        if self._core.queue:
            self._makers.meet_quotes(listing)
            self._react(listing)
            self._core.commit()
        self._core.drain_book(listing)

    def print_trade(
        self, inst_id: str, side: str, px: Decimal, sz: Decimal, count: int = 1
    ) -> None:
        """Print others' taker trade; resting orders at better prices, or first in line, fill."""
        listing = self._core.listings[inst_id]
        self._makers.meet_trade(listing, side, px, sz, count)
        self._core.drain_book(listing)
        self._react(listing)
        self._core.commit()

    def set_index(self, inst_id: str, px: Decimal) -> None:
        """Set the index price; the mark follows it by the mean basis."""
        listing = self._core.listings[inst_id]
        if listing.set_index(px):
            mark = listing.reference_px()
            self._core.emit(MarkMoved(inst_id=inst_id, px=mark, ts=self.now_ms))
            self._react(listing)
            self._core.commit()

    def set_mark(self, inst_id: str, px: Decimal) -> None:
        """Take the mark price as another exchange states it; the index stands where it stands."""
        listing = self._core.listings[inst_id]
        listing.index, listing.mark = px, px
        self._core.emit(MarkMoved(inst_id=inst_id, px=px, ts=self.now_ms))
        self._react(listing)
        self._core.commit()

    def jump(self, inst_id: str, share: Decimal) -> None:
        """Move an instrument's whole market by a share of its price, such as -0.05."""
        listing = self._core.listings[inst_id]
        factor, tick = 1 + share, listing.spec.tick_sz
        bids, asks = (
            {px * factor // tick * tick: sz for px, sz in listing.book.others[side].items()}
            for side in ("buy", "sell")
        )
        last = listing.reference_px() * factor // tick * tick
        self.set_book(inst_id, bids, asks)
        self.print_trade(inst_id, "buy" if share > 0 else "sell", last, listing.spec.min_sz)
        self.set_index(inst_id, last)

    def relist(self, spec: InstSpec) -> None:
        """List an instrument with other properties: its state, steps or sizes."""
        self._core.listings[spec.inst_id].spec = spec
        self._core.purses.relist(spec)
        self._core.emit(InstrumentMoved(spec=spec))

    def liquidate(self) -> None:
        """Take every position over now, whatever the margin ratio."""
        liquidate(self._core, self._matcher)
        self._core.commit()

    def deleverage(self, inst_id: str) -> None:
        """Close an instrument's positions at the mark, as auto-deleveraging would."""
        deleverage(self._core, inst_id)
        self._core.commit()

    def _react(self, listing: Listing) -> None:
        """Trigger stops and liquidation after a price moved, until nothing more follows."""
        seen = -1
        while seen != self._core.ids.drawn:
            seen = self._core.ids.drawn
            self._stops.check(listing.spec.inst_id)
            liquidate_if_due(self._core, self._matcher)
