"""What a set of stops does for a holding, and what of it is too much."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai2.engine.cover import Bound, bound_of, cover
from tai2.model.ids import AlgoClOrdId
from tai2.model.instrument import Side
from tai2.model.money import Contracts, Px
from tai2.model.order import StopOrder
from tests.builders.market import INST, limits, swap


def contracts(text: str | int) -> Contracts:
    return Contracts(Decimal(text))


def stop(of: str | None, *, side: Side = Side.SELL, px: str | None = "99000") -> StopOrder:
    return StopOrder(
        inst_id=INST,
        algo_id=f"{of}{side}{px}",
        algo_cl_ord_id=AlgoClOrdId("s2main"),
        side=side,
        contracts=None if of is None else contracts(of),
        stop_px=None if px is None else Px(Decimal(px)),
        target_px=None,
    )


LONG = Bound(closing=Side.SELL, px=Px(Decimal(98_000)))


@pytest.mark.parametrize(
    ("sizes", "missing", "spare"),
    [
        ([], "10", []),
        (["10"], "0", []),
        (["6", "4"], "0", []),
        (["6"], "4", []),
        (["12"], "10", []),
        (["12", "10"], "0", ["12"]),
        (["10", "3"], "0", ["3"]),
        ([None], "0", []),
    ],
)
def test_as_many_stops_count_as_fit(
    sizes: list[str | None], missing: str, spare: list[str | None]
) -> None:
    found = cover(contracts(10), [stop(one) for one in sizes], LONG)
    assert found.missing == Decimal(missing)
    assert [one.contracts for one in found.spare] == [Decimal(one or 0) for one in spare]


def test_a_stop_of_the_wrong_side_or_without_a_price_does_not_count() -> None:
    wrong = [stop("10", side=Side.BUY), stop("10", px=None)]
    assert cover(contracts(10), wrong, LONG).missing == 10


def test_a_stop_beyond_the_bound_is_replaced_then_spare() -> None:
    far, near = stop("10", px="97000"), stop("10", px="98500")
    assert cover(contracts(10), [far], LONG).missing == 10
    assert cover(contracts(10), [far, near], LONG).spare == (far,)


@pytest.mark.parametrize(("share", "bound"), [(1, "94999.9"), (-1, "105000.1")])
def test_the_bound_is_measured_from_the_price_paid(share: int, bound: str) -> None:
    found = bound_of(
        contracts(share), Px(Decimal(100_000)), swap(), limits(stop_max_pct=Decimal(5))
    )
    assert found.px == Decimal(bound)


def test_a_short_stop_too_far_above_comes_nearer() -> None:
    bound = Bound(closing=Side.BUY, px=Px(Decimal(105_000)))
    assert bound.nearest(Px(Decimal(106_000))) == 105_000
    assert bound.nearest(Px(Decimal(104_000))) == 104_000


def test_without_an_average_any_stop_will_do() -> None:
    bound = bound_of(contracts(1), None, swap(), limits())
    assert bound.admits(stop("1", px="1"))
    assert bound.nearest(Px(Decimal(1))) == 1


@given(st.integers(1, 50), st.lists(st.integers(1, 60), max_size=6))
def test_what_counts_and_what_is_missing_is_the_holding(held: int, sizes: list[int]) -> None:
    found = cover(contracts(held), [stop(str(one)) for one in sizes], LONG)
    assert 0 <= found.missing <= held
    if found.missing == 0:
        kept = sum(sizes) - sum(one.contracts or 0 for one in found.spare)
        assert kept == held
    else:
        assert found.spare == ()
