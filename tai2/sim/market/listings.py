"""The instruments that the simulator lists when nobody names others.

Compositions and tests take them from here; values are OKX's own where it publishes them.
Nothing here may depend on a market's price.
"""

from decimal import Decimal
from typing import Final

from tai2.sim.exchange.records import InstSpec

_LISTED_MS: Final = 1_573_557_408_000


def linear_swap(base: str, *, ct_val: str, tick_sz: str, max_mkt_sz: str, code: int) -> InstSpec:
    """Return a USDT-margined perpetual with lots of 0.01 contracts and level-1 fees."""
    return InstSpec(
        inst_type="SWAP",
        inst_id=f"{base}-USDT-SWAP",
        inst_family=f"{base}-USDT",
        base_ccy=base,
        quote_ccy="USDT",
        settle_ccy="USDT",
        ct_val=Decimal(ct_val),
        ct_mult=Decimal(1),
        ct_val_ccy=base,
        ct_type="linear",
        tick_sz=Decimal(tick_sz),
        lot_sz=Decimal("0.01"),
        min_sz=Decimal("0.01"),
        max_lmt_sz=Decimal(100_000_000),
        max_mkt_sz=Decimal(max_mkt_sz),
        lever=Decimal(100),
        group_id="4",
        inst_id_code=code,
        list_time=_LISTED_MS,
        maker_rate=Decimal("0.0002"),
        taker_rate=Decimal("0.0005"),
        mmr_rate=Decimal("0.004"),
    )


BTC: Final = linear_swap("BTC", ct_val="0.01", tick_sz="0.1", max_mkt_sz="12000", code=10459)
ETH: Final = linear_swap("ETH", ct_val="0.1", tick_sz="0.01", max_mkt_sz="20000", code=10461)
SOL: Final = linear_swap("SOL", ct_val="1", tick_sz="0.01", max_mkt_sz="50000", code=10463)
DEFAULT_SPECS: Final = (BTC, ETH, SOL)
