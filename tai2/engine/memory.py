"""What a reasoner may remember: its last decisions, how they turned out, how well it forecasts.

Minutes and outcomes tell it, the desk puts it into the next question. Codes and numbers only:
no text of a model ever comes back into a prompt by itself.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Final

from tai2.model.decision import RecentDecision
from tai2.model.events import CycleRecord
from tai2.model.forecast import Calibration, Outcome, calibrate
from tai2.model.ids import DecisionId, InstId

KEPT: Final = 6
"""Decisions of one instrument that are shown."""
SCORED: Final = 500
"""Forecasts that count for the calibration, newest."""
_CODED: Final = ("hold", "refused", "no_decision")
"""Outcomes whose reason is one of our own codes; other reasons may quote the outside."""


class Memory:
    """Recent decisions of every instrument, and the newest scores."""

    def __init__(self) -> None:
        self._recent: dict[InstId, deque[RecentDecision]] = {}
        self._scores: deque[tuple[Decimal, Decimal]] = deque(maxlen=SCORED)
        self._calibration = calibrate(())

    def recover(
        self, cycles: Iterable[CycleRecord], scores: Iterable[tuple[Decimal, Decimal]]
    ) -> None:
        """Take over what an earlier process knew, oldest first."""
        for record in cycles:
            self.note(record)
        self._scores.extend(scores)
        self._calibration = calibrate(self._scores)

    def note(self, record: CycleRecord) -> None:
        """Remember a cycle that asked the reasoner."""
        if record.decision_id is None:
            return
        kept = self._recent.setdefault(record.inst_id, deque(maxlen=KEPT))
        kept.append(
            RecentDecision(
                decision_id=record.decision_id,
                ts=record.ts,
                action=record.action,
                effect=record.effect,
                notional=record.notional,
                p_up=record.p_up,
                outcome=record.outcome,
                codes=record.refusals or ((record.reason,) if record.outcome in _CODED else ()),
                went_up=None,
            )
        )

    def scored(self, decision_id: DecisionId, outcome: Outcome) -> None:
        """Note how a decision turned out."""
        self._scores.append((outcome.forecast.p_up, outcome.went_up))
        self._calibration = calibrate(self._scores)
        kept = self._recent.get(outcome.forecast.inst_id)
        for place, one in enumerate(kept or ()):
            if kept is not None and one.decision_id == decision_id:
                kept[place] = replace(one, went_up=outcome.went_up)

    def recent(self, inst_id: InstId) -> tuple[RecentDecision, ...]:
        """Return the last decisions on an instrument, oldest first."""
        return tuple(self._recent.get(inst_id, ()))

    def renewed_ms(self, inst_id: InstId) -> int | None:
        """Return when a clean decision on an instrument was last taken, ms UTC."""
        clean = (one.ts for one in self.recent(inst_id) if one.action)
        return max(clean, default=None)

    @property
    def calibration(self) -> Calibration:
        """How good the newest forecasts were, all instruments together."""
        return self._calibration
