"""Sizes cross units only through the instrument, never rounded up."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai2.model.ids import InstId
from tai2.model.instrument import InstKind, Instrument, Side
from tai2.model.money import Contracts, Px, QuoteAmt


def instrument(kind: InstKind = InstKind.LINEAR, ct_val: str = "0.01") -> Instrument:
    return Instrument(
        inst_id=InstId("BTC-USDT-SWAP"),
        kind=kind,
        base_ccy="BTC",
        quote_ccy="USDT",
        settle_ccy="USDT",
        ct_val=Decimal(ct_val),
        tick_sz=Decimal("0.1"),
        lot_sz=Decimal("0.01"),
        min_sz=Decimal("0.01"),
        max_lmt_sz=None,
        max_mkt_sz=None,
        lever_max=Decimal(100),
        is_live=True,
    )


def test_linear_contracts_are_worth_ct_val_times_price() -> None:
    assert instrument().notional(Contracts(Decimal(10)), Px(Decimal(101_000))) == 10_100


def test_inverse_contracts_are_worth_their_face() -> None:
    inverse = instrument(InstKind.INVERSE, "100")
    assert inverse.notional(Contracts(Decimal(3)), Px(Decimal(50_000))) == 300
    assert inverse.base_qty(Contracts(Decimal(5)), Px(Decimal(50_000))) == Decimal("0.01")


def test_linear_pnl_reproduces_the_worked_example() -> None:
    pnl = instrument().pnl(Contracts(Decimal(10)), Px(Decimal(100_000)), Px(Decimal(101_000)))
    assert pnl == 100


def test_inverse_pnl_reproduces_the_worked_example() -> None:
    inverse = instrument(InstKind.INVERSE, "100")
    pnl = inverse.pnl(Contracts(Decimal(100)), Px(Decimal(100_000)), Px(Decimal(101_000)))
    assert round(pnl, 8) == Decimal("0.00099010")


def test_amount_below_the_smallest_size_buys_nothing() -> None:
    assert instrument().contracts_for(QuoteAmt(Decimal(9)), Px(Decimal(100_000))) == 0


@pytest.mark.parametrize("ct_val", ["0.01", "0.1", "1", "1000"])
@given(
    notional=st.decimals(min_value=0, max_value=10**6, places=2),
    px=st.decimals(min_value="0.01", max_value=10**5, places=2),
)
def test_converted_size_never_costs_more_than_asked(
    ct_val: str, notional: Decimal, px: Decimal
) -> None:
    swap = instrument(ct_val=ct_val)
    contracts = swap.contracts_for(QuoteAmt(notional), Px(px))
    assert swap.notional(contracts, Px(px)) <= notional
    assert contracts % swap.lot_sz == 0


def test_limit_price_is_rounded_against_paying_more() -> None:
    swap = instrument()
    assert swap.marketable_px(Side.BUY, Px(Decimal("100.19"))) == Decimal("100.1")
    assert swap.marketable_px(Side.SELL, Px(Decimal("100.11"))) == Decimal("100.2")


def test_stop_is_rounded_toward_the_entry() -> None:
    swap = instrument()
    assert swap.stop_px(Side.BUY, Px(Decimal("90.11"))) == Decimal("90.2")
    assert swap.stop_px(Side.SELL, Px(Decimal("110.19"))) == Decimal("110.1")
