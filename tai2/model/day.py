"""One day's account closed: what was earned, moved and left unexplained.

The breakers close it at the first quiet moment of the next day, the journal keeps it, status
shows it. The figures are the exchange's; what they don't explain must never be hidden in another.
"""

from dataclasses import dataclass

from tai2.model.money import QuoteAmt


@dataclass(frozen=True, slots=True, kw_only=True)
class DayClose:
    """The change of an account from one anchor to the next, in settle currency.

    cash_close = cash_open + pnl + fees + funding + others + transfers + drift
    """

    day_ms: int
    """00:00 UTC of the day, ms."""
    since_ms: int
    """When it was anchored: 00:00 or a little later, or when a person re-armed."""
    until_ms: int
    cash_open: QuoteAmt
    cash_close: QuoteAmt
    equity_open: QuoteAmt
    equity_close: QuoteAmt
    """The last equity of the day: cash and the open positions' unrealised PnL."""
    pnl: QuoteAmt
    """Realised by fills, before fees."""
    fees: QuoteAmt
    """Signed: negative = paid."""
    funding: QuoteAmt
    """Signed: negative = paid."""
    others: QuoteAmt
    """Interest and the like."""
    transfers: QuoteAmt
    """Signed: negative = withdrawn."""
    drift: QuoteAmt
    """Change of cash that none of these explains."""
