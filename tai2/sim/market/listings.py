"""The instruments that the simulator lists when nobody names others.

Compositions and tests take them from here; values are OKX's own where it publishes them.
Nothing here may depend on a market's price.
"""

from dataclasses import replace
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


def spot_pair(base: str, *, tick_sz: str, lot_sz: str, min_sz: str, code: int) -> InstSpec:
    """Return a pair against USDT with level-1 fees."""
    return replace(
        linear_swap(base, ct_val="1", tick_sz=tick_sz, max_mkt_sz="1000000", code=code),
        inst_type="SPOT",
        inst_id=f"{base}-USDT",
        settle_ccy="",
        ct_val_ccy="",
        ct_type="",
        lot_sz=Decimal(lot_sz),
        min_sz=Decimal(min_sz),
        lever=Decimal(1),
        group_id="1",
        maker_rate=Decimal("0.0008"),
        taker_rate=Decimal("0.001"),
    )


BTC_SPOT: Final = spot_pair("BTC", tick_sz="0.1", lot_sz="0.00000001", min_sz="0.00001", code=10455)
ETH_SPOT: Final = spot_pair("ETH", tick_sz="0.01", lot_sz="0.000001", min_sz="0.0001", code=10456)
BTC_INVERSE: Final = replace(
    linear_swap("BTC", ct_val="100", tick_sz="0.1", max_mkt_sz="100000", code=10458),
    inst_id="BTC-USD-SWAP",
    inst_family="BTC-USD",
    quote_ccy="USD",
    settle_ccy="BTC",
    ct_val_ccy="USD",
    ct_type="inverse",
    lot_sz=Decimal(1),
    min_sz=Decimal(1),
)
ALL_SPECS: Final = (*DEFAULT_SPECS, BTC_SPOT, ETH_SPOT, BTC_INVERSE)
"""With pairs of currencies and a coin-margined swap; cash in BTC is needed to trade the last."""
