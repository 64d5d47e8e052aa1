"""The journal of a panic beside a hung daemon: a copy to know from, a file to write ahead to.

The daemon's own journal stays untouched, as it may be in the middle of a write. Every order that
the panic sends is in the latch's file before its first byte leaves; the daemon imports it.
"""

from tai2.model.ids import ClOrdId
from tai2.model.order import Order
from tai2.store.journal.database import MemoryDatabase
from tai2.store.journal.journal import SqliteJournal
from tai2.store.latch import FileLatch, LatchWriter


class SideJournal(SqliteJournal):
    """ports.journal.Journal over a copy in memory."""

    def __init__(self, database: MemoryDatabase, writer: LatchWriter | None) -> None:
        """writer: None = only looking; then nothing can be sent."""
        super().__init__(database)
        self._writer = writer
        self._sent: set[ClOrdId] = set()

    async def save_order(self, order: Order) -> None:
        """Write an order that the daemon doesn't know ahead to the latch's file.

        Raises:
            JournalFailed: It can't be written: nothing may be sent.
        """
        name = order.intent.cl_ord_id
        if self._writer and (name in self._sent or await self.find_order(name) is None):
            self._sent.add(name)
            self._writer.note(order)
        await super().save_order(order)


class HeldLatch(FileLatch):
    """The latch as a copy of the journal sees it: a copy can't take it over."""

    def clear(self) -> bool:
        """Leave it for the daemon."""
        return False
