"""Looking inside a running daemon: its log ring and its Latest Market Snapshot.

The daemon answers from memory, `tai2 logs` and `tai2 snapshot` read it.
Both only read; the snapshot stays the daemon's own JSON document, unread on the way.
"""

from dataclasses import dataclass
from typing import Final

from tai2.model.ids import InstId
from tai2.wire.method import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotParams:
    """Whose snapshot."""

    inst_id: InstId


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotReply:
    """The Latest Market Snapshot as the daemon's own JSON document."""

    snapshot: object


@dataclass(frozen=True, slots=True, kw_only=True)
class LogsParams:
    """Log records behind a sequence number."""

    after: int = 0
    limit: int = 200
    level: str | None = None
    """Lowest level shown: debug, info, warning or error; None = all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """One log record: the fields of log.LogLine."""

    seq: int
    ts: str
    level: str
    event: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogsReply:
    """Records, oldest first, and the newest sequence number there is."""

    lines: tuple[LogRow, ...]
    last_seq: int


SNAPSHOT: Final = Method("snapshot", SnapshotParams, SnapshotReply)
LOGS: Final = Method("logs", LogsParams, LogsReply)
