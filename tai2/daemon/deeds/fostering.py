"""The deeds of `adopt` and `ignore`, and of taking either back.

A position of somebody else's locks its instrument until a person has said what it is. Adopted it
is ours, with a stop at once; ignored it stays theirs and locks nothing.
"""

from dataclasses import dataclass, field
from typing import Final

from tai2.daemon.deeds.deed import Asked
from tai2.engine.adoption import told
from tai2.engine.foreigners import Foreign
from tai2.model.account import Position
from tai2.model.errors import Refused, UsageError
from tai2.model.ids import InstId
from tai2.model.money import ZERO, Contracts, Px
from tai2.model.order import Accepted, Leg, Unknown
from tai2.view import text
from tai2.wire.verbs import CommitReply, Summary

ACTOR: Final = "operator"


def _inst_id(asked: Asked, *, is_followed: bool) -> InstId:
    inst_id, markets = asked.inst_id, asked.engine.markets
    if inst_id is None or (is_followed and inst_id not in markets):
        raise UsageError(f"{inst_id} isn't followed", f"Followed: {', '.join(markets)}.")
    return inst_id


def _foreign(asked: Asked, inst_id: InstId) -> Foreign:
    found = asked.engine.guards.foreigners.on(inst_id)
    if found is None:
        raise Refused(f"all that is held on {inst_id} is ours, if anything", "See: tai2 status")
    return found


def _told(contracts: Contracts, held: Position) -> str:
    side = "long" if contracts > ZERO else "short"
    return f"{side} {text.number(abs(contracts))} contracts {held.inst_id}, entry {held.avg_px}"


@dataclass(slots=True)
class Adopting:
    """Put a position of somebody else's under our care."""

    asked: Asked
    _stop_px: Px | None = field(default=None)
    """As first shown: the mark moves, the ticket doesn't."""

    async def look(self) -> Summary:
        """Return the position and where its stop would lie.

        Raises:
            UsageError: The instrument isn't followed.
            Refused: Nothing there is foreign, or no stop distance, or one outside of the limits.
        """
        asked, adoption = self.asked, self.asked.engine.guards.adoption
        foreign = _foreign(asked, _inst_id(asked, is_followed=True))
        if asked.params.stop_pct is None:
            raise UsageError(
                "no position of ours is without a stop",
                f"Say how far: tai2 adopt {asked.inst_id} --stop-pct 2",
            )
        self._stop_px = self._stop_px or adoption.stop_px(foreign.position, asked.params.stop_pct)
        facts = (
            f"adopt {_told(foreign.contracts, foreign.position)}",
            f"place a stop of ours at {self._stop_px}, no target",
        )
        note = "from then on the desk guards it and may close it, as its own"
        return asked.plain_summary((note,), facts)

    async def carry_out(self, _found: Summary) -> CommitReply:
        """Record it, place the stop; give it back when there is none to be had."""
        asked, adoption = self.asked, self.asked.engine.guards.adoption
        assert self._stop_px is not None  # look() has seen to it
        foreign = _foreign(asked, _inst_id(asked, is_followed=True))
        outcome = await adoption.adopt(foreign, self._stop_px, asked.reason)
        if isinstance(outcome, Accepted | Unknown):
            return asked.done(f"adopted; {told(outcome)}", is_done=isinstance(outcome, Accepted))
        await adoption.release(foreign.position, foreign.contracts, told(outcome))
        return asked.done(f"✗ not adopted: {told(outcome)}", is_done=False)


@dataclass(frozen=True, slots=True)
class Releasing:
    """Call an adopted position somebody else's again."""

    asked: Asked

    async def look(self) -> Summary:
        """Return what would be theirs again.

        Raises:
            UsageError: The instrument isn't followed.
            Refused: Nothing there was adopted.
        """
        held, share = await self._adopted()
        note = "it stays open; our stops on it are cancelled"
        return self.asked.plain_summary((note,), (f"release {_told(share, held)}",))

    async def _adopted(self) -> tuple[Position, Contracts]:
        engine, inst_id = self.asked.engine, _inst_id(self.asked, is_followed=True)
        entry = await engine.ledger.last_entry(inst_id)
        owned = next((o for o in engine.closer.owned() if o.position.inst_id == inst_id), None)
        if owned is None or entry is None or entry.intent.leg is not Leg.ADOPTED:
            raise Refused(f"nothing on {inst_id} is adopted", "See: tai2 status")
        most = entry.intent.contracts
        return owned.position, Contracts(max(-most, min(most, owned.contracts)))

    async def carry_out(self, _found: Summary) -> CommitReply:
        """Record it; sweep the stops when nothing of ours is left there."""
        engine = self.asked.engine
        held, share = await self._adopted()
        await engine.guards.adoption.release(held, share, self.asked.reason)
        if engine.ledger.holdings.share(held) == ZERO:
            await engine.closer.sweep_stops((held.inst_id,))
        return self.asked.done(f"released {_told(share, held)}")


@dataclass(frozen=True, slots=True)
class Ignoring:
    """Acknowledge a position of somebody else's, or stop doing so."""

    asked: Asked
    is_ignored: bool

    async def look(self) -> Summary:
        """Return what is, or was, acknowledged.

        Raises:
            UsageError: No instrument was named.
            Refused: There is nothing to say so of.
        """
        asked, inst_id = self.asked, _inst_id(self.asked, is_followed=False)
        is_known = inst_id in asked.engine.controls.current.ignored
        if is_known == self.is_ignored:
            words = "is ignored already" if is_known else "isn't ignored"
            raise Refused(f"{inst_id} {words}", "See: tai2 status")
        if not self.is_ignored:
            note = "a position of somebody else's locks it again"
            return asked.plain_summary((note,), (f"no longer ignore {inst_id}",))
        foreign = _foreign(asked, inst_id)
        is_counted = inst_id in asked.engine.markets
        note = "it counts in our caps" if is_counted else "not followed: it can't count in our caps"
        facts = (f"ignore {_told(foreign.contracts, foreign.position)}",)
        return asked.plain_summary((f"it stays theirs and locks nothing; {note}",), facts)

    async def carry_out(self, _found: Summary) -> CommitReply:
        """Remember it."""
        inst_id = _inst_id(self.asked, is_followed=False)
        await self.asked.engine.controls.set_ignored(inst_id, ACTOR, is_ignored=self.is_ignored)
        return self.asked.done(f"{inst_id} is {'' if self.is_ignored else 'no longer '}ignored")
