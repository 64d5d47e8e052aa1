"""What an operator's verb is: what it would do, in numbers, and the doing of it.

The operator keeps one for each ticket, asks it again before it acts and lets it act once. A deed
must say beforehand whatever it will do.
"""

from dataclasses import dataclass
from typing import Protocol

from tai2.daemon.assembly import Engine
from tai2.model.ids import InstId
from tai2.wire.verbs import CommitReply, PrepareParams, Summary, Verb


class Deed(Protocol):
    """One dangerous verb, prepared."""

    async def look(self) -> Summary:
        """Return what it would do now.

        Raises:
            Tai2Error: It can't be done, or there is nothing to do.
        """
        ...

    async def carry_out(self, found: Summary) -> CommitReply:
        """Do it, and say what came of it.

        Raises:
            Tai2Error: What kept it from being done.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person wants of an engine."""

    engine: Engine
    params: PrepareParams

    @property
    def verb(self) -> Verb:
        """Which of them."""
        return self.params.verb

    @property
    def inst_id(self) -> InstId | None:
        """The instrument, where the verb is about one."""
        return self.params.inst_id

    @property
    def reason(self) -> str:
        """Why, for the journal."""
        return self.params.reason.strip() or "by hand"

    def plain_summary(self, lines: tuple[str, ...], facts: tuple[str, ...] = ()) -> Summary:
        """Return a summary of a verb that closes and cancels nothing."""
        current, guards = self.engine.controls.current, self.engine.guards
        return Summary(
            trading_state=current.trading_state,
            state_reason=current.state_reason,
            next_state=current.trading_state,
            positions=(),
            orders=(),
            foreign_positions=len(guards.foreigners.found()),
            foreign_orders=len(self.engine.ledger.strangers.working),
            facts=facts,
            lines=(*facts, *lines),
        )

    def done(self, *lines: str, is_done: bool = True) -> CommitReply:
        """Return the reply of a verb that closes and cancels nothing."""
        return CommitReply(
            verb=self.verb,
            trading_state=self.engine.controls.current.trading_state,
            cancelled=0,
            closed=(),
            is_done=is_done,
            lines=lines,
        )


def essence(found: Summary) -> tuple[object, ...]:
    """Return what must not have changed between prepare and commit."""
    return (
        found.trading_state,
        found.state_reason,
        found.facts,
        tuple((row.inst_id, row.contracts) for row in found.positions),
        tuple(row.cl_ord_id for row in found.orders),
    )
