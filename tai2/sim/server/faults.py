"""Faults to order on the wire: lost and spoilt replies, delays, holes in books and pushes.

Tests and the control endpoint arm them (see `knobs` for the names), the REST gate, the feeds
and the request desk consume them. Nothing here decides by chance: a fault fires for exactly
the next matching requests or frames.
"""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from tai2.sim.server.push_faults import PushFaults
from tai2.sim.server.switches import Switches


class Stage(StrEnum):
    """Whether the request has been executed when the fault strikes."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Cut the connection instead of replying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Html:
    """Reply with a gateway's HTML page."""

    status: int = 502


@dataclass(frozen=True, slots=True)
class Code:
    """Reply with a top-level error code and the HTTP status that belongs to it."""

    code: str
    msg: str = ""
    status: int = 0
    """0 = the status that belongs to the code."""


@dataclass(frozen=True, slots=True)
class SCode:
    """Reply with code 1 and one row that carries an order-level sCode."""

    code: str
    sub_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncate:
    """Announce the whole true reply, send its first bytes and cut the connection."""

    keep: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Drip:
    """Send the true reply in small pieces over a long time."""

    seconds: float = 16.0
    pieces: int = 16


Reply = Drop | Html | Code | SCode | Truncate | Drip


@dataclass(slots=True, kw_only=True)
class Fault:
    """One trouble for the next `count` requests to an endpoint."""

    method: str
    """GET, POST, or "*" for both."""
    path: str
    """Behind /api/v5/, for example trade/order; "*" = every path."""
    stage: Stage = Stage.BEFORE
    delay_s: float = 0.0
    """Waited at the stage, before the reply below."""
    reply: Reply | None = None
    """None = the true reply."""
    count: int = 1

    def fits(self, method: str, path: str) -> bool:
        """Tell whether a request is meant."""
        return self.count > 0 and self.method in ("*", method) and self.path in ("*", path)


class Faults:
    """The faults armed now, oldest first."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []
        self._book_gaps: Counter[str] = Counter()
        self.pushes = PushFaults()
        self.switches = Switches()
        self.skew_ms = 0
        """Added to the exchange's clock as REST and WebSocket show and judge by it."""
        self.banned = False
        """True = requests and logins are answered as from an address not on the key's list."""
        self.others_connected: Counter[str] = Counter()
        """Connections of somebody else per private channel, counted like own ones."""
        self.maintenance: list[dict[str, object]] = []
        """Rows of system/status, newest first."""

    def arm(self, fault: Fault) -> None:
        """Let a fault strike the next requests that fit it."""
        self._armed.append(fault)

    def armed(self) -> list[Fault]:
        """Return the REST faults that still wait for a request."""
        return list(self._armed)

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault for a request and count it down; None = behave."""
        fault = next((one for one in self._armed if one.fits(method, path)), None)
        if fault is None:
            return None
        fault.count -= 1
        self._armed = [one for one in self._armed if one.count > 0]
        return fault

    def skip_book_updates(self, inst_id: str, count: int = 1) -> None:
        """Swallow the next updates of a book: its subscribers see a gap in seqId."""
        self._book_gaps[inst_id] += count

    def take_book_gap(self, inst_id: str) -> bool:
        """Return True when the update about to be sent must be swallowed."""
        if self._book_gaps[inst_id] <= 0:
            return False
        self._book_gaps[inst_id] -= 1
        return True

    def clear(self) -> None:
        """Disarm everything and set every switch to its default."""
        self._armed.clear()
        self._book_gaps.clear()
        self.others_connected.clear()
        self.maintenance.clear()
        self.pushes, self.switches = PushFaults(), Switches()
        self.skew_ms, self.banned = 0, False
