"""Where the exchange's ids come from: one growing sequence, shifted by the seed.

The core draws order, algo, position and bill ids here; the log keeps how far it got.
It must never give a number twice, restarts included.
"""

from typing import Final

_BASE: Final = 3_000_000_000_000_000_000
_SEED_STEP: Final = 10**12
_SEEDS: Final = 1_000_000


class Ids:
    """A sequence of 19-digit decimal strings."""

    def __init__(self, seed: int, *, drawn: int = 0) -> None:
        self._first = _BASE + seed % _SEEDS * _SEED_STEP
        self.drawn = drawn
        """How many ids were given so far."""

    def draw(self) -> str:
        """Return the next id."""
        self.drawn += 1
        return str(self._first + self.drawn)
