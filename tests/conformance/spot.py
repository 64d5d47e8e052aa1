"""An exchange with a pair of currencies beside the swap, for the lines that are about money."""

from decimal import Decimal

from tai2.sim.exchange.exchange import Exchange
from tai2.sim.market.listings import BTC_INVERSE, BTC_SPOT
from tests.wire.sim_server_support import swap

SPOT = BTC_SPOT.inst_id
INVERSE = BTC_INVERSE.inst_id


def two_markets(cash: str = "10000", coins: str = "1") -> Exchange:
    """Return BTC-USDT-SWAP, BTC-USDT and BTC-USD-SWAP with quotes around 100 000."""
    exchange = Exchange(
        [swap(), BTC_SPOT, BTC_INVERSE],
        cash={"USDT": Decimal(cash), "BTC": Decimal(coins)},
        lever=Decimal(5),
        seed=1,
    )
    exchange.advance(1)
    for inst_id, depth in ((SPOT, "2"), (INVERSE, "1000")):
        exchange.set_book(
            inst_id,
            {Decimal("99999.9"): Decimal(depth)},
            {Decimal(100_000): Decimal(depth)},
        )
        exchange.set_index(inst_id, Decimal(100_000))
    return exchange
