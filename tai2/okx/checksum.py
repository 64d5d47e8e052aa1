"""The legacy checksum of a book: CRC-32 over the texts of its best 25 levels a side.

The exchange sends 0 since June 2026, which means "none"; recordings and simulators may carry it.
It must hash the texts exactly as received, and never be asked about a checksum of 0.
Source: OKX v5, order book channel, checksum.
"""

import zlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

DEPTH: Final = 25
Texts = Sequence[Sequence[str]]
"""Levels as sent: [price, size, …]."""


class RawBook:
    """One book in the exchange's own texts."""

    def __init__(self) -> None:
        self._bids: dict[Decimal, tuple[str, str]] = {}
        self._asks: dict[Decimal, tuple[str, str]] = {}

    def apply(self, bids: Texts, asks: Texts) -> None:
        """Set or remove levels; a size is absolute, 0 removes."""
        for side, levels in ((self._bids, bids), (self._asks, asks)):
            for px, size, *_ in levels:
                if Decimal(size):
                    side[Decimal(px)] = (px, size)
                else:
                    side.pop(Decimal(px), None)

    def checksum(self) -> int:
        """Return the signed CRC-32 of bid and ask texts in turn, best first."""
        bids = [self._bids[px] for px in sorted(self._bids, reverse=True)[:DEPTH]]
        asks = [self._asks[px] for px in sorted(self._asks)[:DEPTH]]
        parts: list[str] = []
        for place in range(DEPTH):
            for side in (bids, asks):
                parts += side[place] if place < len(side) else ()
        crc = zlib.crc32(":".join(parts).encode())
        return crc - (1 << 32) if crc >= 1 << 31 else crc
