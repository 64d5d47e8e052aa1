"""Answers to questions: looks things up, then cites and quotes only what the look-ups returned."""

import re
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.openrouter.decisions import Body, trade

_NOW = re.compile(r"\bNOW (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)")
_CITED = re.compile(r"\[([DSCF]-[0-9A-Za-z]+)\]")
_CVD = re.compile(r"\bcvd\.session ([+-]?[\d.]+)")


def decide_or_explain(body: Body) -> str | dict[str, Any]:
    """Trade when asked for a decision, explain when look-ups are offered."""
    return explain(body) if body.get("tools") else trade(body)


def explain(body: Body) -> str | dict[str, Any]:
    """Ask for the last hour and for CVD, then say what came, with its ids."""
    found = [m["content"] for m in body["messages"] if m["role"] == "tool"]
    if not found:
        return {"tool_calls": _look_ups(body), "text": ""}
    decisions, market = found[0], found[-1]
    cited = [*_CITED.findall(decisions)[:2], *_CITED.findall(market)[:1]]
    cvd = _CVD.search(market)
    shown = f"the session's CVD is {cvd[1]} BTC" if cvd else "CVD isn't known"
    ids = ", ".join(f"[{each}]" for each in dict.fromkeys(cited))
    return f"Going by the records {ids}: {shown}, and that alone doesn't pay for a round trip."


def _look_ups(body: Body) -> list[dict[str, Any]]:
    asked = str(body["messages"][-1]["content"])
    now = _NOW.search(asked)
    since = datetime.fromisoformat(now[1]) - timedelta(hours=1) if now else None
    window = {"since": f"{since.isoformat()}Z"} if since else {}
    return [
        {"name": "list_decisions", "arguments": window},
        {
            "name": "get_market",
            "arguments": {"symbol": "BTC-USDT-SWAP", "metrics": ["*cvd*"]},
        },
    ]
