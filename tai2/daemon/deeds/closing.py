"""The deeds of `close`, `flatten` and `resume`.

Closing ends what is ours by the closer's hands; resuming lets trading go on once the exchange
and the journal agree. What each would do is in `daemon.verb_summary`.
"""

from dataclasses import dataclass

from tai2.daemon.deeds.deed import Asked
from tai2.daemon.verb_summary import done_lines, must_have_work, summary_of, touched
from tai2.model.controls import TradingState
from tai2.model.errors import Refused, UsageError
from tai2.model.ids import InstId
from tai2.wire.verbs import ClosedRow, CommitReply, Summary, Verb


@dataclass(frozen=True, slots=True)
class Closing:
    """Close one position, or halt and close them all."""

    asked: Asked

    async def look(self) -> Summary:
        """Return the positions and orders that would go.

        Raises:
            UsageError: The instrument isn't followed.
            Refused: Nothing on it is ours.
            VenueUnavailable: The account isn't known.
        """
        asked = self.asked
        found = summary_of(asked.engine, asked.verb, self._inst_ids())
        must_have_work(found, asked.verb, asked.inst_id)
        return found

    def _inst_ids(self) -> tuple[InstId, ...]:
        return touched(self.asked.engine, self.asked.verb, self.asked.inst_id)

    async def carry_out(self, found: Summary) -> CommitReply:
        """Cancel, close, and take the stops of what is flat."""
        asked, closer = self.asked, self.asked.engine.closer
        controls = asked.engine.controls
        if asked.verb is Verb.FLATTEN:
            # Halted first: no decision may open again what is being closed.
            await controls.set_state(TradingState.HALTED, f"flatten: {asked.reason}", "operator")
        cancelled, in_doubt = await closer.cancel(self._inst_ids())
        rows = tuple([await self._closed(row.inst_id) for row in found.positions])
        flat = tuple(row.inst_id for row in rows if row.remaining == 0)
        if flat:
            await closer.sweep_stops(flat)
        lines = done_lines(asked.verb, cancelled, in_doubt, rows)
        if asked.verb is Verb.FLATTEN:
            lines.append(f"trading is {controls.current.trading_state.value}")
        return CommitReply(
            verb=asked.verb,
            trading_state=controls.current.trading_state,
            cancelled=cancelled,
            closed=rows,
            is_done=not in_doubt and len(flat) == len(rows),
            lines=tuple(lines),
        )

    async def _closed(self, inst_id: InstId) -> ClosedRow:
        closed = await self.asked.engine.closer.close(inst_id)
        return ClosedRow(
            inst_id=inst_id,
            contracts=closed.contracts,
            remaining=closed.remaining,
            detail=closed.detail,
        )


@dataclass(frozen=True, slots=True)
class Resuming:
    """Let trading go on."""

    asked: Asked

    async def look(self) -> Summary:
        """Return from which state it would go on.

        Raises:
            UsageError: A reason is missing.
            VenueUnavailable: The account isn't known.
        """
        if not self.asked.params.reason.strip():
            raise UsageError("resume needs a reason", 'tai2 resume --reason "…"')
        return summary_of(self.asked.engine, Verb.RESUME, ())

    async def carry_out(self, _found: Summary) -> CommitReply:
        """Reconcile, then set the state."""
        engine = self.asked.engine
        if engine.takeover.is_pending:
            raise Refused("tai2 panic is still at work", "Wait for its end, then resume.")
        await engine.reconcile.sweep()
        if any(order.state.is_ambiguous for order in engine.ledger.open_orders()):
            hint = "See: tai2 status. After two hours: tai2 settle"
            raise Refused("an order's outcome isn't known yet", hint)
        active = TradingState.ACTIVE
        changed = await engine.controls.set_state(active, self.asked.reason, "operator")
        return self.asked.done(f"trading is {changed.trading_state.value}")
