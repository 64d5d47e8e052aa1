"""What a reasoner may choose right now, so that it isn't asked for the impossible.

The cycle puts it into the request; the gate still judges whatever comes back.
It must never promise more than the gate would let through.
"""

from dataclasses import dataclass

from tai2.model.controls import Controls, TradingState
from tai2.model.decision import Action, AllowedAction, PositionEffect
from tai2.model.instrument import Instrument, Side
from tai2.model.limits import Limits
from tai2.model.maintenance import Stage
from tai2.model.money import ZERO, Contracts, Px, QuoteAmt
from tai2.model.snapshot import Snapshot
from tai2.risk.case import Exposure
from tai2.risk.sizing import entry_caps, tightest


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Allowed actions besides HOLD, and the code of what forbids all of them."""

    actions: tuple[AllowedAction, ...]
    blocked_by: str
    """"" when something is allowed."""


def allowance(
    snapshot: Snapshot,
    instrument: Instrument,
    exposure: Exposure,
    limits: Limits,
    controls: Controls,
) -> Allowance:
    """Return what may be chosen on one instrument now."""
    if controls.trading_state is TradingState.HALTED:
        return Allowance(actions=(), blocked_by="HALTED")
    if exposure.maintenance is Stage.ONGOING:
        return Allowance(actions=(), blocked_by="MAINTENANCE")
    if exposure.unknown_orders:
        return Allowance(actions=(), blocked_by="UNKNOWN_ORDER")
    book, held = snapshot.book.fresh, exposure.position
    if book is None or held is None:
        return Allowance(actions=(), blocked_by="STALE_DATA")
    actions = _exits(held, instrument.notional(Contracts(abs(held)), book.mid))
    may_enter = exposure.maintenance is Stage.NONE
    if controls.trading_state is TradingState.ACTIVE and may_enter:
        room = _room(snapshot, instrument, exposure, limits, controls)
        actions += _entries(held, room)
    blocked = "" if actions else controls.trading_state.value.upper()
    if controls.trading_state is TradingState.ACTIVE and not actions:
        blocked = "SIZE_CAPS" if may_enter else "MAINTENANCE"
    return Allowance(actions=actions, blocked_by=blocked)


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


def _room(
    snapshot: Snapshot,
    instrument: Instrument,
    exposure: Exposure,
    limits: Limits,
    controls: Controls,
) -> QuoteAmt:
    """Return the notional of the largest entry, 0 when it can't be known or has no lot."""
    book, balance, total = snapshot.book.fresh, snapshot.balance.fresh, exposure.total_notional
    if book is None or balance is None or total is None or exposure.position is None:
        return QuoteAmt(ZERO)
    contracts = Contracts(abs(exposure.position) + exposure.pending)
    held = instrument.notional(contracts, Px(book.mid))
    room = tightest(entry_caps(limits, controls, balance.equity, held, total)).notional
    return room if instrument.contracts_for(room, Px(book.best_ask)) else QuoteAmt(ZERO)
