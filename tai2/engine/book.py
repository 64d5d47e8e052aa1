"""One instrument's order book: snapshot, chained deltas, and whether it may be trusted.

Ingest applies what the feed delivers, snapshots and the executor read the top.
A book with a gap must say that it is invalid until a new snapshot arrives.
"""

from bisect import bisect_left, insort
from decimal import Decimal
from typing import Final

from tai2.model.market import BookDelta, BookSnapshot, Level
from tai2.model.money import ZERO, Contracts, Px
from tai2.model.snapshot import BookTop

DEPTH: Final = 20


class HalfBook:
    """One side: sizes by price, and the prices in rising order."""

    def __init__(self) -> None:
        self._sizes: dict[Decimal, Contracts] = {}
        self._prices: list[Decimal] = []

    def load(self, levels: tuple[Level, ...]) -> None:
        """Replace everything."""
        self._sizes = {px: contracts for px, contracts in levels if contracts > ZERO}
        self._prices = sorted(self._sizes)

    def apply(self, levels: tuple[Level, ...]) -> None:
        """Set or remove levels; a size is absolute, 0 removes."""
        sizes, prices = self._sizes, self._prices
        for px, contracts in levels:
            if contracts > ZERO:
                if px not in sizes:
                    insort(prices, px)
                sizes[px] = contracts
            elif sizes.pop(px, None) is not None:
                del prices[bisect_left(prices, px)]

    def lowest(self, depth: int) -> tuple[Level, ...]:
        """Return up to `depth` levels from the lowest price upward."""
        return tuple((Px(px), self._sizes[px]) for px in self._prices[:depth])

    def highest(self, depth: int) -> tuple[Level, ...]:
        """Return up to `depth` levels from the highest price downward."""
        return tuple((Px(px), self._sizes[px]) for px in self._prices[: -depth - 1 : -1])


class OrderBook:
    """Both sides with the exchange's sequence (OKX v5, sequence rules of `books`)."""

    def __init__(self) -> None:
        self._bids = HalfBook()
        self._asks = HalfBook()
        self.seq_id = -1
        self.ts_event = 0
        self.ts_recv = 0
        self.is_valid = False

    def load(self, snapshot: BookSnapshot) -> None:
        """Replace the book by a snapshot."""
        self._bids.load(snapshot.bids)
        self._asks.load(snapshot.asks)
        self._stamp(snapshot.seq_id, snapshot.ts_event, snapshot.ts_recv)
        self.is_valid = self._is_sane()

    def apply(self, delta: BookDelta) -> bool:
        """Apply a delta; False when it doesn't follow and the book became invalid."""
        if not self.is_valid or delta.prev_seq_id != self.seq_id:
            self.is_valid = False
            return False
        self._bids.apply(delta.bids)
        self._asks.apply(delta.asks)
        self._stamp(delta.seq_id, delta.ts_event, delta.ts_recv)
        self.is_valid = self._is_sane()
        return self.is_valid

    def invalidate(self) -> None:
        """Distrust the book until the next snapshot."""
        self.is_valid = False

    def top(self, depth: int = DEPTH) -> BookTop | None:
        """Return the best levels; None while the book can't be trusted."""
        if not self.is_valid:
            return None
        return BookTop(
            bids=self._bids.highest(depth), asks=self._asks.lowest(depth), seq_id=self.seq_id
        )

    def _stamp(self, seq_id: int, ts_event: int, ts_recv: int) -> None:
        self.seq_id = seq_id
        self.ts_event = ts_event
        self.ts_recv = ts_recv

    def _is_sane(self) -> bool:
        """Tell whether both sides exist, don't cross, and prices are positive."""
        bid, ask = self._bids.highest(1), self._asks.lowest(1)
        return bool(bid and ask) and ZERO < bid[0][0] < ask[0][0]
