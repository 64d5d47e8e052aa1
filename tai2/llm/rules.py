"""rules-v1: the offline reasoner that needs no key and no network.

Compose picks it by configuration, never as a fallback; its text passes the same parser and claim
check as a model's. A pure function of the request: no clock, no random, the same bytes each time.
It exists to be transparent, not to win: seven weighted votes in [−1, 1], one score, one table of
reasons. Open interest and funding may be missing and then vote 0 (open interest takes an hour of
watching); anything else missing or stale is a HOLD.
"""

import json
from decimal import ROUND_DOWN, Decimal
from functools import cached_property
from typing import Any, Final

from tai2.llm.votes import RuleBook, Vote, missing, sign, votes
from tai2.model.decision import (
    Action,
    DecisionRequest,
    HoldReason,
    PositionEffect,
    Reply,
)
from tai2.model.money import ZERO, plain

LABEL: Final = "rules-v1 (no LLM)"
ODDS: Final = Decimal("0.0001")
CENT: Final = Decimal("0.01")


class RulesReasoner:
    """Port adapter: answers at once, at no cost."""

    def __init__(self, book: RuleBook | None = None) -> None:
        self._book = book or RuleBook()

    @property
    def label(self) -> str:
        """Name as shown to people."""
        return LABEL

    @property
    def patience_s(self) -> float:
        """Zero: nothing is waited for."""
        return 0.0

    async def decide(self, request: DecisionRequest) -> Reply:
        """Answer from the request alone."""
        text = reply_text(request, self._book)
        return Reply(text=text, reasoner=LABEL, latency_ms=0, cost_usd=ZERO)


def reply_text(request: DecisionRequest, book: RuleBook) -> str:
    """Return the decision as JSON in the order of the decision schema."""
    return _json(_decide(request, book))


def _decide(request: DecisionRequest, book: RuleBook) -> dict[str, Any]:
    if request.blocked_by:
        cools = "COOLDOWN" in request.blocked_by.upper()
        reason = HoldReason.COOLDOWN if cools else HoldReason.RISK_LIMIT
        return _hold(request, reason, None, f"Nothing may be traded now: {request.blocked_by}.")
    if lacking := missing(request.features):
        text = f"Required facts are stale or missing: {', '.join(lacking)}."
        return _hold(request, HoldReason.STALE_OR_MISSING_DATA, None, text)
    case = _Case(request, book)
    return _when_flat(case) if case.side == "FLAT" else _when_holding(case)


class _Case:
    """One request whose required facts are all fresh, with its votes."""

    def __init__(self, request: DecisionRequest, book: RuleBook) -> None:
        self.request = request
        self.book = book

    @property
    def side(self) -> str:
        return self.request.features.facts["pos.side"].text

    @cached_property
    def votes(self) -> tuple[Vote, ...]:
        return votes(self.request.features, self.book)

    @cached_property
    def score(self) -> Decimal:
        return sum((vote.part for vote in self.votes), ZERO)

    def number(self, metric: str) -> Decimal:
        """Return a fact's number; only the optional ones may be missing, they count 0."""
        return self.request.features.number(metric) or ZERO

    def allowed(self, action: Action, effect: PositionEffect) -> Decimal:
        """Return the largest notional that code would let through; 0 = not allowed."""
        caps = (
            each.max_notional
            for each in self.request.allowed
            if (each.action, each.effect) == (action, effect)
        )
        return next(caps, ZERO)


def _when_flat(case: _Case) -> dict[str, Any]:
    trend, higher = case.votes[0].part, case.votes[1].part
    if abs(case.score) < case.book.open_score:
        return _hold_on(case, HoldReason.NO_EDGE, "The votes add up to too little.")
    if sign(trend) != sign(higher):
        return _hold_on(case, HoldReason.MIXED_SIGNALS, "Short and long trend disagree.")
    move_bps = case.book.stop_atr * case.number("m5.atr14_bps") * abs(case.score)
    if move_bps < case.book.cost_multiple * case.number("cost.round_trip"):
        return _hold_on(case, HoldReason.COST_EXCEEDS_EDGE, "The expected move is too small.")
    return _open(case)


def _open(case: _Case) -> dict[str, Any]:
    action = Action.BUY if case.score > 0 else Action.SELL
    mid, atr = case.number("ob.mid"), case.number("m5.atr14")
    direction = sign(case.score)
    stop = mid - direction * _distance(case.book.stop_atr * atr, mid)
    target = mid + direction * _distance(case.book.target_atr * atr, mid)
    risked = case.book.risk_pct / 100 * case.number("acct.equity")
    wanted = risked * mid / (case.book.stop_atr * atr)
    notional = min(case.allowed(action, PositionEffect.OPEN), wanted).quantize(CENT, ROUND_DOWN)
    if notional <= 0 or min(stop, target) <= 0:
        return _hold_on(case, HoldReason.RISK_LIMIT, f"{action} OPEN is not allowed now.")
    operator = "LT" if direction > 0 else "GT"
    return _reply(case.request, case, _reason(case, f"Opening {action}")) | {
        "action": action,
        "position_effect": PositionEffect.OPEN,
        "amount": notional,
        "order_type": "MARKET",
        "stop_loss": stop,
        "take_profit": target,
        "confidence": (Decimal("0.40") + Decimal("0.15") * abs(case.score)).quantize(ODDS),
        "invalidation": [{"metric": "m5.ema20_vs_50", "operator": operator, "value": ZERO}],
    }


def _distance(px: Decimal, mid: Decimal) -> Decimal:
    """Round a distance to the last printed digit of the mid, at least one such unit."""
    unit = Decimal(1).scaleb(int(mid.as_tuple().exponent))
    return max(px.quantize(unit), unit)


def _when_holding(case: _Case) -> dict[str, Any]:
    direction = 1 if case.side == "LONG" else -1
    if -direction * case.score <= case.book.close_score:
        return _hold_on(case, HoldReason.POSITION_OK, "Nothing speaks strongly against it.")
    action = Action.SELL if direction > 0 else Action.BUY
    notional = case.allowed(action, PositionEffect.CLOSE)
    if notional <= 0:
        return _hold_on(case, HoldReason.RISK_LIMIT, f"{action} CLOSE is not allowed now.")
    return _reply(case.request, case, _reason(case, f"Closing the {case.side}")) | {
        "action": action,
        "position_effect": PositionEffect.CLOSE,
        "amount": notional,
        "order_type": "MARKET",
    }


def _hold_on(case: _Case, reason: HoldReason, text: str) -> dict[str, Any]:
    return _hold(case.request, reason, case, text)


def _hold(
    request: DecisionRequest, reason: HoldReason, case: _Case | None, text: str
) -> dict[str, Any]:
    return _reply(request, case, text) | {"hold_reason": reason}


def _reason(case: _Case, deed: str) -> str:
    """Say what was done and why, in printed numbers only."""
    quoted = [f"{each['why']} ({each['metric']} {each['value']})" for each in _evidence(case)]
    cost = case.request.features.facts["cost.round_trip"].text
    return f"{deed}: {', '.join(quoted)}. A round trip costs {cost} bps."


def _evidence(case: _Case) -> list[dict[str, str]]:
    """Quote the three largest votes for the score's direction."""
    return [_quote(case, vote) for vote in _ranked(case, sign(case.score))[:3]]


def _counter(case: _Case) -> list[dict[str, str]]:
    """Quote the largest vote against it; the cost when none is."""
    if against := _ranked(case, -sign(case.score)):
        return [_quote(case, against[0])]
    text = case.request.features.facts["cost.round_trip"].text
    return [{"metric": "cost.round_trip", "value": text, "why": "cost has to be earned first"}]


def _ranked(case: _Case, direction: int) -> list[Vote]:
    agreeing = [vote for vote in case.votes if vote.part * direction > 0]
    return sorted(agreeing, key=lambda vote: -abs(vote.part))


def _quote(case: _Case, vote: Vote) -> dict[str, str]:
    text = case.request.features.facts[vote.metric].text
    return {"metric": vote.metric, "value": text, "why": vote.why}


def _reply(request: DecisionRequest, case: _Case | None, justification: str) -> dict[str, Any]:
    """Return a reply in the schema's order of keys that holds, until a trade overrides it."""
    score = case.score if case else ZERO
    return {
        "snapshot_id": request.snapshot_id,
        "symbol": request.inst_id,
        "evidence": _evidence(case) if case else [],
        "counter_evidence": _counter(case) if case else [],
        "justification": justification,
        "action": Action.HOLD,
        "position_effect": PositionEffect.NONE,
        "hold_reason": HoldReason.NOT_HOLD,
        "amount": None,
        "amount_unit": "QUOTE_NOTIONAL",
        "order_type": "NONE",
        "limit_price": None,
        "stop_loss": None,
        "take_profit": None,
        "time_horizon_minutes": Decimal(request.horizon_min),
        "p_up": (Decimal("0.5") + Decimal("0.10") * score).quantize(ODDS),
        "confidence": None,
        "invalidation": [],
    }


def _json(node: Any) -> str:
    """Write JSON with exact decimals, which the standard library can't."""
    match node:
        case Decimal():
            return plain(node)
        case dict():
            return (
                "{" + ", ".join(f"{_json(key)}: {_json(each)}" for key, each in node.items()) + "}"
            )
        case list():
            return "[" + ", ".join(map(_json, node)) + "]"
        case _:
            return json.dumps(node, ensure_ascii=False)
