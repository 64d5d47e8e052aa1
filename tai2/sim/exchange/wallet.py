"""The account's money: cash, net positions, leverage, all in one settle currency.

The matcher books fills here, settlement books funding, the core asks for margin figures.
It must never create or lose money: cash moves only by realised PnL, fees, funding and takeover.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from tai2.sim.exchange import formulas
from tai2.sim.exchange.positions import Booking, Held, held_key, moved
from tai2.sim.exchange.records import BalanceView, InstSpec, PositionView

_ZERO: Final = Decimal(0)


Marks = Callable[[str], tuple[Decimal, Decimal]]
"""Gives (mark, last) of an instrument."""


class Wallet:
    """Cash and positions of one currency."""

    def __init__(
        self,
        specs: Mapping[str, InstSpec],
        *,
        ccy: str,
        cash: Decimal,
        lever: Decimal,
        marks: Marks,
    ) -> None:
        self.ccy = ccy
        self.cash = cash
        self.held: dict[str, Held] = {}
        self.levers = {inst_id: min(lever, spec.lever) for inst_id, spec in specs.items()}
        self.u_time = 0
        self._specs = dict(specs)
        self._marks = marks

    def relist(self, spec: InstSpec) -> None:
        """Take an instrument's new properties."""
        self._specs[spec.inst_id] = spec

    def pos(self, inst_id: str, pos_side: str = "net") -> Decimal:
        """Return the signed contracts held, 0 = flat."""
        held = self.held.get(held_key(inst_id, pos_side))
        return held.pos if held else _ZERO

    def open(self) -> list[Held]:
        """Return the open positions ordered by instrument and side."""
        return [self.held[key] for key in sorted(self.held) if self.held[key].pos]

    def book(self, inst_id: str, booking: Booking, new_pos_id: Callable[[], str]) -> Decimal:
        """Book one execution and return the PnL that it realised (before its fee)."""
        known = self.held.get(held_key(inst_id, booking.pos_side))
        held = known or Held(inst_id=inst_id, pos_id=new_pos_id(), pos_side=booking.pos_side)
        after, realised = moved(self._specs[inst_id], held, booking)
        self.amend(after)
        self.credit(realised + booking.fee, booking.ts)
        return realised

    def credit(self, change: Decimal, ts: int) -> None:
        """Change cash by a signed sum."""
        self.cash += change
        self.u_time = ts

    def amend(self, held: Held) -> None:
        """Replace the record of a position."""
        self.held[held.key] = held

    def imr_for(self, inst_id: str, contracts: Decimal, px: Decimal) -> Decimal:
        """Return the initial margin of a size at a price."""
        worth = formulas.notional(self._specs[inst_id], contracts, px)
        return formulas.rounded(worth / self.levers[inst_id])

    def upl(self, held: Held) -> Decimal:
        """Return the unrealised profit at the mark."""
        spec, mark = self._specs[held.inst_id], self._marks(held.inst_id)[0]
        return formulas.pnl(spec, held.pos, held.avg_px, mark) if held.pos else _ZERO

    def margin_for(self, held: Held, ord_frozen: Decimal) -> Decimal:
        """Return what cross margin leaves for one position: cash + others' upl − orders'."""
        others = (self.upl(other) for other in self.open() if other.key != held.key)
        return self.cash + sum(others, _ZERO) - ord_frozen

    def balance(self, ord_frozen: Decimal) -> BalanceView:
        """Return the account's figures (source: OKX v5, balance identities)."""
        held = self.open()
        upl = sum((self.upl(one) for one in held), _ZERO)
        imr = sum((self._imr(one) for one in held), _ZERO)
        mmr = sum((self._mmr(one) for one in held), _ZERO)
        equity, frozen = self.cash + upl, imr + ord_frozen
        return BalanceView(
            ccy=self.ccy,
            eq=equity,
            cash_bal=self.cash,
            avail=max(_ZERO, equity - frozen),
            frozen=frozen,
            ord_frozen=ord_frozen,
            upl=upl,
            imr=imr,
            mmr=mmr,
            mgn_ratio=self._mgn_ratio(equity - ord_frozen),
            u_time=self.u_time,
        )

    def _worth(self, held: Held) -> Decimal:
        return formulas.notional(self._specs[held.inst_id], held.pos, self._marks(held.inst_id)[0])

    def _imr(self, held: Held) -> Decimal:
        return formulas.rounded(self._worth(held) / self.levers[held.inst_id])

    def _mmr(self, held: Held) -> Decimal:
        return self._worth(held) * self.mmr_rate(held)

    def mmr_rate(self, held: Held) -> Decimal:
        """Return the maintenance rate of the tier that a position's size falls into."""
        return formulas.tier_of(self._specs[held.inst_id], held.pos).mmr

    def _mgn_ratio(self, equity: Decimal) -> Decimal | None:
        need = _ZERO
        for held in self.open():
            taker_rate = self._specs[held.inst_id].taker_rate
            need += self._worth(held) * (self.mmr_rate(held) + taker_rate)
        return formulas.rounded(equity / need) if need else None

    def view(self, held: Held, ord_frozen: Decimal) -> PositionView:
        """Return one position with its margin figures."""
        spec = self._specs[held.inst_id]
        mark, last = self._marks(held.inst_id)
        upl, imr = self.upl(held), self._imr(held)
        entry_margin = self.imr_for(held.inst_id, held.pos, held.avg_px) if held.pos else _ZERO
        margin = self.margin_for(held, ord_frozen)
        return PositionView(
            inst_type=spec.inst_type,
            inst_id=held.inst_id,
            pos_id=held.pos_id,
            pos_side=held.pos_side,
            pos=held.pos,
            avg_px=held.avg_px,
            mark_px=mark,
            last_px=last,
            upl=upl,
            upl_ratio=formulas.rounded(upl / entry_margin) if entry_margin else _ZERO,
            lever=self.levers[held.inst_id],
            liq_px=formulas.liquidation_px(spec, held.pos, held.avg_px, margin)
            if held.pos
            else None,
            imr=imr,
            mmr=self._mmr(held),
            mgn_ratio=self._mgn_ratio(margin + upl) if held.pos else None,
            notional_usd=self._worth(held),
            realized_pnl=held.realized,
            pnl=held.pnl,
            fee=held.fee,
            funding_fee=held.funding_fee,
            liq_penalty=held.liq_penalty,
            trade_id=held.trade_id,
            ccy=self.ccy,
            c_time=held.c_time,
            u_time=held.u_time,
        )
