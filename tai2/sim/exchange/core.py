"""The state that the exchange's parts share, and the one way to change it and tell of it.

The matcher, stops and settlement work on it; the facade owns it.
A change must go through `save_*` or `book_fill`, so that listeners hear of it and `commit`
writes it down as one line.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from tai2.sim.exchange.entries import Entry, PriceMark, encode
from tai2.sim.exchange.formulas import base_qty
from tai2.sim.exchange.freezing import frozen_by
from tai2.sim.exchange.ids import Ids
from tai2.sim.exchange.listing import Listing
from tai2.sim.exchange.positions import held_key
from tai2.sim.exchange.purses import Purses
from tai2.sim.exchange.quirks import Quirks
from tai2.sim.exchange.records import (
    AlgoMoved,
    AlgoView,
    Amendment,
    BalanceMoved,
    BillView,
    FillView,
    InstSpec,
    OpenInterestView,
    OrderMoved,
    OrderView,
    PositionMoved,
    SimEvent,
)
from tai2.sim.exchange.register import Register
from tai2.sim.exchange.wallet import Wallet
from tai2.sim.log import EventLog

CHECKPOINT_MS: Final = 10_000
_ZERO: Final = Decimal(0)
Listener = Callable[[SimEvent], None]


class Core:
    """One account and its markets at one instant."""

    def __init__(
        self,
        specs: Sequence[InstSpec],
        *,
        cash: Mapping[str, Decimal],
        lever: Decimal,
        seed: int,
        log: EventLog | None,
    ) -> None:
        self.now_ms = 0
        self.listings = {spec.inst_id: Listing(spec) for spec in specs}
        self.purses = Purses(specs, cash=cash, lever=lever, marks=self._marks)
        self.pos_mode = "net_mode"
        """net_mode or long_short_mode."""
        self.register = Register()
        self.ids = Ids(seed)
        self.queue: dict[str, Decimal] = {}
        """Contracts of others that stand before a resting order, by ord_id."""
        self.timers: dict[str, int] = {}
        """Cancel-all-after by tag ("" = all): trigger time ms."""
        self.postponed: list[tuple[int, str]] = []
        """(due ms, ord_id) of orders that don't meet the book yet."""
        self.warned: set[str] = set()
        """Positions (by key) whose low margin ratio was told."""
        self.amending: list[tuple[int, Amendment]] = []
        """(due ms, change) of amendments that are still under way."""
        self.quirks = Quirks()
        self.log = log
        self._listeners: list[Listener] = []
        self._changed_held: set[str] = set()
        self._changed_levers: set[str] = set()
        self._changed_cash = set(self.purses.by_ccy)
        self.timers_changed = False
        self._checkpoint_at = 0

    def _marks(self, inst_id: str) -> tuple[Decimal, Decimal]:
        listing = self.listings[inst_id]
        mark = listing.reference_px()
        return mark, listing.last or mark

    def listen(self, listener: Listener) -> None:
        """Call a listener with every event from now on."""
        self._listeners.append(listener)

    def unlisten(self, listener: Listener) -> None:
        """Stop calling a listener."""
        self._listeners.remove(listener)

    def emit(self, event: SimEvent) -> None:
        """Tell every listener."""
        for listener in tuple(self._listeners):
            listener(event)

    def save_order(self, order: OrderView, fill: FillView | None = None) -> None:
        """Store and tell a new state of an order."""
        self.register.put_order(order)
        if fill is not None:
            self.register.put_fill(fill)
        self.emit(OrderMoved(order=order, fill=fill))

    def save_algo(self, algo: AlgoView) -> None:
        """Store and tell a new state of a stop."""
        self.register.put_algo(algo)
        self.emit(AlgoMoved(algo=algo))

    def save_bill(self, bill: BillView) -> None:
        """Store a change of cash that was just credited."""
        self.register.put_bill(bill)
        self._changed_cash.add(bill.ccy)

    def tell_account(self, inst_id: str, event_type: str, pos_side: str = "net") -> None:
        """Tell that a position and its currency's balance changed."""
        wallet, key = self.purse(inst_id), held_key(inst_id, pos_side)
        self._changed_held.add(key)
        held = wallet.held.get(key)
        if held is not None:
            position = wallet.view(held, self.ord_frozen(wallet.ccy))
            self.emit(PositionMoved(position=position, event_type=event_type))
        self.tell_cash(wallet.ccy, event_type)

    def tell_cash(self, ccy: str, event_type: str) -> None:
        """Tell that a currency's balance changed."""
        self._changed_cash.add(ccy)
        balance = self.purses.by_ccy[ccy].balance(self.ord_frozen(ccy))
        self.emit(BalanceMoved(balance=balance, event_type=event_type))

    def purse(self, inst_id: str) -> Wallet:
        """Return the wallet that an instrument is reckoned in."""
        return self.purses.of(inst_id)

    def open_interest(self, inst_id: str) -> OpenInterestView | None:
        """Return the market's open interest with the account's positions in it."""
        others, spec = self.listings[inst_id].open_interest, self.listings[inst_id].spec
        held = [one for one in self.purse(inst_id).open() if one.inst_id == inst_id]
        if others is None or not held:
            return others
        contracts = sum((abs(one.pos) for one in held), _ZERO)
        px = self.listings[inst_id].reference_px()
        base = base_qty(spec, contracts, px)
        return replace(
            others,
            oi=others.oi + contracts,
            oi_ccy=others.oi_ccy + base,
            oi_usd=others.oi_usd + base * px,
        )

    def set_lever(self, inst_id: str, lever: Decimal) -> None:
        """Change an instrument's leverage."""
        wallet = self.purse(inst_id)
        wallet.levers[inst_id] = lever
        self._changed_levers.add(inst_id)
        for held in wallet.open():
            if held.inst_id == inst_id:
                self.tell_account(inst_id, "set_leverage", held.pos_side)

    def ord_frozen(self, ccy: str) -> Decimal:
        """Return what resting orders hold back of a currency."""
        specs = {inst_id: listing.spec for inst_id, listing in self.listings.items()}
        return frozen_by(self.register.live.values(), specs, self.purses, ccy)

    def rest(self, order: OrderView) -> None:
        """Show an order's open size in the book, behind everybody at its price."""
        assert order.px is not None
        book = self.listings[order.inst_id].book
        self.queue[order.ord_id] = book.others[order.side].get(order.px, _ZERO)
        book.rest(order.side, order.px, order.open_sz, 1)

    def unrest(self, order: OrderView) -> None:
        """Take an order's open size out of the book if it's there."""
        if self.queue.pop(order.ord_id, None) is not None:
            assert order.px is not None
            self.listings[order.inst_id].book.rest(order.side, order.px, -order.open_sz, -1)

    def drain_book(self, listing: Listing) -> None:
        """Tell what changed in a book."""
        moved = listing.book.drain(self.now_ms)
        if moved is not None:
            self.emit(moved)

    def commit(self) -> None:
        """Write everything that changed since the last commit as one line."""
        if self.log is None:
            self.register.forget_changes()
            return
        prices = self._due_prices()
        if not (self._is_changed() or prices):
            return
        register = self.register
        wallets = self.purses
        entry = Entry(
            ts=self.now_ms,
            drawn=self.ids.drawn,
            cash={one: wallets.by_ccy[one].cash for one in self._changed_cash},
            orders=list(register.changed_orders.values()),
            fills=register.new_fills,
            bills=register.new_bills,
            past=register.new_past,
            algos=list(register.changed_algos.values()),
            held=[
                one
                for wallet in wallets
                for key, one in wallet.held.items()
                if key in self._changed_held
            ],
            levers={one: self.purse(one).levers[one] for one in self._changed_levers},
            timers=dict(self.timers) if self.timers_changed else None,
            pos_mode=self.pos_mode,
            prices=prices,
        )
        self.log.append(encode(entry))
        register.forget_changes()
        self._changed_held, self._changed_levers, self._changed_cash = set(), set(), set()
        self.timers_changed = False

    def _is_changed(self) -> bool:
        register = self.register
        orders = register.changed_orders or register.changed_algos or register.new_fills
        account = self._changed_held or self._changed_levers or self._changed_cash
        return bool(orders or account or self.timers_changed)

    def _due_prices(self) -> dict[str, PriceMark]:
        if self.now_ms < self._checkpoint_at:
            return {}
        known = {
            inst_id: PriceMark(
                last=one.last, mark=one.mark, index=one.index, next_trade=one.next_trade
            )
            for inst_id, one in self.listings.items()
            if one.last is not None
        }
        if known:
            self._checkpoint_at = self.now_ms + CHECKPOINT_MS
        return known
