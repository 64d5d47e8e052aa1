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
from tai2.daemon.deeds.choose import deed_of
from tai2.daemon.deeds.deed import Asked, Deed, essence
from tai2.engine.service import Pulse
from tai2.model.errors import Refused, Tai2Error
from tai2.model.ids import InstId
from tai2.wire.verbs import CommitReply, PrepareParams, Summary, Ticket, Verb

log = structlog.get_logger()

HOLDS_S: Final = 30
TICKETS_KEPT: Final = 16
WAITING: Final = 4
"""Deeds that may wait for their turn; more are refused."""
BEAT_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """What a ticket stands for."""

    deed: Deed
    verb: Verb
    reason: str
    typed: str
    essence: tuple[object, ...]
    until_ms: int


_Turn = tuple[_Prepared, "asyncio.Future[CommitReply]"]


class Operator:
    """Owner of the open tickets, and the one who acts on them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._clock = engine.adapters.clock
        self._open: dict[str, _Prepared] = {}
        self._deeds: asyncio.Queue[_Turn] = asyncio.Queue(WAITING)

    async def prepare(self, params: PrepareParams) -> Ticket:
        """Return a ticket for a verb, with what it would do.

        Raises:
            UsageError: What the verb needs isn't there, or isn't known here.
            Refused: There is nothing to do.
            VenueUnavailable: The account isn't known, or the exchange can't be asked.
        """
        verb, inst_id = params.verb, params.inst_id
        asked = Asked(engine=self._engine, params=params)
        deed = deed_of(asked)
        found = await deed.look()
        typed, is_word = self._word(verb, inst_id)
        number = secrets.token_hex(8)
        self._open[number] = _Prepared(
            deed=deed,
            verb=verb,
            reason=asked.reason,
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
        await self._unchanged(prepared)
        future: asyncio.Future[CommitReply] = asyncio.get_running_loop().create_future()
        try:
            self._deeds.put_nowait((prepared, future))
        except asyncio.QueueFull as exc:
            raise Refused("others are being carried out", "Try again in a moment.") from exc
        return await asyncio.shield(future)

    async def _unchanged(self, prepared: _Prepared) -> Summary:
        """Return the summary as of now.

        Raises:
            Refused: It isn't what the ticket said.
        """
        found = await prepared.deed.look()
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
            reply = await prepared.deed.carry_out(await self._unchanged(prepared))
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
