"""What the socket's methods do: read the engine's owners, or change a control.

The server dispatches to them. A handler must answer from memory or history only:
it never asks the exchange, and only control methods change anything.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import msgspec

from tai2.daemon.assembly import Engine
from tai2.daemon.metrics import Metrics
from tai2.daemon.status import status_of
from tai2.daemon.storage import Storage
from tai2.log import LogRing
from tai2.model.controls import TradingState
from tai2.model.errors import Refused, UsageError
from tai2.wire import controls, metrics, past, status, watch
from tai2.wire.method import HELLO, Hello, NoParams, RawHandler, Streaming, bind
from tai2.wire.rpc import PROTOCOL

VERSION: Final = "0.1.0"
MAX_ROWS: Final = 1_000
LEVELS: Final = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handlers:
    """The methods, bound to one running engine."""

    engine: Engine
    storage: Storage
    ring: LogRing
    state_dir: Path
    pid: int
    started_ms: int
    extra: tuple[Mapping[str, RawHandler | Streaming], ...]
    """Tables of methods with owners of their own."""

    @property
    def figures(self) -> Metrics:
        """What the exporter and the method `metrics` print."""
        return Metrics(self.engine, lambda: self.status(NoParams()))

    def table(self) -> Mapping[str, RawHandler | Streaming]:
        """Return the dispatch table of the socket server."""
        own: dict[str, RawHandler | Streaming] = {
            HELLO.name: bind(HELLO, self.hello),
            status.STATUS.name: bind(status.STATUS, self.status),
            watch.SNAPSHOT.name: bind(watch.SNAPSHOT, self.snapshot),
            metrics.METRICS.name: bind(metrics.METRICS, self.metrics),
            watch.LOGS.name: bind(watch.LOGS, self.logs),
            past.CYCLES.name: bind(past.CYCLES, self.cycles),
            past.REPLY.name: bind(past.REPLY, self.reply),
            controls.CONFIG_GET.name: bind(controls.CONFIG_GET, self.config_get),
            controls.CONFIG_SET.name: bind(controls.CONFIG_SET, self.config_set),
            controls.HALT.name: bind(controls.HALT, self.halt),
            controls.PAUSE.name: bind(controls.PAUSE, self.pause),
        }
        for table in self.extra:
            own |= table
        return own

    async def hello(self, _params: NoParams) -> Hello:
        """Say who answers."""
        charter = self.engine.charter
        return Hello(
            protocol=PROTOCOL,
            version=VERSION,
            mode=charter.mode_label,
            instance=charter.instance,
            pid=self.pid,
            state_dir=str(self.state_dir),
        )

    async def status(self, _params: NoParams) -> status.Status:
        """Return the desk at a glance."""
        return await status_of(self.engine, self.storage, self.started_ms)

    async def metrics(self, _params: NoParams) -> metrics.MetricsReply:
        """Return the desk's figures as Prometheus text."""
        return metrics.MetricsReply(text=await self.figures.text())

    async def snapshot(self, params: watch.SnapshotParams) -> watch.SnapshotReply:
        """Return the Latest Market Snapshot as a JSON document."""
        if params.inst_id not in self.engine.markets:
            known = ", ".join(self.engine.markets)
            raise UsageError(f"{params.inst_id} isn't followed", f"Followed: {known}.")
        snapshot = await self.engine.adapters.state.latest(params.inst_id)
        if snapshot is None:
            raise Refused(f"no snapshot of {params.inst_id} yet", "The first cycle takes it.")
        return watch.SnapshotReply(snapshot=msgspec.to_builtins(snapshot))

    async def logs(self, params: watch.LogsParams) -> watch.LogsReply:
        """Return log records behind a sequence number."""
        wanted = LEVELS[LEVELS.index(params.level) :] if params.level in LEVELS else LEVELS
        newer = self.ring.after(params.after, len(self.ring))
        lines = [line for line in newer if line.level in wanted]
        return watch.LogsReply(
            lines=tuple(watch.LogRow(**asdict(line)) for line in lines[-_rows(params.limit) :]),
            last_seq=self.ring.last_seq,
        )

    async def cycles(self, params: past.CyclesParams) -> past.CyclesReply:
        """Return the newest cycles."""
        found = await self.storage.history.cycles(limit=_rows(params.limit), inst_id=params.inst_id)
        return past.CyclesReply(cycles=tuple(status.CycleRow(**asdict(c)) for c in found))

    async def reply(self, params: past.ReplyParams) -> past.ReplyText:
        """Return what a reasoner said, word for word."""
        text = await self.storage.history.reply_text(params.decision_id)
        if text is None:
            raise UsageError(f"no decision {params.decision_id}", "List them: tai2 decisions")
        return past.ReplyText(text=text)

    async def config_get(self, _params: NoParams) -> controls.ConfigReply:
        """Return every control."""
        book = self.engine.controls
        entries = tuple(controls.ConfigEntry(**asdict(entry)) for entry in book.entries())
        return controls.ConfigReply(version=book.current.version, entries=entries)

    async def config_set(self, params: controls.ConfigSetParams) -> controls.ConfigSetReply:
        """Change one control, effective at once."""
        book = self.engine.controls
        changed = await book.change(params.key, params.text, "operator", params.expected_version)
        shown = {entry.key: entry.current for entry in book.entries()}
        current = shown.get(params.key, f"{len(params.text)} characters")
        return controls.ConfigSetReply(version=changed.version, key=params.key, current=current)

    async def halt(self, params: controls.ReasonParams) -> controls.TradingStateReply:
        """Stop all trading until a person resumes it."""
        book = self.engine.controls
        changed = await book.set_state(TradingState.HALTED, params.reason, "operator")
        return controls.TradingStateReply(trading_state=changed.trading_state)

    async def pause(self, params: controls.ReasonParams) -> controls.TradingStateReply:
        """Stop new entries until a person resumes; a halt stays a halt."""
        book = self.engine.controls
        await book.tighten(TradingState.REDUCING, params.reason, "operator")
        return controls.TradingStateReply(trading_state=book.current.trading_state)


def _rows(limit: int) -> int:
    return max(1, min(limit, MAX_ROWS))
