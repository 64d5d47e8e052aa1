"""One decision cycle: snapshot → reasoner → gate → executor, and a record of why.

The scheduler runs it once per interval and instrument. It reads like the flow that it is,
does no arithmetic, and must always end in exactly one CycleRecord.
"""

from tai2.engine.desk import Desk
from tai2.engine.executor import Executor
from tai2.engine.minutes import Minutes
from tai2.engine.replies import believe
from tai2.model.decision import Action, Decision, NoDecision
from tai2.model.events import CycleRecord
from tai2.model.ids import InstId
from tai2.model.verdict import Reject
from tai2.ports.reasoner import Reasoner
from tai2.risk.gate import judge


class Cycle:
    """Runs one decision."""

    def __init__(
        self, desk: Desk, reasoner: Reasoner, executor: Executor, minutes: Minutes
    ) -> None:
        self._desk = desk
        self._reasoner = reasoner
        self._executor = executor
        self._minutes = minutes

    async def run(self, inst_id: InstId) -> CycleRecord:
        """Take one decision on an instrument and return its record.

        Raises:
            JournalFailed: Nothing can be recorded, so nothing was sent.
        """
        snapshot = await self._desk.snapshot(inst_id)
        page = self._minutes.open(snapshot)
        if missing := self._desk.unusable(snapshot):
            return await page.stale(missing)

        request = await self._desk.request(snapshot, page)
        if request.blocked_by:
            return await page.blocked(request.blocked_by)
        reply = await self._reasoner.decide(request)
        decision = believe(reply, request)
        await page.replied(reply, decision)

        match decision:
            case NoDecision():
                return await page.no_decision(decision)
            case Decision(action=Action.HOLD):
                return await page.held(decision)

        verdict = judge(await self._desk.case(decision, snapshot), self._desk.intent_ids())
        if isinstance(verdict, Reject):
            return await page.refused(decision, verdict)

        order, outcome = await self._executor.submit(verdict.intent)
        return await page.submitted(decision, verdict, order, outcome)
