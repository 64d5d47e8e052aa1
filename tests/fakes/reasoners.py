"""Reasoners that answer what a test scripts, through the same parser as a model's text."""

import json
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tai2.model.decision import DecisionRequest, Reply, ReplyFailed

Wish = Callable[[DecisionRequest], Reply | ReplyFailed]

BECAUSE = "Quotes are tight and the round trip is cheap, so a small position pays."


class ScriptedReasoner:
    """Grants the wishes in order, then holds for ever; keeps what it was asked."""

    def __init__(self, *wishes: Wish) -> None:
        self.wishes = deque(wishes)
        self.asked: list[DecisionRequest] = []

    @property
    def label(self) -> str:
        return "scripted"

    @property
    def patience_s(self) -> float:
        return 0.0

    async def decide(self, request: DecisionRequest) -> Reply | ReplyFailed:
        self.asked.append(request)
        wish = self.wishes.popleft() if self.wishes else hold()
        return wish(request)


def buy(notional: int = 300, *, effect: str = "OPEN", **said: Any) -> Wish:
    """Wish for a long with stop and target 1 % and 2 % away."""
    return _entry("BUY", effect, notional, **said)


def sell(notional: int = 300, *, effect: str = "OPEN") -> Wish:
    """Wish for a short with stop and target 1 % and 2 % away."""
    return _entry("SELL", effect, notional)


def close(action: str = "SELL", *, effect: str = "CLOSE", notional: int = 300) -> Wish:
    return lambda request: _reply(
        request, action=action, position_effect=effect, amount=notional, order_type="MARKET"
    )


def hold(reason: str = "NO_EDGE") -> Wish:
    return lambda request: _reply(request, hold_reason=reason)


def say(text: str) -> Wish:
    """Answer with this text, whatever it is."""
    return lambda _request: Reply(text=text, reasoner="scripted", latency_ms=1, cost_usd=Decimal(0))


def fail(code: str) -> Wish:
    return lambda _request: ReplyFailed(
        code=code, detail="", reasoner="scripted", latency_ms=1, cost_usd=Decimal(0)
    )


def _entry(action: str, effect: str, notional: int, **said: Any) -> Wish:
    sign = 1 if action == "BUY" else -1

    def wish(request: DecisionRequest) -> Reply:
        mid = request.features.number("ob.mid")
        assert mid is not None
        return _reply(
            request,
            **{
                "action": action,
                "position_effect": effect,
                "amount": notional,
                "order_type": "MARKET",
                "stop_loss": float(round(mid * (100 - sign) / 100)),
                "take_profit": float(round(mid * (100 + 2 * sign) / 100)),
                "p_up": 0.5 + 0.1 * sign,
                "confidence": 0.6,
            }
            | said,
        )

    return wish


def _reply(request: DecisionRequest, **said: Any) -> Reply:
    facts = request.features.facts
    quoted = [name for name in ("ob.mid", "cost.round_trip", "acct.equity") if name in facts]
    document = {
        "snapshot_id": request.snapshot_id,
        "symbol": request.inst_id,
        "evidence": [
            {"metric": name, "value": facts[name].text, "why": "as printed"} for name in quoted
        ],
        "counter_evidence": [],
        "justification": BECAUSE,
        "action": "HOLD",
        "position_effect": "NONE",
        "hold_reason": "NO_EDGE" if said.get("action", "HOLD") == "HOLD" else "NOT_HOLD",
        "amount": None,
        "amount_unit": "QUOTE_NOTIONAL",
        "order_type": "NONE",
        "limit_price": None,
        "stop_loss": None,
        "take_profit": None,
        "time_horizon_minutes": 60,
        "p_up": 0.5,
        "confidence": None,
        "invalidation": [],
    }
    return Reply(
        text=json.dumps(document | said), reasoner="scripted", latency_ms=1, cost_usd=Decimal(0)
    )
