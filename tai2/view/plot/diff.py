"""Which cells differ between two frames, so that a refresh writes only these.

A terminal widget repaints the stretches that come out of here.
A stretch may cover unchanged cells where jumping over them would cost more.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from tai2.view.plot.stroke import Frame, Strip

_JUMP: Final = 6
"""Unchanged cells that are cheaper to write again than to jump over."""


class Stretch(NamedTuple):
    """Cells of one row."""

    row: int
    col: int
    columns: int


def changed(before: Frame, after: Frame) -> list[Stretch] | None:
    """Return what to repaint; None = everything, because the extent differs."""
    if len(before) != len(after):
        return None
    stretches: list[Stretch] = []
    for row, (old, new) in enumerate(zip(before, after, strict=True)):
        if old == new:
            continue
        was, now = _cells(old), _cells(new)
        if len(was) != len(now):
            return None
        stretches.extend(Stretch(row, start, end - start) for start, end in runs(was, now))
    return stretches


_Cell = tuple[str, int, int]


def _cells(strip: Strip) -> list[_Cell]:
    return [(sign, span.stroke, span.ground) for span in strip for sign in span.text]


def runs(was: Sequence[object], now: Sequence[object]) -> Iterator[tuple[int, int]]:
    """Yield start and end of each stretch in which two rows of cells, equally long, differ."""
    start: int | None = None
    end = 0
    for at, (old, new) in enumerate(zip(was, now, strict=True)):
        if old == new:
            continue
        if start is not None and at - end > _JUMP:
            yield start, end
            start = at
        start = at if start is None else start
        end = at + 1
    if start is not None:
        yield start, end
