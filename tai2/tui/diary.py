"""The client's own log: tab changes, control keys, request times, reconnects; kept in memory.

The shell and its feed note what happens, the DEBUG tab shows it. It must never be written to
the terminal that the program draws on, nor hold what was typed into a field.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from tai2.view.panels.logs import Happening
from tai2.view.text import utc_iso

KEPT: Final = 500


class Diary:
    """The newest happenings of this client."""

    def __init__(self, now_ms: Callable[[], int | None]) -> None:
        """now_ms: the daemon's clock; None before it was heard of."""
        self._now_ms = now_ms
        self._kept: deque[Happening] = deque(maxlen=KEPT)
        self._seq = 0

    @property
    def seq(self) -> int:
        """Number of the newest happening, 0 before the first."""
        return self._seq

    @property
    def happenings(self) -> tuple[Happening, ...]:
        """All that are kept, oldest first."""
        return tuple(self._kept)

    def note(self, event: str, level: str = "info", **fields: object) -> None:
        """Keep one happening."""
        self._seq += 1
        now_ms = self._now_ms()
        self._kept.append(
            Happening(
                seq=self._seq,
                ts=utc_iso(now_ms) if now_ms is not None else "",
                level=level,
                event=event,
                fields={name: str(told) for name, told in fields.items()},
            )
        )
