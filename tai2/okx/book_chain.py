"""The sequence of one instrument's book pushes: what may be forwarded, and what is a gap.

The public channels pass every snapshot and delta through it.
It must never let a delta through that doesn't continue the last sequence id.
Source: OKX v5, order book channel, sequence rules.
"""

from collections import deque
from dataclasses import replace
from typing import Final

from tai2.model.market import BookDelta, BookSnapshot

PATIENCE_MS: Final = 2_000
"""How long deltas may come without a snapshot before the book is read by REST."""
BUFFERED: Final = 600

BookEvents = tuple[BookSnapshot | BookDelta, ...]


class BookChain:
    """Last sequence id of one book, or the deltas that wait for its snapshot."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._waiting: deque[BookDelta] = deque(maxlen=BUFFERED)
        self._is_seeding = False

    def reset(self) -> None:
        """Forget the book: only a snapshot or a seed revives it."""
        self._last = None
        self._waiting.clear()
        self._is_seeding = False

    def start(self, snapshot: BookSnapshot) -> BookEvents:
        """Take a pushed snapshot, whatever came before."""
        self.reset()
        self._last = snapshot.seq_id
        return (snapshot,)

    def follow(self, delta: BookDelta) -> BookEvents | None:
        """Return what may be forwarded for a delta; None = gap, the chain is reset.

        Heartbeats (seq = prev = last) and sequence resets (seq < prev = last) are valid.
        """
        if self._last is None:
            self._waiting.append(delta)
            return ()
        if delta.prev_seq_id != self._last:
            self.reset()
            return None
        self._last = delta.seq_id
        return (delta,)

    def wants_seed(self, now_ms: int) -> bool:
        """Tell, once per try, that no snapshot came and the book must be read by REST."""
        if self._is_seeding or not self._waiting:
            return False
        self._is_seeding = now_ms - self._waiting[0].ts_recv >= PATIENCE_MS
        return self._is_seeding

    def seed(self, snapshot: BookSnapshot) -> BookEvents:
        """Join a book read by REST with the waiting deltas; () when they don't meet."""
        self._is_seeding = False
        newer = [delta for delta in self._waiting if delta.seq_id > snapshot.seq_id]
        if self._last is not None or snapshot.seq_id < 0:
            return ()
        if newer and newer[0].prev_seq_id > snapshot.seq_id:
            return ()
        forwarded: list[BookSnapshot | BookDelta] = [*self.start(snapshot)]
        for number, delta in enumerate(newer):
            joined = replace(delta, prev_seq_id=snapshot.seq_id) if number == 0 else delta
            forwarded += self.follow(joined) or ()
        return tuple(forwarded)

    def seed_failed(self) -> None:
        """Allow another try."""
        self._is_seeding = False
