"""Spoils a good decision text in the ways in which models do."""

import json
from collections.abc import Callable
from typing import Any

from tests.fakes.openrouter.knobs import Knobs

MALFORMED: dict[str, Callable[[str], str]] = {
    "trailing_comma": lambda text: text.rstrip()[:-1] + ",}",
    "fence": lambda text: f"```json\n{text}\n```",
    "prose": lambda text: f"Here is my decision:\n{text}\nGood luck!",
    "two_objects": lambda text: text + "\n" + text.replace("snapshot_id", "snapshot__id"),
    "unquoted": lambda text: text.replace('"action"', "action"),
    "nan": lambda text: text.replace('"amount": null', '"amount": NaN', 1).replace(
        '"p_up": ', '"p_up": NaN, "p_was": ', 1
    ),
    "dup_key": lambda text: text.replace('{"', '{"amount": 1, "amount": 2, "', 1),
    "bom": lambda text: "\ufeff" + text,
    "u2028": lambda text: text.replace('"justification": "', '"justification": "\u2028', 1),
    "cut": lambda text: text[: len(text) // 2],
}


def spoiled(text: str, knobs: Knobs) -> str:
    """Return the text as the knobs want it."""
    if knobs.empty_content:
        return "  "
    wants_object = knobs.wrong_schema or knobs.lie or knobs.wrong_side_sl or knobs.oversize_amount
    if wants_object and text.lstrip().startswith("{"):
        text = json.dumps(_wrong(json.loads(text), knobs), ensure_ascii=False)
    return MALFORMED[knobs.malformed](text) if knobs.malformed else text


def _wrong(reply: dict[str, Any], knobs: Knobs) -> dict[str, Any]:
    changed = {
        "missing": lambda: {k: v for k, v in reply.items() if k != "p_up"},
        "type": lambda: reply | {"p_up": "high"},
        "enum": lambda: reply | {"action": "MAYBE"},
        "extra": lambda: reply | {"leverage": 100},
        "range": lambda: reply | {"p_up": 55},
        "metric_value": lambda: reply | {"evidence": [_lie(each) for each in reply["evidence"]]},
        "metric_id": lambda: (
            reply | {"evidence": [each | {"metric": "moon.phase"} for each in reply["evidence"]]}
        ),
        "snapshot_id": lambda: reply | {"snapshot_id": "0ld"},
        "symbol": lambda: reply | {"symbol": "DOGE-USDT-SWAP"},
    }
    kind = knobs.wrong_schema or knobs.lie
    wrong = changed[kind]() if kind else dict(reply)
    if knobs.wrong_side_sl:
        wrong |= {"stop_loss": reply["take_profit"], "take_profit": reply["stop_loss"]}
    if knobs.oversize_amount and reply["amount"]:
        wrong["amount"] = 10_000_000
    return wrong


def _lie(claim: dict[str, Any]) -> dict[str, Any]:
    return claim | {"value": "777777.77"}
