"""The sequence of one instrument's book pushes: what may be forwarded, and what is a gap.

The public channels pass every snapshot and delta through it.
It must never let a delta through that doesn't continue the last sequence id.
Source: OKX v5, order book channel, sequence rules.
"""

from collections import deque
from dataclasses import replace
from typing import Final

from tai2.model.market import BookDelta, BookSnapshot
from tai2.okx.checksum import RawBook
from tai2.okx.decode.market import BookRow, level_texts

PATIENCE_MS: Final = 2_000
"""How long a subscribed book may stay without a snapshot before it is read by REST."""
BUFFERED: Final = 600

BookEvents = tuple[BookSnapshot | BookDelta, ...]


class BookChain:
    """Last sequence id of one book, or the deltas that wait for its snapshot."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._is_joining = False
        """True from a REST seed to the first delta that continues it."""
        self._waiting: deque[BookDelta] = deque(maxlen=BUFFERED)
        self._due_ms: int | None = None
        """When a snapshot is overdue; None = none is expected."""
        self._raw: RawBook | None = None
        """The book's texts, while the source sends checksums."""

    def reset(self) -> None:
        """Forget the book: only a snapshot or a seed revives it."""
        self._last = None
        self._is_joining = False
        self._waiting.clear()
        self._due_ms = None
        self._raw = None

    def expect(self, now_ms: int) -> None:
        """Note that a snapshot is to come from now on, unless the book lives."""
        if self._last is None:
            self._due_ms = now_ms + PATIENCE_MS

    def wants_seed(self, now_ms: int) -> bool:
        """Tell that no snapshot came in time and the book must be read by REST."""
        return self._last is None and self._due_ms is not None and now_ms >= self._due_ms

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
        if self._is_joining:
            return self._join(delta, self._last)
        if delta.prev_seq_id != self._last:
            self.reset()
            return None
        self._last = delta.seq_id
        return (delta,)

    def seed(self, snapshot: BookSnapshot) -> BookEvents:
        """Start from a book read by REST and the waiting deltas; () when they don't meet."""
        newer = [delta for delta in self._waiting if delta.seq_id > snapshot.seq_id]
        if self._last is not None or snapshot.seq_id < 0:
            return ()
        if newer and newer[0].prev_seq_id > snapshot.seq_id:
            return ()
        forwarded: list[BookSnapshot | BookDelta] = [*self.start(snapshot)]
        self._is_joining = True
        for delta in newer:
            forwarded += self.follow(delta) or ()
        return tuple(forwarded)

    def _join(self, delta: BookDelta, seed_id: int) -> BookEvents | None:
        """Skip what a seed holds already; the first newer delta spans or continues it."""
        if delta.seq_id <= seed_id:
            return ()
        if delta.prev_seq_id > seed_id:
            self.reset()
            return None
        self._is_joining = False
        self._last = delta.seq_id
        return (replace(delta, prev_seq_id=seed_id),)

    def is_intact(self, row: BookRow, *, is_whole: bool) -> bool:
        """Compare a book with its legacy checksum; 0 means that there is none.

        Args:
            row: As pushed.
            is_whole: It is a snapshot, not changes.
        """
        if is_whole:
            self._raw = RawBook() if row.checksum else None
        if self._raw is None:
            return True
        self._raw.apply(level_texts(row.bids), level_texts(row.asks))
        return not row.checksum or self._raw.checksum() == row.checksum
