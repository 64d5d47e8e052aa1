"""The table of executed trades and the line of sums below it.

`tai2 history` prints both. Figures come from the daemon; nothing is computed here but
the PnL after the fill's own fee, which the row itself defines.
"""

from collections.abc import Sequence

from tai2.cli.table import Column, render
from tai2.view import text
from tai2.wire.past import TotalsRow, TradeRow

_HEADINGS = ("Instrument", "Side", "Price", "Amount", "Notional", "Fee", "Net PnL", "Leg", "Why")


def table(trades: Sequence[TradeRow]) -> str:
    """Return the table; trades must not be empty."""
    zone = text.zone_name(trades[0].timestamp_ms)
    columns = [
        Column(f"Time ({zone})"),
        *(Column(name, is_number=1 < n < 7) for n, name in enumerate(_HEADINGS)),
    ]
    return render(columns, [_cells(trade) for trade in trades])


def totals_line(totals: TotalsRow, shown: int) -> str:
    """Return the sums over all trades that match."""
    return (
        f"{shown} of {totals.fills} fills · PnL {text.pnl(totals.pnl)} before fees, "
        f"fees {text.money(totals.fees)}, net {text.pnl(totals.pnl + totals.fees)} · "
        f"turnover {text.money(totals.notional)}"
    )


def _cells(trade: TradeRow) -> tuple[str, ...]:
    return (
        text.local_time(trade.timestamp_ms),
        text.safe(trade.symbol),
        trade.side.value,
        text.number(trade.price),
        text.number(trade.amount),
        text.money(trade.notional),
        text.money(trade.fee),
        text.pnl(trade.pnl + trade.fee),
        text.safe(trade.leg),
        text.safe(trade.llm_reasoning),
    )
