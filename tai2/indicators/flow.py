"""Order flow of one instrument, kept incrementally: CVD, OFI, depth imbalance, micro-price.

Ingest feeds it trades and best quotes in base currency, snapshots ask for a FlowSet.
Memory is bounded for weeks of events, and a gap in the feed must show, never be bridged.
"""

import math
from collections.abc import Sequence
from typing import Final

from tai2.indicators.minutes import (
    BARS,
    MIN_BARS,
    MINUTE_MS,
    MinuteSums,
    MinuteTotals,
    newest_score,
)
from tai2.model.instrument import Side
from tai2.model.market import Level
from tai2.model.snapshot import BookTop, FlowSet

DAY_MS: Final = 86_400_000
SLOPE_BARS: Final = 5
Quote = tuple[float, float, float, float]
"""(bid_px, bid_qty, ask_px, ask_qty)."""


class CvdTracker:
    """Cumulative volume delta: what takers bought minus what they sold, base currency."""

    def __init__(self) -> None:
        self._minutes = MinuteSums()
        self.totals = MinuteTotals()
        self._day: int | None = None
        self._session = 0.0
        self._gap_ts: int | None = None

    @property
    def session(self) -> float | None:
        """Sum since 00:00 UTC, or since the first trade seen; None before any time was seen."""
        return None if self._day is None else self._session

    @property
    def bars(self) -> tuple[float, ...]:
        """Sum of each closed minute, oldest first, at most 30."""
        return self._minutes.closed

    @property
    def slope_z(self) -> float | None:
        """Standard score of the newest 5-bar sum; None below 10 closed bars."""
        bars = self.bars
        if len(bars) < MIN_BARS:
            return None
        sums = [math.fsum(bars[n - SLOPE_BARS : n]) for n in range(SLOPE_BARS, len(bars) + 1)]
        return newest_score(sums)

    def advance(self, ts: int) -> None:
        """Close the minutes, and at midnight UTC the session, that ended by `ts`."""
        self._minutes.advance(ts)
        if self._day is None or ts // DAY_MS > self._day:
            self._day, self._session = ts // DAY_MS, 0.0

    def on_trade(self, ts: int, side: Side, base_qty: float) -> None:
        """Count one taker's trade."""
        self.advance(ts)
        signed = side.sign * base_qty
        self._session += signed
        self._minutes.add(ts, signed)
        self.totals.add(ts, signed)

    def mark_gap(self, ts: int) -> None:
        """Note that trades may be missing around `ts`."""
        self._gap_ts = ts

    def has_gap(self, now_ms: int) -> bool:
        """Tell whether the feed was interrupted within the last thirty bars."""
        return self._gap_ts is not None and now_ms - self._gap_ts <= BARS * MINUTE_MS


class OfiTracker:
    """Order-flow imbalance of the best quotes, summed per minute, base currency.

    Source: Cont, Kukanov, Stoikov, The Price Impact of Order Book Events (2014), eq. 4.
    """

    def __init__(self) -> None:
        self._minutes = MinuteSums()
        self._before: Quote | None = None

    @property
    def bar(self) -> float | None:
        """Imbalance of the last closed minute; None before one closed."""
        bars = self._minutes.closed
        return bars[-1] if bars else None

    @property
    def z(self) -> float | None:
        """Standard score of `bar` among the last 30; None below 10 closed bars."""
        bars = self._minutes.closed
        return newest_score(bars) if len(bars) >= MIN_BARS else None

    def advance(self, ts: int) -> None:
        """Close the minutes that ended by `ts`."""
        self._minutes.advance(ts)

    def on_top(self, ts: int, quote: Quote) -> None:
        """Take the best quotes after a change of the book; the first one only sets the start."""
        self._minutes.add(ts, contribution(self._before, quote) if self._before else 0.0)
        self._before = quote

    def mark_gap(self) -> None:
        """Forget the last quotes: a change across a gap is not one event."""
        self._before = None


def contribution(before: Quote, after: Quote) -> float:
    """Return what one change of the best quotes adds to the imbalance.

    Demand grows by the new bid size when the bid didn't fall and shrinks by the old one when
    it didn't rise; supply, mirrored, counts against it.
    """
    bid_px, bid_qty, ask_px, ask_qty = after
    old_bid_px, old_bid_qty, old_ask_px, old_ask_qty = before
    demand = bid_qty * (bid_px >= old_bid_px) - old_bid_qty * (bid_px <= old_bid_px)
    supply = ask_qty * (ask_px <= old_ask_px) - old_ask_qty * (ask_px >= old_ask_px)
    return demand - supply


class FlowTracker:
    """All order flow of one instrument."""

    def __init__(self) -> None:
        self._cvd = CvdTracker()
        self._ofi = OfiTracker()
        self._is_fed = False

    def on_trade(self, ts: int, side: Side, base_qty: float) -> None:
        """Count one taker's trade: exchange time in ms UTC, base currency."""
        self._is_fed = True
        self._cvd.on_trade(ts, side, base_qty)

    def on_top(self, ts: int, bid_px: float, bid_qty: float, ask_px: float, ask_qty: float) -> None:
        """Take the best quotes after a change of the book; quantities in base currency."""
        self._is_fed = True
        self._ofi.on_top(ts, (bid_px, bid_qty, ask_px, ask_qty))

    def mark_gap(self, ts: int) -> None:
        """Note that events may be missing around `ts`."""
        self._cvd.mark_gap(ts)
        self._ofi.mark_gap()

    def cvd_at_ends(self, starts_ms: Sequence[int], width_ms: int) -> tuple[float | None, ...]:
        """Return the CVD since the feed began at the end of each bar; None before it began."""
        return self._cvd.totals.at_ends(starts_ms, width_ms)

    def flow_set(self, now_ms: int, top: BookTop | None) -> FlowSet | None:
        """Return the flow as of `now_ms`, which closes bars even when nothing happened.

        Args:
            now_ms: UTC, the time base of the events.
            top: The book's best levels; None leaves imbalances and micro-price None.

        Returns:
            None before any trade or quote was seen.
        """
        if not self._is_fed:
            return None
        self._cvd.advance(now_ms)
        self._ofi.advance(now_ms)
        return FlowSet(
            cvd_session=self._cvd.session,
            cvd_bars=self._cvd.bars,
            cvd_slope_z=self._cvd.slope_z,
            ofi_bar=self._ofi.bar,
            ofi_z=self._ofi.z,
            imbalance_5=imbalance(top, 5),
            imbalance_10=imbalance(top, 10),
            imbalance_20=imbalance(top, 20),
            micro_px=micro_px(top),
            has_gap=self._cvd.has_gap(now_ms),
        )


def imbalance(top: BookTop | None, levels: int) -> float | None:
    """Return (bids − asks) / (bids + asks) over the best `levels`, in [−1, 1]; None = no book."""
    if top is None:
        return None
    bids, asks = _depth(top.bids[:levels]), _depth(top.asks[:levels])
    return (bids - asks) / (bids + asks) if bids + asks > 0 else None


def _depth(levels: Sequence[Level]) -> float:
    return math.fsum(float(contracts) for _px, contracts in levels)


def micro_px(top: BookTop | None) -> float | None:
    """Return the best quotes weighted by the opposite side's size; None = no two-sided book."""
    if top is None or not top.bids or not top.asks:
        return None
    (bid_px, bid_qty), (ask_px, ask_qty) = top.bids[0], top.asks[0]
    depth = bid_qty + ask_qty
    return float((bid_px * ask_qty + ask_px * bid_qty) / depth) if depth > 0 else None
