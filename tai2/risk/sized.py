"""The size that an entry would leave with: what is asked for, cut to the caps and to lots.

The gate makes the order with it and the duplicate rule compares it, so that both mean one size.
"""

from tai2.model.money import Contracts
from tai2.risk.case import Case
from tai2.risk.sizing import Cap, entry_caps, entry_contracts


def sized(case: Case) -> Contracts | None:
    """Return the entry's contracts, 0 below a lot; None without a request or a price.

    Caps that can't be computed don't count here: the gate refuses without them.
    """
    requested, px = case.decision.notional, case.sizing_px
    if requested is None or px is None:
        return None
    return entry_contracts(case.instrument, requested, caps_of(case), px)


def caps_of(case: Case) -> tuple[Cap, ...]:
    """Return the caps on an entry; empty when equity or exposure isn't known."""
    balance, held, total = (
        case.snapshot.balance.fresh,
        case.held_notional,
        case.exposure.total_notional,
    )
    if balance is None or held is None or total is None:
        return ()
    return entry_caps(case.limits, case.controls, balance.equity, held, total)
