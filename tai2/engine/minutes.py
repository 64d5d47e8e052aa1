"""Keeps the minutes: one canonical record per cycle, to journal, log and bus.

The cycle opens a page at its start and closes it with the one thing that happened.
A page must be closed exactly once, and a record must say why in codes and in numbers.
"""

from dataclasses import replace
from typing import Final

import structlog

from tai2.engine.bus import Bus
from tai2.engine.memory import Memory
from tai2.engine.outcomes import Outcomes
from tai2.failpoint import reach
from tai2.model.decision import Action, Decision, NoDecision, Reply, ReplyFailed
from tai2.model.events import CycleEnded, CycleRecord
from tai2.model.forecast import Forecast
from tai2.model.money import Px, trimmed
from tai2.model.order import Accepted, NotSent, Order, Outcome, Rejected, Unknown
from tai2.model.snapshot import Snapshot
from tai2.model.verdict import Allow, Reject
from tai2.ports.clock import Clock
from tai2.ports.ids import IdSource
from tai2.ports.journal import DecisionJournal

log = structlog.get_logger()

MINUTE_MS: Final = 60_000


class Minutes:
    """Opens pages."""

    def __init__(
        self,
        journal: DecisionJournal,
        past: tuple[Outcomes, Memory],
        clock: Clock,
        ids: IdSource,
        bus: Bus,
    ) -> None:
        self.journal = journal
        self.outcomes, self._memory = past
        self.clock = clock
        self._ids = ids
        self._bus = bus
        self.counts: dict[str, int] = {}
        """Cycles since the start by outcome."""
        self.last: CycleRecord | None = None

    def open(self, snapshot: Snapshot) -> "Page":
        """Begin the record of one cycle."""
        draft = CycleRecord(
            cycle_id=self._ids.cycle_id(),
            decision_id=self._ids.decision_id(),
            inst_id=snapshot.inst_id,
            ts=snapshot.ts,
            duration_ms=0,
            outcome="",
            reason="",
            reasoner="",
            action="",
            effect="",
            notional="",
            p_up="",
            cl_ord_id="",
            justification="",
            refusals=(),
            detail="",
        )
        book = snapshot.book.value
        return Page(self, draft, book.mid if book else None)

    async def close(self, record: CycleRecord) -> CycleRecord:
        """Store, log and publish a finished record."""
        record = replace(record, duration_ms=self.clock.now_ms() - record.ts)
        await self.journal.save_cycle(record)
        reach("verdict_saved")
        self.counts[record.outcome] = self.counts.get(record.outcome, 0) + 1
        self.last = record
        self._memory.note(record)
        log.info(
            "cycle_ended",
            cycle_id=record.cycle_id,
            decision_id=record.decision_id,
            inst=record.inst_id,
            outcome=record.outcome,
            reason=record.reason,
            action=record.action,
            notional=record.notional,
            cl_ord_id=record.cl_ord_id,
            duration_ms=record.duration_ms,
        )
        self._bus.publish(CycleEnded(record=record))
        return record


class Page:
    """The record of one cycle while it runs."""

    def __init__(self, minutes: Minutes, draft: CycleRecord, mid: Px | None) -> None:
        self._minutes = minutes
        self._mid = mid
        self.draft = draft

    async def replied(self, reply: Reply | ReplyFailed, decision: Decision | NoDecision) -> None:
        """Note the reasoner's answer: durable before anything follows from it."""
        assert self.draft.decision_id is not None
        believed = decision if isinstance(decision, Decision) else None
        await self._minutes.journal.save_reply(self.draft.decision_id, reply, believed)
        reach("decision_saved")
        self.draft = replace(self.draft, reasoner=reply.reasoner)
        if believed is not None and self._mid is not None:
            hashed = reply.prompt.prompt_hash if reply.prompt else ""
            await self._minutes.outcomes.add(self._forecast(believed, self._mid, hashed))

    def _forecast(self, decision: Decision, mid: Px, prompt_hash: str) -> Forecast:
        return Forecast(
            decision_id=decision.decision_id,
            inst_id=decision.inst_id,
            reasoner=self.draft.reasoner,
            prompt_hash=prompt_hash,
            ts=self.draft.ts,
            due_ms=self.draft.ts + decision.horizon_min * MINUTE_MS,
            mid=mid,
            p_up=decision.p_up,
        )

    async def stale(self, missing: str) -> CycleRecord:
        """End: required data is stale or missing."""
        stale = replace(
            self.draft, decision_id=None, outcome="stale", reason="STALE_DATA", detail=missing
        )
        return await self._minutes.close(stale)

    async def blocked(self, code: str) -> CycleRecord:
        """End: nothing but waiting is allowed now, so nobody is asked."""
        blocked = replace(
            self.draft,
            decision_id=None,
            outcome="hold",
            reason=code,
            action=Action.HOLD.value,
            justification=f"Nothing may be traded now: {code}.",
        )
        return await self._minutes.close(blocked)

    async def no_decision(self, found: NoDecision) -> CycleRecord:
        """End: no clean decision came back."""
        detail = f"{found.stage}: {found.detail}"
        return await self._minutes.close(
            replace(self.draft, outcome="no_decision", reason=found.code, detail=detail)
        )

    async def held(self, decision: Decision) -> CycleRecord:
        """End: the reasoner prefers to wait."""
        return await self._minutes.close(
            replace(self._said(decision), outcome="hold", reason=decision.hold_reason.value)
        )

    async def refused(self, decision: Decision, verdict: Reject) -> CycleRecord:
        """End: at least one guard said no."""
        codes = tuple(refusal.code for refusal in verdict.refusals)
        return await self._minutes.close(
            replace(
                self._said(decision),
                outcome="refused",
                reason=codes[0],
                refusals=codes,
                detail="; ".join(refusal.text for refusal in verdict.refusals),
            )
        )

    async def submitted(
        self, decision: Decision, verdict: Allow, order: Order, outcome: Outcome
    ) -> CycleRecord:
        """End: an order left, or was stopped at the last moment."""
        name, reason = _told(outcome)
        shrunk = f"shrunk from {verdict.shrunk_from}" if verdict.shrunk_from else ""
        return await self._minutes.close(
            replace(
                self._said(decision),
                outcome=name,
                reason=reason,
                notional=trimmed(order.intent.notional),
                cl_ord_id=order.intent.cl_ord_id,
                detail=shrunk,
            )
        )

    def _said(self, decision: Decision) -> CycleRecord:
        return replace(
            self.draft,
            action=decision.action.value,
            effect=decision.effect.value,
            notional=trimmed(decision.notional) if decision.notional is not None else "",
            p_up=trimmed(decision.p_up),
            justification=decision.justification,
        )


def _told(outcome: Outcome) -> tuple[str, str]:
    """Return (outcome, reason) of a submit as recorded."""
    match outcome:
        case Accepted():
            return "sent", "ACCEPTED"
        case Rejected():
            return "rejected", outcome.code
        case Unknown():
            return "unknown", outcome.reason
        case NotSent():
            return "not_sent", outcome.reason
