"""Executed trades as CSV (RFC 4180): raw decimals, UTC times, text that stays text.

`tai2 history --csv` writes it. A text cell that a spreadsheet would run as a formula gets
an apostrophe in front; numbers must stay numbers, negative ones too.
"""

import csv
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final, TextIO

from tai2.model.money import plain
from tai2.view.text import safe, utc_iso
from tai2.wire.past import TradeRow

HEADER: Final = (
    *("id", "timestamp", "symbol", "side", "price", "amount", "llm_reasoning", "pnl"),
    *("contracts", "notional", "fee", "fee_ccy", "ord_id", "cl_ord_id", "decision_id"),
    *("fill_id", "leg", "reasoner", "mode", "lag_ms"),
)
"""The mission's eight columns first."""

_FORMULA: Final = re.compile(r"[\s']*[=+\-@\t\r＝＋－＠]")


def write(out: TextIO, trades: Iterable[TradeRow]) -> int:
    """Write header and rows, one at a time, and return the number of rows.

    `out` must have been opened with newline="".
    """
    writer = csv.writer(out)
    writer.writerow(HEADER)
    count = 0
    for trade in trades:
        writer.writerow(_cell(cell) for cell in _fields(trade))
        count += 1
    return count


def defused(text: str) -> str:
    """Return a text cell that no spreadsheet takes for a formula and no terminal obeys."""
    starts_formula = _FORMULA.match(text) is not None
    cleaned = safe(text, keep_lines=True)
    return f"'{cleaned}" if starts_formula or _FORMULA.match(cleaned) else cleaned


def _cell(cell: str | Decimal | int) -> str:
    if isinstance(cell, Decimal):
        return plain(cell)
    return str(cell) if isinstance(cell, int) else defused(cell)


def _fields(trade: TradeRow) -> tuple[str | Decimal | int, ...]:
    """Return a row's cells in the order of HEADER."""
    return (
        str(trade.trade_id),
        utc_iso(trade.timestamp_ms),
        trade.symbol,
        trade.side.value,
        trade.price,
        trade.amount,
        trade.llm_reasoning,
        trade.pnl,
        trade.contracts,
        trade.notional,
        trade.fee,
        trade.fee_ccy,
        trade.ord_id,
        trade.cl_ord_id or "",
        trade.decision_id or "",
        trade.fill_id,
        trade.leg,
        trade.reasoner,
        trade.mode,
        trade.lag_ms,
    )
