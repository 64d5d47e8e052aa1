"""The operator's dangerous verbs, two steps each: a ticket first, then the deed, one at a time.

The socket's handlers call prepare and commit. A deed runs in this service, so that a client
that hangs up can't leave half of it; a ticket works once, for 30 seconds, as it was read.
"""

import asyncio
import secrets
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import structlog

from tai2.daemon.assembly import Engine
from tai2.daemon.verb_summary import done_lines, essence, must_have_work, summary_of, touched
from tai2.engine.service import Pulse
from tai2.model.controls import TradingState
from tai2.model.errors import Refused, Tai2Error, UsageError
from tai2.model.ids import InstId
from tai2.wire.verbs import ClosedRow, CommitReply, Summary, Ticket, Verb

log = structlog.get_logger()

HOLDS_S: Final = 30
TICKETS_KEPT: Final = 16
WAITING: Final = 4
"""Deeds that may wait for their turn; more are refused."""
BEAT_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """What a ticket stands for."""

    verb: Verb
    inst_id: InstId | None
    reason: str
    typed: str
    essence: tuple[object, ...]
    until_ms: int


Deed = tuple[_Prepared, "asyncio.Future[CommitReply]"]


class Operator:
    """Owner of the open tickets, and the one who acts on them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._clock = engine.adapters.clock
        self._open: dict[str, _Prepared] = {}
        self._deeds: asyncio.Queue[Deed] = asyncio.Queue(WAITING)

    def prepare(self, verb: Verb, inst_id: InstId | None, reason: str) -> Ticket:
        """Return a ticket for a verb, with what it would do.

        Raises:
            UsageError: The instrument isn't followed, or a reason is missing.
            Refused: There is nothing to do.
            VenueUnavailable: The account isn't known.
        """
        if verb is Verb.RESUME and not reason.strip():
            raise UsageError("resume needs a reason", 'tai2 resume --reason "…"')
        found = summary_of(self._engine, verb, touched(self._engine, verb, inst_id))
        must_have_work(found, verb, inst_id)
        typed, is_word = self._word(verb, inst_id)
        number = secrets.token_hex(8)
        self._open[number] = _Prepared(
            verb=verb,
            inst_id=inst_id,
            reason=reason.strip() or "by hand",
            typed=typed,
            essence=essence(found),
            until_ms=self._clock.now_ms() + HOLDS_S * 1000,
        )
        while len(self._open) > TICKETS_KEPT:
            del self._open[next(iter(self._open))]
        return Ticket(
            ticket=number,
            verb=verb,
            inst_id=inst_id,
            summary=found,
            question=f"Type {typed} to go on" if is_word else f"{verb.value}? [y/N]",
            typed=typed,
            is_word=is_word,
            expires_s=Decimal(HOLDS_S),
        )

    def _word(self, verb: Verb, inst_id: InstId | None) -> tuple[str, bool]:
        """Return what must be typed, and whether it is a word in full."""
        if verb is Verb.FLATTEN:
            return "flatten", True
        if not self._engine.charter.is_real_money:
            return "y", False
        if verb is Verb.CLOSE and inst_id is not None:
            return self._engine.markets[inst_id].instrument.base_ccy.lower(), True
        return verb.value, True

    async def commit(self, number: str, typed: str) -> CommitReply:
        """Do what a ticket says.

        Raises:
            Refused: No such ticket, expired, the wrong word, or its summary has changed.
            Tai2Error: What kept the deed from being done.
        """
        prepared = self._open.pop(number, None)
        if prepared is None or self._clock.now_ms() > prepared.until_ms:
            raise Refused("no such ticket, or it has expired", "Prepare it again.")
        if typed.strip().lower() != prepared.typed:
            raise Refused("not confirmed: nothing was done", f"The word is: {prepared.typed}")
        self._must_be_unchanged(prepared)
        future: asyncio.Future[CommitReply] = asyncio.get_running_loop().create_future()
        try:
            self._deeds.put_nowait((prepared, future))
        except asyncio.QueueFull as exc:
            raise Refused("others are being carried out", "Try again in a moment.") from exc
        return await asyncio.shield(future)

    def _must_be_unchanged(self, prepared: _Prepared) -> Summary:
        """Return the summary as of now.

        Raises:
            Refused: It isn't what the ticket said.
        """
        inst_ids = touched(self._engine, prepared.verb, prepared.inst_id)
        found = summary_of(self._engine, prepared.verb, inst_ids)
        if essence(found) != prepared.essence:
            raise Refused("orders or positions have changed: nothing was done", "Prepare again.")
        return found

    async def run(self, pulse: Pulse) -> None:
        """Carry out deeds until cancelled."""
        self._engine.closer.on_step = pulse.beat
        while True:
            pulse.beat()
            try:
                async with asyncio.timeout(BEAT_S):
                    prepared, future = await self._deeds.get()
            except TimeoutError:
                continue
            await self._settle(prepared, future)

    async def _settle(self, prepared: _Prepared, future: "asyncio.Future[CommitReply]") -> None:
        try:
            found = self._must_be_unchanged(prepared)
            reply = await self._carry_out(prepared, found)
        except Tai2Error as exc:
            log.warning("verb_failed", verb=prepared.verb.value, detail=exc.message)
            if not future.done():
                future.set_exception(exc)
            return
        log.info(
            "verb_done", verb=prepared.verb.value, is_done=reply.is_done, reason=prepared.reason
        )
        if not future.done():
            future.set_result(reply)

    async def _carry_out(self, prepared: _Prepared, found: Summary) -> CommitReply:
        match prepared.verb:
            case Verb.RESUME:
                return await self._resume(prepared)
            case Verb.FLATTEN:
                # Halted first: no decision may open again what is being closed.
                await self._engine.controls.set_state(
                    TradingState.HALTED, f"flatten: {prepared.reason}", "operator"
                )
                return await self._close(prepared, found)
            case Verb.CLOSE:
                return await self._close(prepared, found)

    async def _resume(self, prepared: _Prepared) -> CommitReply:
        """Let trading go on, once the exchange and we agree."""
        if self._engine.takeover.is_pending:
            raise Refused("tai2 panic is still at work", "Wait for its end, then resume.")
        await self._engine.reconcile.sweep()
        if any(order.state.is_ambiguous for order in self._engine.ledger.open_orders()):
            raise Refused("an order's outcome isn't known yet", "See: tai2 status")
        changed = await self._engine.controls.set_state(
            TradingState.ACTIVE, prepared.reason, "operator"
        )
        return CommitReply(
            verb=Verb.RESUME,
            trading_state=changed.trading_state,
            cancelled=0,
            closed=(),
            is_done=True,
            lines=(f"trading is {changed.trading_state.value}",),
        )

    async def _close(self, prepared: _Prepared, found: Summary) -> CommitReply:
        closer, verb = self._engine.closer, prepared.verb
        inst_ids = touched(self._engine, verb, prepared.inst_id)
        cancelled, in_doubt = await closer.cancel(inst_ids)
        rows = tuple([await self._closed(row.inst_id) for row in found.positions])
        flat = tuple(row.inst_id for row in rows if row.remaining == 0)
        if flat:
            await closer.sweep_stops(flat)
        state = self._engine.controls.current.trading_state
        lines = done_lines(verb, cancelled, in_doubt, rows)
        if verb is Verb.FLATTEN:
            lines.append(f"trading is {state.value}")
        return CommitReply(
            verb=verb,
            trading_state=state,
            cancelled=cancelled,
            closed=rows,
            is_done=not in_doubt and len(flat) == len(rows),
            lines=tuple(lines),
        )

    async def _closed(self, inst_id: InstId) -> ClosedRow:
        closed = await self._engine.closer.close(inst_id)
        return ClosedRow(
            inst_id=inst_id,
            contracts=closed.contracts,
            remaining=closed.remaining,
            detail=closed.detail,
        )
