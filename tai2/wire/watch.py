"""Looking inside a running daemon: its view as it moves, its log ring, its newest snapshot.

The daemon answers from memory; faces watch, `tai2 logs` and `tai2 snapshot` read once.
All only read; the snapshot stays the daemon's own JSON document, unread on the way.
"""

from dataclasses import dataclass
from typing import Final

from tai2.model.ids import InstId
from tai2.model.market import Bar
from tai2.wire.method import Method, NoParams, StreamMethod

STATE: Final = "state"
"""Topic of a frame that carries whole sections: {name: section}."""
BEAT: Final = "beat"
"""Topic of a frame that says only that the daemon lives, and what its clock shows."""
LOG: Final = "log"
DECISION: Final = "decision"
FILL: Final = "fill"
ITEMS: Final = (LOG, DECISION, FILL)
"""Topics whose frames carry new items, in order: LogRow, DecisionRow, TradeRow."""
CHART: Final = "chart"
MAX_HZ: Final = 20.0
MAX_TOPICS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchParams:
    """What to watch, and how often at most."""

    topics: tuple[str, ...]
    """Names of sections, items (log, decision, fill) and charts (chart:INST:BAR)."""
    max_hz: float = 4.0
    """Frames of one topic per second, at most MAX_HZ; what happens between is merged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchFrame:
    """One step of a watch: on top of revision `base`, `body` gives revision `rev`."""

    topic: str
    now: int
    """The daemon's clock, ms UTC."""
    body: object = None
    """A section: an RFC 7396 merge patch of it. state: whole sections by name. Items: an
    array of rows. A chart: the series (base None), or its changed end."""
    base: int | None = None
    """None = whole: stands on nothing."""
    rev: int | None = None
    """For items the number of the last one, and base that of the one before the first."""


def chart_topic(inst_id: InstId, bar: Bar) -> str:
    """Return the topic of one chart: chart:BTC-USDT-SWAP:5m."""
    return f"{CHART}:{inst_id}:{bar.value}"


def chart_of(topic: str) -> tuple[InstId, Bar] | None:
    """Return instrument and bar width of a chart's topic; None for any other text."""
    kind, _, rest = topic.partition(":")
    inst_id, _, bar = rest.partition(":")
    if kind != CHART or not inst_id or bar not in {known.value for known in Bar}:
        return None
    return InstId(inst_id), Bar(bar)


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
WATCH: Final = StreamMethod("watch", WatchParams, WatchFrame, NoParams)
