"""What a set of live stops does for a holding: how much it closes, and which of it is too much.

The protector asks it with every look. A stop larger than what is held can't be relied upon:
the exchange refuses a reduce-only order whole when it exceeds the position.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tai2.model.instrument import Instrument, Side
from tai2.model.limits import Limits
from tai2.model.money import ZERO, Contracts, Px
from tai2.model.order import StopOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Live stops against a holding."""

    missing: Contracts
    """Unsigned contracts that no stop would close."""
    spare: tuple[StopOrder, ...]
    """Stops that would close too much, lie too far away or close the wrong side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The farthest stop that a holding may rely upon."""

    closing: Side
    px: Px | None
    """None = no average price is known: any stop will do."""

    def admits(self, stop: StopOrder) -> bool:
        """Tell whether a stop closes the right side, near enough."""
        if stop.side is not self.closing or stop.stop_px is None:
            return False
        return self.px is None or (stop.stop_px - self.px) * self.closing.sign <= ZERO

    def nearest(self, wanted: Px) -> Px:
        """Return the wanted price, or the bound when that lies nearer to the entry."""
        if self.px is None:
            return wanted
        return max(wanted, self.px) if self.closing is Side.SELL else min(wanted, self.px)


def bound_of(share: Contracts, avg_px: Px | None, instrument: Instrument, limits: Limits) -> Bound:
    """Return how far from the price really paid a stop of a signed holding may lie.

    The gate measured the stop from the price before the fill; slippage may have carried it
    beyond the largest distance that the settings allow.
    """
    closing = Side.SELL if share > ZERO else Side.BUY
    if avg_px is None:
        return Bound(closing=closing, px=None)
    farthest = Px(avg_px * (1 - closing.opposite.sign * limits.stop_max_pct / 100))
    # One tick of grace: the stop itself was rounded toward the entry, the average wasn't.
    rounded = instrument.stop_px(closing.opposite, farthest)
    return Bound(closing=closing, px=Px(rounded + closing.sign * instrument.tick_sz))


def cover(share: Contracts, stops: Sequence[StopOrder], bound: Bound) -> Cover:
    """Return what is missing and what is too much for a signed holding.

    Largest first, as many stops count as fit into the holding. While something is missing
    nothing is spare: the old stop stays until the new one is seen.
    """
    left = Contracts(abs(share))
    spare = []
    for stop in sorted(stops, key=lambda one: _reach(one, left), reverse=True):
        contracts = _reach(stop, left)
        if bound.admits(stop) and ZERO < contracts <= left:
            left = Contracts(left - contracts)
        else:
            spare.append(stop)
    return Cover(missing=left, spare=() if left else tuple(spare))


def uncovered(share: Contracts, stops: Sequence[StopOrder]) -> Contracts:
    """Return how many contracts of a signed holding no stop would close, wherever it lies."""
    closing = Side.SELL if share > ZERO else Side.BUY
    return cover(share, stops, Bound(closing=closing, px=None)).missing


def _reach(stop: StopOrder, held: Contracts) -> Contracts:
    """Return what a stop would close; one over the whole position closes what is held."""
    return Contracts(abs(held)) if stop.contracts is None else stop.contracts
