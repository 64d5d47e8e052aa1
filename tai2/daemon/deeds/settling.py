"""The deed of `settle`: a person says what became of an order that can't be proven any more.

Two hours after the send the exchange may have forgotten an order that never filled. The evidence
is asked for before the word and again before it counts.
"""

from dataclasses import dataclass

from tai2.daemon.deeds.deed import Asked
from tai2.engine.evidence import Evidence
from tai2.model.errors import UsageError
from tai2.view import text
from tai2.wire.verbs import CommitReply, Said, Summary


@dataclass(frozen=True, slots=True)
class Settling:
    """Settle one order by a person's word."""

    asked: Asked

    async def look(self) -> Summary:
        """Return the evidence and what would be recorded.

        Raises:
            UsageError: No such order is in doubt, or nothing was said of it.
            Refused: It can still be proven, or the exchange knows it.
            VenueUnavailable: The exchange can't be asked.
        """
        evidence, said = await self._evidence(), self._said()
        note = f"sent {text.age(evidence.age_ms)} ago; it is never sent again"
        more = {
            Said.ABSENT: "record that it never was there",
            Said.FILLED: "record that it was filled; what it left is foreign until adopted",
        }[said]
        return self.asked.plain_summary((note, more), evidence.facts)

    async def _evidence(self) -> Evidence:
        cl_ord_id = self.asked.params.cl_ord_id
        if cl_ord_id is None:
            raise UsageError("settle needs an order", "tai2 settle CL_ORD_ID absent")
        return await self.asked.engine.witness.look(cl_ord_id)

    def _said(self) -> Said:
        said = self.asked.params.said
        if said is None:
            raise UsageError("absent or filled?", "tai2 settle CL_ORD_ID absent")
        return said

    async def carry_out(self, _found: Summary) -> CommitReply:
        """Ask once more and record the word."""
        evidence, said = await self._evidence(), self._said()
        settled = await self.asked.engine.witness.settle(
            evidence, was_filled=said is Said.FILLED, reason=f"{said.value}, {self.asked.reason}"
        )
        return self.asked.done(f"{settled.intent.cl_ord_id} is {settled.state.value}")
