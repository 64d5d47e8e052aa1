"""Aggregated trades taken apart again, as trades-all and the REST tape show them.

The tape keeps one row per taker order and price; some readers want one per match. Sizes must
add up to the aggregate's.
"""

from collections.abc import Iterator
from dataclasses import replace

from tai2.sim.exchange.records import InstSpec, TradeRow


def single_trades(spec: InstSpec | None, row: TradeRow) -> Iterator[TradeRow]:
    """Take an aggregated trade apart: one row per match, ids consecutive, sizes in lots."""
    if spec is None or row.count == 1:
        yield row
        return
    last, lots = int(row.trade_id), row.sz // spec.lot_sz
    each, more = divmod(lots, row.count)
    for number in range(row.count):
        part = (each + (1 if number < more else 0)) * spec.lot_sz
        trade_id = str(last - row.count + 1 + number)
        yield replace(row, trade_id=trade_id, sz=part, count=1)
