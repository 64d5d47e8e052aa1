"""One instrument's order book: everybody else's levels plus the account's resting orders.

Markets set the others' levels, the matcher takes from them, readers see the sum.
It must never decide about fills: it only keeps sizes and remembers what changed.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from tai2.sim.exchange.records import BookMoved, BookView, Level

_ZERO: Final = Decimal(0)
SIDES: Final = ("buy", "sell")


def opposite(side: str) -> str:
    """Return the other side."""
    return "sell" if side == "buy" else "buy"


def reaches(side: str, limit_px: Decimal | None, px: Decimal) -> bool:
    """Tell whether an order of this side and limit (None = any) accepts a price."""
    if limit_px is None:
        return True
    return px <= limit_px if side == "buy" else px >= limit_px


class Book:
    """Sizes by price for both sides ("buy" = bids)."""

    def __init__(self, inst_id: str) -> None:
        self._inst_id = inst_id
        self.others: dict[str, dict[Decimal, Decimal]] = {"buy": {}, "sell": {}}
        self._own: dict[str, dict[Decimal, tuple[Decimal, int]]] = {"buy": {}, "sell": {}}
        self._touched: dict[str, set[Decimal]] = {"buy": set(), "sell": set()}
        self.seq_id = 1
        self._restarts = False

    def restart_sequence(self) -> None:
        """Let the next change start the sequence anew, as the exchange does in maintenance."""
        self._restarts = True

    def replace_others(self, side: str, levels: Mapping[Decimal, Decimal]) -> None:
        """Make one side of the others' liquidity equal to {px: contracts}."""
        known, touched = self.others[side], self._touched[side]
        for px, contracts in levels.items():
            if known.get(px) != contracts:
                touched.add(px)
        if len(known) != len(levels) or touched:
            touched.update(px for px in known if px not in levels)
        self.others[side] = dict(levels)

    def take(self, side: str, px: Decimal, contracts: Decimal) -> None:
        """Remove contracts from a level of the others."""
        levels = self.others[side]
        levels[px] -= contracts
        if levels[px] <= 0:
            del levels[px]
        self._touched[side].add(px)

    def rest(self, side: str, px: Decimal, contracts: Decimal, orders: int) -> None:
        """Add (or with negative numbers remove) contracts of the account's own orders."""
        own = self._own[side]
        held, count = own.get(px, (_ZERO, 0))
        if count + orders > 0:
            own[px] = (held + contracts, count + orders)
        else:
            own.pop(px, None)
        self._touched[side].add(px)

    def best(self, side: str) -> Decimal | None:
        """Return the best price of a side, own orders included; None = empty."""
        others, own = self.others[side], self._own[side]
        pick = max if side == "buy" else min
        candidates = [pick(levels) for levels in (others, own) if levels]
        return pick(candidates) if candidates else None

    def best_other(self, side: str) -> Decimal | None:
        """Return the best price that isn't the account's own; None = empty."""
        levels = self.others[side]
        if not levels:
            return None
        return max(levels) if side == "buy" else min(levels)

    def level(self, side: str, px: Decimal) -> Level:
        """Return (px, visible contracts, orders) of one price."""
        contracts = self.others[side].get(px, _ZERO)
        own = self._own[side].get(px)
        if own is None:
            return px, contracts, 1 if contracts else 0
        return px, contracts + own[0], own[1] + (1 if contracts else 0)

    def mid(self) -> Decimal | None:
        """Return the middle of the best quotes; None while a side is empty."""
        bid, ask = self.best("buy"), self.best("sell")
        return None if bid is None or ask is None else (bid + ask) / 2

    def view(self, depth: int, ts: int) -> BookView:
        """Return up to `depth` levels a side, best first."""
        bids = sorted({*self.others["buy"], *self._own["buy"]}, reverse=True)[:depth]
        asks = sorted({*self.others["sell"], *self._own["sell"]})[:depth]
        return BookView(
            bids=tuple(self.level("buy", px) for px in bids),
            asks=tuple(self.level("sell", px) for px in asks),
            ts=ts,
            seq_id=self.seq_id,
        )

    def drain(self, ts: int) -> BookMoved | None:
        """Return what changed since the last call under a new seq id; None = nothing."""
        bids, asks = self._touched["buy"], self._touched["sell"]
        if not bids and not asks:
            return None
        previous, self.seq_id = self.seq_id, 1 if self._restarts else self.seq_id + 1
        self._restarts = False
        moved = BookMoved(
            inst_id=self._inst_id,
            bids=tuple(self.level("buy", px) for px in sorted(bids, reverse=True)),
            asks=tuple(self.level("sell", px) for px in sorted(asks)),
            prev_seq_id=previous,
            seq_id=self.seq_id,
            ts=ts,
        )
        self._touched = {"buy": set(), "sell": set()}
        return moved
