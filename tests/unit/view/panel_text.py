"""What panels say, as bare text, and the rows that the tests feed them."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tai2.model.thought import Thought
from tai2.view.panels.line import Line, Table, text_of
from tai2.view.rows import DecisionRow, TradeRow
from tai2.wire.codec import recast
from tests.builders import market as m
from tests.builders.trades import cycle, trade

UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def said(lines: Iterable[Line]) -> str:
    """Return lines as one text."""
    return "\n".join(map(text_of, lines))


def cells(table: Table) -> list[list[str]]:
    """Return a table's rows as texts."""
    return [[span.text for span in row.cells] for row in table.rows]


def decision_row(number: int = 1, outcome: str = "hold", **changes: Any) -> DecisionRow:
    """Return one cycle of the view; each number is five minutes older."""
    reason = changes.pop("reason", "NO_EDGE")
    made = replace(cycle(number, outcome, reason), ts=m.NOW - number * 300_000)
    return replace(recast(DecisionRow, made), **changes)


def trade_row(number: int = 0, **changes: Any) -> TradeRow:
    """Return one fill of the view."""
    return replace(recast(TradeRow, trade(number)), **changes)


def thought(**changes: Any) -> Thought:
    """Return a decision in full."""
    base = Thought(
        decision_id=m.decision().decision_id,
        reasoner="acme/quant-large",
        provider="Acme",
        raw_reply='{"action": "BUY"}',
        is_failed=False,
        latency_ms=2_300,
        cost_usd=m.Decimal("0.0041"),
        prompt_hash="abc123",
        system="You trade.\nCarefully.",
        user="SNAPSHOT BTC",
        decision=m.decision(),
        orders=(),
    )
    return replace(base, **changes)
