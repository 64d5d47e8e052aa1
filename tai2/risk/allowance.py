"""What a reasoner may choose right now, so that it isn't asked for the impossible.

The cycle puts it into the request; the gate still judges whatever comes back.
It must never promise more than the gate would let through.
"""

from dataclasses import dataclass
from typing import Final

from tai2.model.controls import TradingState
from tai2.model.decision import Action, AllowedAction, PositionEffect
from tai2.model.instrument import Side
from tai2.model.maintenance import Stage
from tai2.model.money import ZERO, Contracts, Px, QuoteAmt
from tai2.risk import fare, pace
from tai2.risk.case import Case
from tai2.risk.gate import asked
from tai2.risk.rules import Rule
from tai2.risk.sizing import entry_caps, tightest


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Allowed actions besides HOLD, and the code of what forbids all of them."""

    actions: tuple[AllowedAction, ...]
    blocked_by: str
    """"" when something is allowed."""


STANDING: Final[tuple[Rule, ...]] = (
    *(pace.cooldown, pace.entries_hour, pace.entries_hour_total, pace.sends_day),
    *(pace.in_flight_total, fare.daily_loss, fare.drawdown, fare.losing_streak),
    *(fare.refusals, fare.order_errors, fare.llm_errors),
)
"""Rules that refuse any entry for a while, whatever it is: nobody need propose one."""


def allowance(case: Case) -> Allowance:
    """Return what may be chosen on one instrument now.

    Args:
        case: That of an entry that nobody wants: its decision counts for nothing.
    """
    controls, exposure = case.controls, case.exposure
    if controls.trading_state is TradingState.HALTED:
        return Allowance(actions=(), blocked_by="HALTED")
    if exposure.maintenance is Stage.ONGOING:
        return Allowance(actions=(), blocked_by="MAINTENANCE")
    if exposure.unknown_orders:
        return Allowance(actions=(), blocked_by="UNKNOWN_ORDER")
    book, held = case.book, exposure.position
    if book is None or held is None:
        return Allowance(actions=(), blocked_by="STALE_DATA")
    actions = _exits(held, case.instrument.notional(Contracts(abs(held)), book.mid))
    blocked = _no_entry(case)
    if not blocked:
        actions += _entries(held, _room(case))
        blocked = "SIZE_CAPS"
    return Allowance(actions=actions, blocked_by="" if actions else blocked)


def _no_entry(case: Case) -> str:
    """Return the code of what keeps every entry away now, "" = nothing."""
    if case.controls.trading_state is not TradingState.ACTIVE:
        return case.controls.trading_state.value.upper()
    if case.exposure.maintenance is not Stage.NONE:
        return "MAINTENANCE"
    return next((found.code for rule in STANDING if (found := asked(rule, case))), "")


def _exits(held: Contracts, notional: QuoteAmt) -> tuple[AllowedAction, ...]:
    if held == ZERO:
        return ()
    action = Action.SELL if held > ZERO else Action.BUY
    return tuple(
        AllowedAction(action=action, effect=effect, max_notional=notional)
        for effect in (PositionEffect.REDUCE, PositionEffect.CLOSE)
    )


def _entries(held: Contracts, room: QuoteAmt) -> tuple[AllowedAction, ...]:
    if room <= ZERO:
        return ()
    along = (Side.BUY,) if held > ZERO else (Side.SELL,)
    sides = along if held else (Side.BUY, Side.SELL)
    effect = PositionEffect.INCREASE if held else PositionEffect.OPEN
    return tuple(
        AllowedAction(action=Action[side.name], effect=effect, max_notional=room) for side in sides
    )


def _room(case: Case) -> QuoteAmt:
    """Return the notional of the largest entry, 0 when it can't be known or has no lot."""
    book, balance = case.book, case.snapshot.balance.fresh
    total, held = case.exposure.total_notional, case.exposure.position
    if book is None or balance is None or total is None or held is None:
        return QuoteAmt(ZERO)
    contracts = Contracts(abs(held) + case.exposure.pending)
    here = case.instrument.notional(contracts, Px(book.mid))
    caps = entry_caps(case.limits, case.controls, balance.equity, here, total)
    room = tightest(caps).notional
    return room if case.instrument.contracts_for(room, Px(book.best_ask)) else QuoteAmt(ZERO)
