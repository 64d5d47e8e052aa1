"""Whether a well-formed reply makes sense for this request: the semantic stage.

The parser calls it with a reply of the schema's shape. Slips that can't move money are mended
(stray figures beside HOLD or an exit); everything else refuses, and no stop is ever invented.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from tai2.model.decision import Action, DecisionRequest, HoldReason, PositionEffect
from tai2.prompt.claims import exists, metric_id
from tai2.prompt.faults import Fault

MAX_HORIZON_MIN: Final = 1440
ENTRIES: Final = (PositionEffect.OPEN, PositionEffect.INCREASE)
_NEEDED_SIDE: Final = {
    (Action.BUY, PositionEffect.OPEN): "FLAT",
    (Action.BUY, PositionEffect.INCREASE): "LONG",
    (Action.BUY, PositionEffect.REDUCE): "SHORT",
    (Action.BUY, PositionEffect.CLOSE): "SHORT",
    (Action.SELL, PositionEffect.OPEN): "FLAT",
    (Action.SELL, PositionEffect.INCREASE): "SHORT",
    (Action.SELL, PositionEffect.REDUCE): "LONG",
    (Action.SELL, PositionEffect.CLOSE): "LONG",
}
"""The position that an action with this effect starts from."""
_STRAY_ON_HOLD: Final[Mapping[str, Any]] = {
    "amount": None,
    "limit_price": None,
    "stop_loss": None,
    "take_profit": None,
    "confidence": None,
    "order_type": "NONE",
    "invalidation": [],
}
_STRAY_ON_EXIT: Final[Mapping[str, Any]] = {
    "stop_loss": None,
    "take_profit": None,
    "confidence": None,
}


def make_sense(
    reply: Mapping[str, Any], request: DecisionRequest, repairs: list[str]
) -> dict[str, Any]:
    """Return the reply without stray figures, or refuse it.

    Raises:
        Fault: Stage semantic, one code per rule.
    """
    action, effect = Action(reply["action"]), PositionEffect(reply["position_effect"])
    _identity(reply, request)
    _hold_agrees(action, effect, HoldReason(reply["hold_reason"]))
    if not 1 <= reply["time_horizon_minutes"] <= MAX_HORIZON_MIN:
        raise _fault("HORIZON", f"{reply['time_horizon_minutes']} min, 1 to {MAX_HORIZON_MIN}")
    if action is Action.HOLD:
        return _cleaned(reply, _STRAY_ON_HOLD, repairs)
    _position_fits(action, effect, request)
    _order(reply)
    _invalidation(reply, request)
    if effect not in ENTRIES:
        return _cleaned(reply, _STRAY_ON_EXIT, repairs)
    _protection(reply, action, request)
    _probabilities(reply, action)
    return dict(reply)


def _fault(code: str, detail: str) -> Fault:
    return Fault("semantic", code, detail)


def _identity(reply: Mapping[str, Any], request: DecisionRequest) -> None:
    if reply["snapshot_id"] != request.snapshot_id:
        raise _fault("WRONG_SNAPSHOT", f"{reply['snapshot_id']!r:.40}, asked {request.snapshot_id}")
    if reply["symbol"] != request.inst_id:
        raise _fault("WRONG_SYMBOL", f"{reply['symbol']!r:.40}, asked {request.inst_id}")


def _hold_agrees(action: Action, effect: PositionEffect, reason: HoldReason) -> None:
    holds = (
        action is Action.HOLD,
        effect is PositionEffect.NONE,
        reason is not HoldReason.NOT_HOLD,
    )
    if len(set(holds)) > 1:
        raise _fault("HOLD_CONTRADICTION", f"{action} with {effect} and {reason}")


def _position_fits(action: Action, effect: PositionEffect, request: DecisionRequest) -> None:
    fact = request.features.facts.get("pos.side")
    side = fact.text if fact else "MISSING"
    if side != _NEEDED_SIDE[action, effect]:
        raise _fault("POSITION_EFFECT", f"{action} {effect} while the position is {side}")


def _order(reply: Mapping[str, Any]) -> None:
    amount_quote, limit_px = reply["amount"], reply["limit_price"]
    if amount_quote is None or amount_quote <= 0:
        raise _fault("AMOUNT", f"a trade needs an amount above 0, not {amount_quote}")
    if not reply["justification"].strip():
        raise _fault("NO_JUSTIFICATION", "a trade needs a reason")
    if reply["order_type"] == "NONE":
        raise _fault("ORDER_TYPE", "a trade needs MARKET or LIMIT")
    if (reply["order_type"] == "LIMIT") != (limit_px is not None):
        raise _fault("ORDER_TYPE", f"{reply['order_type']} with limit_price {limit_px}")
    if limit_px is not None and limit_px <= 0:
        raise _fault("ORDER_TYPE", f"limit_price {limit_px}")


def _invalidation(reply: Mapping[str, Any], request: DecisionRequest) -> None:
    for condition in reply["invalidation"]:
        if not exists(request.features, metric_id(condition["metric"])):
            raise _fault("INVALIDATION_METRIC", f"{condition['metric']!r:.40} was never printed")


def _protection(reply: Mapping[str, Any], action: Action, request: DecisionRequest) -> None:
    stop, target, mid = reply["stop_loss"], reply["take_profit"], request.features.number("ob.mid")
    if mid is None:
        raise _fault("NO_MID", "no fresh ob.mid to compare stop and target with")
    if stop is None or target is None:
        raise _fault("PROTECTION_MISSING", f"stop_loss {stop}, take_profit {target}")
    low, high = (stop, target) if action is Action.BUY else (target, stop)
    if not 0 < low < mid < high:
        raise _fault("PROTECTION_SIDE", f"{action} with stop {stop}, mid {mid}, target {target}")


def _probabilities(reply: Mapping[str, Any], action: Action) -> None:
    if reply["confidence"] is None:
        raise _fault("NO_CONFIDENCE", "an entry needs a confidence")
    p_up, even = reply["p_up"], Decimal("0.5")
    if p_up < even if action is Action.BUY else p_up > even:
        raise _fault("SELF_CONTRADICTION", f"{action} with p_up {p_up}")


def _cleaned(
    reply: Mapping[str, Any], stray: Mapping[str, Any], repairs: list[str]
) -> dict[str, Any]:
    changed = [key for key, empty in stray.items() if reply[key] != empty]
    repairs.extend(f"{key} dropped: it means nothing with {reply['action']}" for key in changed)
    return {**reply, **{key: stray[key] for key in changed}}
