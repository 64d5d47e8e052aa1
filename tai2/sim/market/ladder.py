"""Everybody else's order book around a touch, made so that few levels change at a time.

Both markets ask for it at every step. Behind the best quotes levels stand on a fixed price
grid with sizes drawn from the price itself, so a level stays as it is until the touch passes.
Sizes must always be positive lots.
"""

from decimal import Decimal
from typing import Final

from tai2.sim.exchange.records import InstSpec

LEVELS: Final = 22
_GRID_BPS: Final = 0.5
_LEANING: Final = 4
_KEPT: Final = 20_000
Side = dict[Decimal, Decimal]


class Ladder:
    """Makes the two sides of one instrument's book."""

    def __init__(self, spec: InstSpec, *, px: float, level_usd: float, seed: int) -> None:
        """Fix the grid for prices near px; level_usd is a level's typical worth."""
        self._tick, self._lot = spec.tick_sz, spec.lot_sz
        tick = float(spec.tick_sz)
        self._step = max(1, round(px * _GRID_BPS / 10_000 / tick))
        contract_usd = px * float(spec.ct_size)
        self._lots = max(2.0, level_usd / contract_usd / float(spec.lot_sz))
        self._seed = seed
        self._grid: dict[int, tuple[Decimal, Decimal]] = {}

    def sides(self, bid_tick: int, ask_tick: int, lean: int) -> tuple[Side, Side]:
        """Return (bids, asks) for best quotes in ticks (bid < ask).

        Args:
            bid_tick: Best bid divided by the tick.
            ask_tick: Best ask divided by the tick.
            lean: -3 … 3; positive makes near bids bigger and near asks smaller.
        """
        step = self._step
        first_bid = (bid_tick - 1) // step
        first_ask = -(-(ask_tick + 1) // step)
        bids = self._side(bid_tick, range(first_bid, first_bid - LEVELS + 1, -1), 3 + lean)
        asks = self._side(ask_tick, range(first_ask, first_ask + LEVELS - 1), 3 - lean)
        return bids, asks

    def _side(self, touch: int, grid: range, weight: int) -> Side:
        side = {touch * self._tick: self._near(touch, weight)}
        for place, number in enumerate(grid):
            known = self._grid.get(number)
            if known is None:
                known = self._draw(number)
            side[known[0]] = self._near(number, weight) if place < _LEANING else known[1]
        return side

    def _near(self, number: int, weight: int) -> Decimal:
        """Return a size near the touch: 1/4 to 10/4 of the usual by weight 0 … 6."""
        lots = self._lots * (0.5 + self._noise(number)) * (0.25 + 0.375 * weight)
        return max(1, int(lots)) * self._lot

    def _draw(self, number: int) -> tuple[Decimal, Decimal]:
        if len(self._grid) > _KEPT:
            self._grid.clear()
        lots = max(1, int(self._lots * (0.75 + 1.5 * self._noise(number))))
        known = (number * self._step * self._tick, lots * self._lot)
        self._grid[number] = known
        return known

    def _noise(self, number: int) -> float:
        """Return a number in [0, 1) that depends on the place and the seed only."""
        mixed = (number * 2_654_435_761 + self._seed * 40_503) & 0xFFFFFFFF
        mixed ^= mixed >> 15
        return ((mixed * 2_246_822_519) & 0xFFFFFFFF) / 4_294_967_296
