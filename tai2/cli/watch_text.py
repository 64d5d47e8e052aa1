"""A watch in words: one line of text for each thing that happened, for readers and pipes.

`tai2 watch` prints it. Every line begins with the daemon's UTC time and what it is about, and
texts of strangers are cleaned.
"""

import typer

from tai2.client.condition import Attached, Condition, Connecting, Lost, Mismatch
from tai2.client.outlook import CONDITION, Outlook
from tai2.model.errors import DaemonNotRunning, ProtocolMismatch
from tai2.view.panels.decisions import action, base, chance, verdict
from tai2.view.panels.figures import px
from tai2.view.panels.line import Line, text_of
from tai2.view.panels.positions import protection, side
from tai2.view.rows import DecisionRow, TradeRow
from tai2.view.state import EMPTY, ViewState
from tai2.view.text import money, number, pnl, safe, utc_clock
from tai2.wire.watch import DECISION, FILL, LOG, LogRow


class Teller:
    """Says what a session hears."""

    def __init__(self, desk: Outlook, limit: int) -> None:
        """limit: lines after which it is done; 0 = never."""
        self._desk = desk
        self._limit = limit
        self._said = 0
        self._before: ViewState = EMPTY
        self._condition: Condition = Connecting()
        self._seqs: dict[str, int] = {}

    @property
    def is_done(self) -> bool:
        """True when enough was said."""
        return 0 < self._limit <= self._said

    def say(self, text: str) -> None:
        """Print one line at once."""
        if not self.is_done:
            self._said += 1
            typer.echo(text)

    def hear(self, names: frozenset[str], *, is_silent: bool) -> None:
        """Say what has changed; is_silent leaves only troubles of the connection.

        Raises:
            DaemonNotRunning: Nobody answered the first time.
            ProtocolMismatch: The daemon is of another version.
        """
        if CONDITION in names:
            self._connection()
        if is_silent:
            return
        for topic in (DECISION, FILL, LOG):
            if topic in names:
                self._items(topic)
        if self._desk.state is not None:
            self._changed(self._desk.state)

    def _connection(self) -> None:
        before, now = self._condition, self._desk.condition
        self._condition = now
        match now:
            case Mismatch():
                raise ProtocolMismatch(now.reason, now.hint)
            case Connecting() if now.reason:
                raise DaemonNotRunning(now.reason, now.hint)
            case Lost() if isinstance(before, Attached):
                typer.echo(f"tai2: lost the daemon: {safe(now.reason)}", err=True)
            case Attached() if isinstance(before, Lost):
                typer.echo("tai2: attached again", err=True)

    def _items(self, topic: str) -> None:
        seq = self._desk.seq(topic)
        known = self._seqs.get(topic)
        self._seqs[topic] = seq
        fresh = 0 if known is None else seq - known if seq >= known else seq
        items = self._desk.items(topic)
        for item in items[len(items) - min(fresh, len(items)) :]:
            self.say(self._told(item))

    def _told(self, item: DecisionRow | TradeRow | LogRow) -> str:
        match item:
            case DecisionRow():
                return _decided(item)
            case TradeRow():
                return self._filled(item)
            case LogRow():
                fields = " ".join(f"{key}={safe(text)}" for key, text in item.fields.items())
                return f"{safe(item.ts)[11:19]} log {safe(item.level)} {safe(item.event)} {fields}"

    def _filled(self, row: TradeRow) -> str:
        market = (self._desk.state or EMPTY).tickers.rows.get(row.symbol)
        at = px(row.price, market.tick_sz if market else None)
        made = f" pnl {pnl(row.pnl)}" if row.pnl else ""
        return (
            f"{utc_clock(row.timestamp_ms)} fill {row.side.value} {number(row.contracts)} "
            f"{safe(row.symbol)} @ {at} {safe(row.leg)} fee {money(row.fee)}{made}"
        )

    def _changed(self, state: ViewState) -> None:
        before, self._before = self._before, state
        meta, old = state.meta, before.meta
        clock = utc_clock(self._desk.now_ms() or 0)
        if meta.trading_state and meta.trading_state is not old.trading_state:
            by = f" by {safe(meta.state_by)}" if meta.state_by else ""
            why = f"{by}: {safe(meta.state_reason)}" if meta.state_reason else by
            self.say(f"{clock} state {safe(meta.mode)} {meta.trading_state.value}{why}")
        for part, row in state.health.rows.items():
            known = before.health.rows.get(part)
            if (known is None and not row.ok) or (known and known.ok != row.ok):
                word = "ok" if row.ok else "degraded"
                self.say(f"{clock} health {safe(part)} {word} {safe(row.detail)}".rstrip())
        self._positions(before, state, clock)

    def _positions(self, before: ViewState, state: ViewState, clock: str) -> None:
        for inst_id in before.positions.rows.keys() - state.positions.rows.keys():
            self.say(f"{clock} position {safe(inst_id)} flat")
        for inst_id, row in state.positions.rows.items():
            known = before.positions.rows.get(inst_id)
            is_known = known and (known.contracts, known.protected) == (
                row.contracts,
                row.protected,
            )
            if is_known or (row.protected is None and not row.foreign):
                continue
            shown: Line = (side(row), protection(row))
            said = ", ".join(text_of((each,)) for each in shown)
            self.say(f"{clock} position {safe(inst_id)} {number(abs(row.contracts))} {said}")


def _decided(row: DecisionRow) -> str:
    said = safe(row.justification) or safe(row.detail)
    return (
        f"{utc_clock(row.ts)} decision {action(row).text} {base(row.inst_id)} p↑ {chance(row)} "
        f"{verdict(row).text} | {said}"
    )
