"""One position through its life: opening, adding, closing a part, turning, ending.

The wallet keeps them and books executions through `moved`; records of the past come from
`past_of`. Pure functions of frozen records; nothing of the account's cash is known here.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from tai2.sim.exchange import formulas
from tai2.sim.exchange.records import InstSpec, PastPosition

_ZERO: Final = Decimal(0)
CLOSED: Final = "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One position, or (pos 0) the memory of its last life."""

    inst_id: str
    pos_id: str
    pos_side: str = "net"
    pos: Decimal = _ZERO
    """Signed, in hedge mode too."""
    avg_px: Decimal = _ZERO
    pnl: Decimal = _ZERO
    fee: Decimal = _ZERO
    funding_fee: Decimal = _ZERO
    liq_penalty: Decimal = _ZERO
    trade_id: str = ""
    max_pos: Decimal = _ZERO
    """Largest size of this life."""
    closed: Decimal = _ZERO
    """Contracts closed so far."""
    closed_px: Decimal = _ZERO
    """Their average price."""
    c_time: int = 0
    u_time: int = 0

    @property
    def key(self) -> str:
        """Where the wallet keeps it."""
        return held_key(self.inst_id, self.pos_side)

    @property
    def realized(self) -> Decimal:
        """Everything that the position has brought since it was opened."""
        return self.pnl + self.fee + self.funding_fee + self.liq_penalty


def held_key(inst_id: str, pos_side: str) -> str:
    """Return the key of a position; net positions go by their instrument alone."""
    return inst_id if pos_side in ("", "net") else f"{inst_id}:{pos_side}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One execution as the wallet sees it."""

    signed_sz: Decimal
    px: Decimal
    fee: Decimal
    """Negative = charged."""
    trade_id: str
    ts: int
    pos_side: str = "net"


def moved(spec: InstSpec, held: Held, booking: Booking) -> tuple[Held, Decimal]:
    """Return the position after an execution and the PnL that its closing part realised."""
    after, realised = _moved(spec, held, booking)
    return (
        replace(
            after,
            pnl=after.pnl + realised,
            fee=after.fee + booking.fee,
            trade_id=booking.trade_id,
            max_pos=max(after.max_pos, abs(after.pos)),
            u_time=booking.ts,
        ),
        realised,
    )


def _moved(spec: InstSpec, held: Held, booking: Booking) -> tuple[Held, Decimal]:
    signed, px = booking.signed_sz, booking.px
    if not held.pos:
        fresh = Held(
            inst_id=held.inst_id,
            pos_id=held.pos_id,
            pos_side=held.pos_side,
            pos=signed,
            avg_px=px,
            c_time=booking.ts,
        )
        return fresh, _ZERO
    if (held.pos > 0) == (signed > 0):
        avg_px = formulas.average(spec, (held.pos, held.avg_px), (signed, px))
        return replace(held, pos=held.pos + signed, avg_px=avg_px), _ZERO
    part = held.pos if abs(signed) >= abs(held.pos) else -signed
    realised = formulas.pnl(spec, part, held.avg_px, px)
    left, done = held.pos + signed, held.closed + abs(part)
    turned = left and (left > 0) != (held.pos > 0)
    closed_px = formulas.rounded((held.closed_px * held.closed + px * abs(part)) / done)
    after = replace(held, pos=left, closed=done, closed_px=closed_px)
    return (replace(after, avg_px=px, c_time=booking.ts) if turned else after), realised


def past_of(
    spec: InstSpec, held: Held, before: Held, lever: Decimal, forced: tuple[str, Decimal] | None
) -> PastPosition:
    """Return the record of a position that ended or was cut by force.

    Args:
        spec: Its instrument.
        held: The position after its last execution.
        before: The same position before it.
        lever: Leverage, for the ratio of profit to initial margin.
        forced: (type, mark price) of a liquidation or ADL, None = closed by orders.
    """
    margin = formulas.notional(spec, held.max_pos, before.avg_px) / lever
    return PastPosition(
        inst_type=spec.inst_type,
        inst_id=held.inst_id,
        pos_id=held.pos_id,
        pos_side=held.pos_side,
        type=forced[0] if forced else CLOSED,
        direction="long" if before.pos > 0 else "short",
        lever=lever,
        ccy=spec.purse_ccy,
        open_avg_px=before.avg_px,
        close_avg_px=held.closed_px,
        open_max_pos=held.max_pos,
        close_total_pos=held.closed,
        pnl=held.pnl,
        fee=held.fee,
        funding_fee=held.funding_fee,
        liq_penalty=held.liq_penalty,
        realized_pnl=held.realized,
        pnl_ratio=formulas.rounded(held.realized / margin),
        trigger_px=forced[1] if forced else None,
        c_time=held.c_time,
        u_time=held.u_time,
    )
