"""Spares a call when nothing has changed since the model was last asked; off by default.

The composition root puts it in front of the model when the settings ask for it. It never
decides: a spared call is no decision with the code GATED, and counted as such.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tai2.model.decision import DecisionRequest, Reply, ReplyFailed
from tai2.model.ids import InstId
from tai2.model.money import ZERO
from tai2.ports.reasoner import Reasoner

GATED: Final = "GATED"
ATR: Final = "m5.atr14"
MID: Final = "ob.mid"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRule:
    """When a call may be spared."""

    atr_share: Decimal
    """The mid moved less than this share of the five-minute ATR since the last call."""
    heartbeat_ms: int
    """The last call is younger than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the last call was about."""

    ts: int
    mid: Decimal
    side: str
    room: tuple[str, ...]


class GatedReasoner:
    """ports.reasoner.Reasoner that asks another one only when something has changed."""

    def __init__(self, inner: Reasoner, rule: GateRule) -> None:
        self._inner = inner
        self._rule = rule
        self._asked: dict[InstId, _Asked] = {}

    @property
    def label(self) -> str:
        """Return the label of the reasoner behind the gate."""
        return self._inner.label

    @property
    def patience_s(self) -> float:
        """Return that of the reasoner behind the gate."""
        return self._inner.patience_s

    async def decide(self, request: DecisionRequest) -> Reply | ReplyFailed:
        """Ask, or say that nothing has changed. Anything unknown is a reason to ask."""
        now = _seen(request)
        last = self._asked.get(request.inst_id)
        if now and last and self._is_quiet(request, last, now):
            detail = f"the mid moved {abs(now.mid - last.mid)} since {last.ts}"
            return ReplyFailed(
                code=GATED, detail=detail, reasoner=self.label, latency_ms=0, cost_usd=ZERO
            )
        self._asked.pop(request.inst_id, None)
        reply = await self._inner.decide(request)
        if now and isinstance(reply, Reply):
            self._asked[request.inst_id] = now
        return reply

    def _is_quiet(self, request: DecisionRequest, last: _Asked, now: _Asked) -> bool:
        atr = request.features.number(ATR)
        if atr is None or now.ts - last.ts >= self._rule.heartbeat_ms:
            return False
        is_same = (now.side, now.room) == (last.side, last.room)
        return is_same and abs(now.mid - last.mid) < self._rule.atr_share * atr


def _seen(request: DecisionRequest) -> _Asked | None:
    """Return what a call would be about; None when mid or position isn't known."""
    mid, side = request.features.number(MID), request.features.facts.get("pos.side")
    if mid is None or side is None:
        return None
    room = tuple(f"{one.action} {one.effect}" for one in request.allowed)
    return _Asked(ts=request.ts, mid=mid, side=side.text, room=(*room, request.blocked_by))
