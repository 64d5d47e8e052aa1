"""Good decisions for any prompt of tai2: read from the prompt's own text, nothing else."""

import json
import re
from decimal import Decimal
from typing import Any

_HEAD = re.compile(r"SNAPSHOT (\S+) (\S+) .*\(horizon (\d+) min\)")
_FACT = re.compile(r"\[([\w.]+)\] ([+-]?\d+(?:\.\d+)?)(?! *\S* STALE)(?= |$)", re.MULTILINE)
_ALLOWED = re.compile(r"(BUY|SELL) (OPEN|CLOSE) ≤ (\d+(?:\.\d+)?)")

Body = dict[str, Any]


def user_text(body: Body) -> str:
    """Return the last snapshot in a request's messages."""
    texts = [m["content"] for m in body["messages"] if isinstance(m.get("content"), str)]
    return next((text for text in reversed(texts) if _HEAD.search(text)), "")


def hold(body: Body) -> str:
    """Decide to wait."""
    return json.dumps(_reply(user_text(body)), ensure_ascii=False)


def trade(body: Body) -> str:
    """Decide to do the first thing that is allowed, else to wait."""
    text = user_text(body)
    allowed = _ALLOWED.search(text)
    mid = dict(_FACT.findall(text)).get("ob.mid")
    if allowed is None or mid is None:
        return hold(body)
    action, effect, notional = allowed.groups()
    reply = _reply(text) | {
        "action": action,
        "position_effect": effect,
        "hold_reason": "NOT_HOLD",
        "amount": float(notional),
        "order_type": "MARKET",
        "p_up": 0.56 if action == "BUY" else 0.44,
    }
    if effect == "OPEN":
        up, down = float(Decimal(mid) * Decimal("1.02")), float(Decimal(mid) * Decimal("0.99"))
        stop, target = (down, up) if action == "BUY" else (up, down)
        reply |= {"stop_loss": stop, "take_profit": target, "confidence": 0.7}
    return json.dumps(reply, ensure_ascii=False)


def _reply(text: str) -> dict[str, Any]:
    head = _HEAD.search(text)
    snapshot_id, symbol, horizon = head.groups() if head else ("none", "none", "60")
    claims = [
        {"metric": metric, "value": shown, "why": "as printed → here"}
        for metric, shown in _FACT.findall(text)
    ]
    return {
        "snapshot_id": snapshot_id,
        "symbol": symbol,
        "evidence": claims[:3],
        "counter_evidence": claims[3:4],
        "justification": "The printed facts say so — nothing else does.",
        "action": "HOLD",
        "position_effect": "NONE",
        "hold_reason": "NO_EDGE",
        "amount": None,
        "amount_unit": "QUOTE_NOTIONAL",
        "order_type": "NONE",
        "limit_price": None,
        "stop_loss": None,
        "take_profit": None,
        "time_horizon_minutes": int(horizon),
        "p_up": 0.5,
        "confidence": None,
        "invalidation": [],
    }
