"""Brings an exchange back from its log: orders, fills, stops, positions, cash, ids, prices.

The facade calls it once, before anything else happens.
It must not emit events: nothing of this is news.
"""

from typing import Final

from tai2.model.errors import DataInvalid
from tai2.sim.exchange.core import Core
from tai2.sim.exchange.entries import Entry, decode
from tai2.sim.exchange.positions import Held
from tai2.sim.log import EventLog

TRADE_GAP: Final = 1_000_000
"""Trade numbers skipped at a restart: prints after the last checkpoint aren't in the log."""


def reload(core: Core, log: EventLog) -> None:
    """Fold every line of the log into a fresh core."""
    seen, strays = False, dict[str, Held]()
    for line in log.lines():
        _apply(core, decode(line), strays)
        seen = True
    if not seen:
        return
    core.register.forget_changes()
    unlisted = {held.inst_id for held in strays.values() if held.pos}
    if unlisted:
        raise DataInvalid(
            f"the simulator's log holds positions in {', '.join(sorted(unlisted))}",
            "list these instruments again, or move the simulator's directory away",
        )
    for listing in core.listings.values():
        listing.next_trade += TRADE_GAP
    for order in list(core.register.live.values()):
        if order.inst_id in core.listings and order.px is not None:
            core.rest(order)


def _apply(core: Core, entry: Entry, strays: dict[str, Held]) -> None:
    core.now_ms = entry.ts
    core.ids.drawn = entry.drawn
    core.pos_mode = entry.pos_mode
    if entry.timers is not None:
        core.timers = dict(entry.timers)
    _apply_records(core, entry)
    _apply_money(core, entry, strays)
    _apply_prices(core, entry)


def _apply_records(core: Core, entry: Entry) -> None:
    register = core.register
    for order in entry.orders:
        register.put_order(order)
    for fill in entry.fills:
        register.put_fill(fill)
        listing = core.listings.get(fill.inst_id)
        if listing is not None:
            listing.next_trade = max(listing.next_trade, abs(int(fill.trade_id)))
    for algo in entry.algos:
        register.put_algo(algo)
    for bill in entry.bills:
        register.put_bill(bill)
    for past in entry.past:
        register.put_past(past)


def _apply_money(core: Core, entry: Entry, strays: dict[str, Held]) -> None:
    for ccy, cash in entry.cash.items():
        wallet = core.purses.by_ccy.get(ccy)
        if wallet is not None:
            wallet.cash, wallet.u_time = cash, entry.ts
    for held in entry.held:
        if held.inst_id in core.listings:
            core.purse(held.inst_id).amend(held)
        else:
            strays[held.key] = held
    for inst_id, lever in entry.levers.items():
        if inst_id in core.listings:
            core.purse(inst_id).levers[inst_id] = lever


def _apply_prices(core: Core, entry: Entry) -> None:
    for inst_id, price in entry.prices.items():
        listing = core.listings.get(inst_id)
        if listing is not None:
            listing.last, listing.mark, listing.index = price.last, price.mark, price.index
            listing.next_trade = max(listing.next_trade, price.next_trade)
