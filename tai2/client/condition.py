"""How a session stands with its daemon, as a value that a face can show.

The session replaces it, faces match on it. Times are of the local monotonic clock, seconds.
"""

from dataclasses import dataclass

from tai2.wire.method import Hello


@dataclass(frozen=True, slots=True, kw_only=True)
class Connecting:
    """Not yet attached since the session began."""

    reason: str = ""
    """Why the last try failed, in one sentence; "" before the first."""
    hint: str = ""
    """What to do about it."""
    retry_s: float | None = None
    """When the next try begins; None while one runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """The daemon answers and its frames arrive."""

    hello: Hello
    since_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """It was attached; the last picture stays and ages."""

    since_s: float
    """When the last frame or answer arrived."""
    reason: str
    hint: str = ""
    retry_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """The daemon speaks another protocol, or one that can't be read: nothing is shown."""

    theirs: str
    """Version of the daemon, "" when it wasn't said."""
    their_protocol: int | None
    ours: int
    reason: str
    hint: str


Condition = Connecting | Attached | Lost | Mismatch
