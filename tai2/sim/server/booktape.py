"""The books channel of one instrument: a snapshot per subscriber, one chain of updates for all.

The hub asks it each round. It compares the exchange's book with what was sent last, so that
applying every update to a snapshot always gives the book of GET market/books at that seqId.
"""

import zlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from tai2.sim.exchange.exchange import Exchange
from tai2.sim.exchange.records import BookView, Level
from tai2.sim.server.params import Row
from tai2.sim.server.rows_orders import number
from tai2.sim.server.rows_public import level_rows

DEPTH: Final = 400
CHECKED: Final = 25
_NO_PREVIOUS: Final = -1


class BookTape:
    """What every subscriber of one book has been told so far."""

    def __init__(self, exchange: Exchange, inst_id: str, depth: int = DEPTH) -> None:
        self._depth = depth
        self._exchange = exchange
        self._inst_id = inst_id
        self._sent = exchange.book(inst_id, depth)

    def restart(self) -> None:
        """Start from the book as it is: only right while nobody follows the chain."""
        self._sent = self._exchange.book(self._inst_id, self._depth)

    def snapshot(self) -> Row:
        """Return the frame's row for a new subscriber, chained to the next update."""
        return _row(self._sent, self._sent.bids, self._sent.asks, _NO_PREVIOUS)

    def update(self) -> Row | None:
        """Return the changes since the last frame; None = none."""
        before, now = self._sent, self._exchange.book(self._inst_id, self._depth)
        if now.seq_id == before.seq_id:
            return None
        bids, asks = _changed(before.bids, now.bids), _changed(before.asks, now.asks)
        if not bids and not asks:
            return None
        self._sent = now
        return _row(now, bids, asks, before.seq_id)

    def checksum(self) -> int:
        """Return the legacy checksum of the book as it was told last."""
        return checksum(self._sent.bids, self._sent.asks)

    def heartbeat(self, now_ms: int) -> Row:
        """Return the row that says that nothing changed."""
        row = _row(self._sent, (), (), self._sent.seq_id)
        return row | {"ts": str(now_ms)}


def _changed(before: Sequence[Level], now: Sequence[Level]) -> list[Level]:
    old = {level[0]: level for level in before}
    new = {level[0] for level in now}
    gone = [(px, Decimal(0), 0) for px in old if px not in new]
    return [level for level in now if old.get(level[0]) != level] + gone


def checksum(bids: Sequence[Level], asks: Sequence[Level]) -> int:
    """Return the legacy checksum of a book: CRC-32 of its 25 best levels, signed."""
    parts: list[str] = []
    for rank in range(CHECKED):
        for side in (bids, asks):
            parts += [number(part) for level in side[rank : rank + 1] for part in level[:2]]
    crc = zlib.crc32(":".join(parts).encode())
    return crc - (1 << 32) if crc >= 1 << 31 else crc


def _row(book: BookView, bids: Sequence[Level], asks: Sequence[Level], prev_seq_id: int) -> Row:
    return {
        "asks": level_rows(asks),
        "bids": level_rows(bids),
        "ts": str(book.ts),
        "checksum": 0,
        "prevSeqId": prev_seq_id,
        "seqId": book.seq_id,
    }
