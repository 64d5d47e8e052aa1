"""The simulated account in the same process: settings, balance, positions, statement.

`SimVenue` inherits it; it implements the ports AccountReader and StatusReader. It must never
compute what the exchange decides.
"""

from decimal import Decimal

from tai2.model.account import (
    Account,
    AccountConfig,
    Balance,
    Bill,
    BillKind,
    FeeRates,
    Position,
    PosMode,
)
from tai2.model.ids import InstId
from tai2.model.maintenance import Maintenance
from tai2.model.money import Contracts, Px, QuoteAmt
from tai2.sim.exchange import records
from tai2.sim.exchange.exchange import Exchange


class SimAccounts:
    """The account of one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def config(self) -> AccountConfig:
        return AccountConfig(
            uid="simulator",
            account_level="2",
            pos_mode=PosMode.NET,
            permissions=frozenset({"read_only", "trade"}),
            ip_bound=True,
        )

    async def account(self) -> Account:
        return self.account_now()

    async def fee_rates(self, inst_id: InstId) -> FeeRates:
        spec = self._exchange.spec(inst_id)
        return FeeRates(maker=spec.maker_rate, taker=spec.taker_rate)

    async def leverage(self, inst_id: InstId) -> Decimal:
        return self._exchange.lever(inst_id)

    async def bills(self, since_ms: int) -> tuple[Bill, ...]:
        return tuple(bill_of(one) for one in self._exchange.bills() if one.ts >= since_ms)

    async def server_time_ms(self) -> int:
        return self._exchange.now_ms

    async def maintenances(self) -> tuple[Maintenance, ...]:
        return ()

    def account_now(self) -> Account:
        """Return balance and positions as they stand."""
        now_ms, balance = self._exchange.now_ms, self._exchange.balance()
        return Account(
            balance=Balance(
                ccy=balance.ccy,
                equity=QuoteAmt(balance.eq),
                cash=QuoteAmt(balance.cash_bal),
                available=QuoteAmt(balance.avail),
                upnl=QuoteAmt(balance.upl),
                ts_event=now_ms,
                ts_recv=now_ms,
            ),
            positions=tuple(position_of(one, now_ms) for one in self._exchange.positions()),
        )


def bill_of(bill: records.BillView) -> Bill:
    """Return one change of the balance."""
    kinds = {"1": BillKind.TRANSFER, "8": BillKind.FUNDING}
    kind = BillKind.FILL if bill.trade_id else kinds.get(bill.type, BillKind.OTHER)
    return Bill(
        bill_id=bill.bill_id,
        kind=kind,
        inst_id=InstId(bill.inst_id) if bill.inst_id else None,
        ccy=bill.ccy,
        change=QuoteAmt(bill.bal_chg),
        balance=QuoteAmt(bill.bal),
        ts_event=bill.ts,
    )


def position_of(held: records.PositionView, now_ms: int) -> Position:
    """Return one open position."""
    return Position(
        inst_id=InstId(held.inst_id),
        contracts=Contracts(held.pos),
        avg_px=Px(held.avg_px),
        mark_px=Px(held.mark_px),
        upnl=QuoteAmt(held.upl),
        lever=held.lever,
        liq_px=None if held.liq_px is None else Px(held.liq_px),
        margin_mode="cross",
        opened_ms=held.c_time,
        ts_event=now_ms,
        ts_recv=now_ms,
    )
