"""Brings an exchange back from its log: orders, fills, stops, positions, cash, ids, prices.

The facade calls it once, before anything else happens.
It must not emit events: nothing of this is news.
"""

from typing import Final

from tai2.model.errors import DataInvalid
from tai2.sim.exchange.core import Core
from tai2.sim.exchange.entries import Entry, decode
from tai2.sim.log import EventLog

TRADE_GAP: Final = 1_000_000
"""Trade numbers skipped at a restart: prints after the last checkpoint aren't in the log."""


def reload(core: Core, log: EventLog) -> None:
    """Fold every line of the log into a fresh core."""
    seen = False
    for line in log.lines():
        _apply(core, decode(line))
        seen = True
    if not seen:
        return
    core.register.forget_changes()
    unlisted = {one.inst_id for one in core.wallet.open()} - core.listings.keys()
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


def _apply(core: Core, entry: Entry) -> None:
    core.now_ms = entry.ts
    core.ids.drawn = entry.drawn
    core.wallet.cash, core.wallet.u_time = entry.cash, entry.cash_ts
    for order in entry.orders:
        core.register.put_order(order)
    for fill in entry.fills:
        core.register.put_fill(fill)
        listing = core.listings.get(fill.inst_id)
        if listing is not None:
            listing.next_trade = max(listing.next_trade, abs(int(fill.trade_id)))
    for algo in entry.algos:
        core.register.put_algo(algo)
    for held in entry.held:
        core.wallet.amend(held)
    core.wallet.levers.update(entry.levers)
    if entry.timers is not None:
        core.timers = dict(entry.timers)
    _apply_prices(core, entry)


def _apply_prices(core: Core, entry: Entry) -> None:
    for inst_id, price in entry.prices.items():
        listing = core.listings.get(inst_id)
        if listing is not None:
            listing.last, listing.mark, listing.index = price.last, price.mark, price.index
            listing.next_trade = max(listing.next_trade, price.next_trade)
