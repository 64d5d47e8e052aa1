"""How large an order may be: the smallest of all caps, rounded down to lots.

The gate sizes entries and exits with it, the request tells the model the same figures.
It must never round up, and never return a size when a cap can't be computed.
"""

from dataclasses import dataclass
from decimal import Decimal

from tai2.model.controls import Controls
from tai2.model.instrument import Instrument
from tai2.model.limits import Limits
from tai2.model.money import ZERO, Contracts, Px, QuoteAmt


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """One upper bound of an order's notional."""

    rule: str
    notional: QuoteAmt
    """Quote currency, never negative."""


def entry_caps(
    limits: Limits,
    controls: Controls,
    equity: QuoteAmt,
    held: QuoteAmt,
    total: QuoteAmt,
) -> tuple[Cap, ...]:
    """Return every cap on one more entry, in quote currency.

    Args:
        limits: Ceilings of the settings.
        controls: The operator's, never looser.
        equity: Account equity.
        held: Notional of this instrument's position and pending entries.
        total: Notional of all positions and pending entries.
    """
    order = min(limits.max_order_notional, controls.max_order_notional)
    position = min(limits.max_position_notional, controls.max_position_notional)
    return (
        _cap("max_order_notional", order),
        _cap("max_order_equity_pct", equity * limits.max_order_equity_pct / 100),
        _cap("max_position_notional", position - held),
        _cap("max_total_equity_ratio", equity * limits.max_total_equity_ratio - total),
    )


def tightest(caps: tuple[Cap, ...]) -> Cap:
    """Return the cap that binds."""
    return min(caps, key=lambda cap: cap.notional)


def entry_contracts(
    instrument: Instrument, requested: QuoteAmt, caps: tuple[Cap, ...], px: Px
) -> Contracts:
    """Return the size of an entry worth at most the request and every cap at `px`; may be 0."""
    notional = QuoteAmt(min((requested, *(cap.notional for cap in caps))))
    contracts = instrument.contracts_for(notional, px)
    largest = instrument.max_lmt_sz
    return (
        contracts if largest is None else instrument.round_down(Contracts(min(contracts, largest)))
    )


def exit_contracts(
    instrument: Instrument, position: Contracts, requested: QuoteAmt | None, px: Px
) -> Contracts:
    """Return how much of a position to close.

    Args:
        instrument: Its instrument.
        position: Signed contracts held now.
        requested: Notional to close; None = all of it.
        px: Price to value the request at.

    Returns:
        Unsigned contracts, never more than held. All of it when the request reaches it.
    """
    held = Contracts(abs(position))
    if requested is None or instrument.notional(held, px) <= requested:
        return held
    return instrument.contracts_for(requested, px)


def _cap(rule: str, notional: Decimal) -> Cap:
    return Cap(rule=rule, notional=QuoteAmt(max(notional, ZERO)))
