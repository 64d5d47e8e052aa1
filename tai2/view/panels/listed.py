"""A list's entries, written when they are looked at: a log of a thousand records costs those.

Log windows and the decision log hand it to a list that draws some thirty of its lines. It
holds the records themselves, never a copy, and writes the same entry each time it's asked.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar, overload

from tai2.view.panels.line import Entry

R = TypeVar("R")


class Listed(Sequence[Entry], Generic[R]):
    """Records as entries."""

    __slots__ = ("_records", "_write")

    def __init__(self, records: Iterable[R], write: Callable[[R], Entry]) -> None:
        """Take the records in their order.

        Args:
            records: What is listed; later changes of it aren't seen.
            write: Makes the entry of a record.
        """
        self._records = tuple(records)
        self._write = write

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, place: int) -> Entry: ...
    @overload
    def __getitem__(self, place: slice) -> "Listed[R]": ...
    def __getitem__(self, place: int | slice) -> "Entry | Listed[R]":
        if isinstance(place, slice):
            return Listed(self._records[place], self._write)
        return self._write(self._records[place])
