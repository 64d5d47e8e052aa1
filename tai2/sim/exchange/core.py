"""The state that the exchange's parts share, and the one way to change it and tell of it.

The matcher, stops and settlement work on it; the facade owns it.
A change must go through `save_*` or `book_fill`, so that listeners hear of it and `commit`
writes it down as one line.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from tai2.sim.exchange.entries import Entry, PriceMark, encode
from tai2.sim.exchange.ids import Ids
from tai2.sim.exchange.listing import Listing
from tai2.sim.exchange.quirks import Quirks
from tai2.sim.exchange.records import (
    AlgoMoved,
    AlgoView,
    BalanceMoved,
    FillView,
    InstSpec,
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
        by_id = {spec.inst_id: spec for spec in specs}
        ccy = specs[0].settle_ccy
        if any(spec.settle_ccy != ccy or spec.inst_type != "SWAP" for spec in specs):
            raise ValueError("the simulator trades swaps of one settle currency")
        self.wallet = Wallet(
            by_id, ccy=ccy, cash=cash.get(ccy, _ZERO), lever=lever, marks=self._marks
        )
        self.register = Register()
        self.ids = Ids(seed)
        self.queue: dict[str, Decimal] = {}
        """Contracts of others that stand before a resting order, by ord_id."""
        self.timers: dict[str, int] = {}
        """Cancel-all-after by tag ("" = all): trigger time ms."""
        self.postponed: list[tuple[int, str]] = []
        """(due ms, ord_id) of orders that don't meet the book yet."""
        self.quirks = Quirks()
        self.log = log
        self._listeners: list[Listener] = []
        self._changed_held: set[str] = set()
        self._changed_levers: set[str] = set()
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

    def tell_account(self, inst_id: str, event_type: str) -> None:
        """Tell that a position and the balance changed."""
        self._changed_held.add(inst_id)
        frozen = self.ord_frozen()
        held = self.wallet.held.get(inst_id)
        if held is not None:
            position = self.wallet.view(held, frozen)
            self.emit(PositionMoved(position=position, event_type=event_type))
        balance = self.wallet.balance(frozen)
        self.emit(BalanceMoved(balance=balance, event_type=event_type))

    def set_lever(self, inst_id: str, lever: Decimal) -> None:
        """Change an instrument's leverage."""
        self.wallet.levers[inst_id] = lever
        self._changed_levers.add(inst_id)
        if self.wallet.pos(inst_id):
            self.tell_account(inst_id, "set_leverage")

    def ord_frozen(self) -> Decimal:
        """Return the initial margin that resting orders hold back.

        Orders against a position need none for the part that closes it, oldest first.
        """
        frozen, closable = _ZERO, {one.inst_id: one.pos for one in self.wallet.open()}
        for order in self.register.live.values():
            if order.reduce_only or order.px is None:
                continue
            opening = order.open_sz
            held = closable.get(order.inst_id, _ZERO)
            if held and (held > 0) == (order.side == "sell"):
                closing = min(abs(held), opening)
                opening -= closing
                closable[order.inst_id] = held - closing if held > 0 else held + closing
            frozen += self.wallet.imr_for(order.inst_id, opening, order.px)
        return frozen

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
        entry = Entry(
            ts=self.now_ms,
            drawn=self.ids.drawn,
            cash=self.wallet.cash,
            cash_ts=self.wallet.u_time,
            orders=list(register.changed_orders.values()),
            fills=register.new_fills,
            algos=list(register.changed_algos.values()),
            held=[self.wallet.held[one] for one in self._changed_held if one in self.wallet.held],
            levers={one: self.wallet.levers[one] for one in self._changed_levers},
            timers=dict(self.timers) if self.timers_changed else None,
            prices=prices,
        )
        self.log.append(encode(entry))
        register.forget_changes()
        self._changed_held, self._changed_levers, self.timers_changed = set(), set(), False

    def _is_changed(self) -> bool:
        register = self.register
        orders = register.changed_orders or register.changed_algos or register.new_fills
        return bool(orders or self._changed_held or self._changed_levers or self.timers_changed)

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
