"""systemd's side of sd_notify: the socket that a service tells its state to."""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Notice:
    """One datagram: its lines, and when it came (monotonic s)."""

    at_s: float
    lines: dict[str, str]


class NotifySocket:
    """Listens until it is closed; a thread keeps every datagram in order."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._news = threading.Condition()
        self.heard: list[Notice] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
            own.sendto(b"", str(self.path))
        self._thread.join(PATIENCE_S)
        self._socket.close()

    def _listen(self) -> None:
        while text := self._socket.recv(4096).decode():
            lines = dict(line.partition("=")[::2] for line in text.split("\n"))
            with self._news:
                self.heard.append(Notice(time.monotonic(), lines))
                self._news.notify_all()

    def wait(self, wanted: Callable[[dict[str, str]], bool], after: int = 0, count: int = 1) -> int:
        """Return the place behind the count-th wanted notice at or behind `after`."""

        def places() -> list[int]:
            later = enumerate(self.heard[after:], start=after)
            return [at for at, notice in later if wanted(notice.lines)]

        with self._news:
            came = self._news.wait_for(lambda: len(places()) >= count, PATIENCE_S)
            assert came, f"it never came; heard {[each.lines for each in self.heard[-5:]]}"
            return places()[count - 1] + 1

    def said(self, key: str) -> list[Notice]:
        """Return every notice with a line of this key."""
        return [notice for notice in list(self.heard) if key in notice.lines]


def is_ping(lines: dict[str, str]) -> bool:
    return lines.get("WATCHDOG") == "1"


def is_ready(lines: dict[str, str]) -> bool:
    return lines.get("READY") == "1"
