"""What may be asked of the exchange: the public side, and the account's own side.

The facade inherits both; servers, faces and markets call them.
Reading must never change anything: unknown instruments raise KeyError, unknown orders are None.
"""

from decimal import Decimal

from tai2.sim.exchange.core import Core, Listener
from tai2.sim.exchange.records import (
    AlgoView,
    BalanceView,
    BillView,
    BookView,
    CandleRow,
    FillView,
    FundingView,
    InstSpec,
    OpenInterestView,
    OrderView,
    PastPosition,
    PositionView,
    TickerView,
    TradeRow,
)


class PublicReads:
    """What everybody may ask."""

    def __init__(self, core: Core) -> None:
        self._core = core

    @property
    def now_ms(self) -> int:
        """The exchange's own time, ms UTC; only `advance` moves it."""
        return self._core.now_ms

    def subscribe(self, listener: Listener) -> None:
        """Call a listener with every event from now on, synchronously and in order."""
        self._core.listen(listener)

    def unsubscribe(self, listener: Listener) -> None:
        """Stop calling a listener that was subscribed."""
        self._core.unlisten(listener)

    def specs(self) -> tuple[InstSpec, ...]:
        """Return every instrument."""
        return tuple(listing.spec for listing in self._core.listings.values())

    def spec(self, inst_id: str) -> InstSpec:
        """Return one instrument."""
        return self._core.listings[inst_id].spec

    def book(self, inst_id: str, depth: int) -> BookView:
        """Return up to `depth` levels a side, own orders included."""
        return self._core.listings[inst_id].book.view(depth, self.now_ms)

    def ticker(self, inst_id: str) -> TickerView:
        """Return last trade, best quotes and 24-hour figures."""
        return self._core.listings[inst_id].ticker(self.now_ms)

    def trades(self, inst_id: str, limit: int) -> list[TradeRow]:
        """Return up to `limit` newest trades, newest last."""
        return list(self._core.listings[inst_id].tape)[-limit:]

    def candles(self, inst_id: str, bar: str) -> list[CandleRow]:
        """Return bars of a width, oldest first, the forming one last."""
        return self._core.listings[inst_id].rows(bar)

    def forming(self, inst_id: str, bar: str) -> CandleRow | None:
        """Return the bar in the making; None before the first trade."""
        return self._core.listings[inst_id].forming(bar)

    def funding(self, inst_id: str) -> FundingView | None:
        """Return the current period's funding; None before a market set it."""
        return self._core.listings[inst_id].funding

    def funding_history(self, inst_id: str) -> list[FundingView]:
        """Return settled fundings, oldest first."""
        return list(self._core.listings[inst_id].fundings)

    def open_interest(self, inst_id: str) -> OpenInterestView | None:
        """Return everybody's long contracts, the account's too; None before a market set it."""
        return self._core.open_interest(inst_id)

    def mark_px(self, inst_id: str) -> Decimal:
        """Return the mark price, 0 before any price."""
        return self._core.listings[inst_id].reference_px()

    def index_px(self, inst_id: str) -> Decimal:
        """Return the index price, 0 before any price."""
        listing = self._core.listings[inst_id]
        return listing.index or listing.reference_px()

    def price_limit(self, inst_id: str) -> tuple[Decimal, Decimal]:
        """Return (highest buying, lowest selling) limit price."""
        return self._core.listings[inst_id].band()


class AccountReads(PublicReads):
    """What the account's owner may ask besides."""

    def order(self, inst_id: str, ord_id: str = "", cl_ord_id: str = "") -> OrderView | None:
        """Return an order; ord_id wins, a reused cl_ord_id gives its newest."""
        return self._core.register.order(inst_id, ord_id, cl_ord_id)

    def pending(self) -> list[OrderView]:
        """Return orders that may still execute, newest last."""
        return list(self._core.register.live.values())

    def history(self) -> list[OrderView]:
        """Return ended orders by placement, newest last."""
        register = self._core.register
        return [one for one in register.orders.values() if one.ord_id not in register.live]

    def fills(self) -> list[FillView]:
        """Return executions, newest last."""
        return list(self._core.register.fills)

    def algos(self) -> list[AlgoView]:
        """Return live stops, newest last."""
        return list(self._core.register.algos.values())

    def algo_history(self) -> list[AlgoView]:
        """Return ended stops, newest last."""
        return list(self._core.register.algos_done)

    def balance(self) -> BalanceView:
        """Return the figures of the first instrument's currency."""
        wallet = self._core.purses.first()
        return wallet.balance(self._core.ord_frozen(wallet.ccy))

    def balances(self) -> list[BalanceView]:
        """Return the figures of every currency, the first instrument's first."""
        core = self._core
        return [one.balance(core.ord_frozen(one.ccy)) for one in core.purses]

    def bills(self) -> list[BillView]:
        """Return changes of cash, newest last."""
        return list(self._core.register.bills)

    def past_positions(self) -> list[PastPosition]:
        """Return positions that ended or were cut by force, newest last."""
        return list(self._core.register.past)

    @property
    def pos_mode(self) -> str:
        """net_mode or long_short_mode."""
        return self._core.pos_mode

    def positions(self) -> list[PositionView]:
        """Return open positions by instrument."""
        core = self._core
        return [
            core.purse(held.inst_id).view(held, core.ord_frozen(core.purse(held.inst_id).ccy))
            for held in core.purses.open()
        ]

    def lever(self, inst_id: str) -> Decimal:
        """Return the leverage of an instrument."""
        return self._core.purse(inst_id).levers[inst_id]
