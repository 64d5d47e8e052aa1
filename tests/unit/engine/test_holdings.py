"""Whose position it is: ours add up, foreign fills only take away."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tai2.engine.holdings import Holdings
from tai2.model.instrument import Side
from tai2.model.money import Contracts
from tai2.model.trade import Execution, netted
from tests.builders.market import INST, position


def execution(side: Side, contracts: str, leg: str = "entry") -> Execution:
    return Execution(symbol=INST, side=side, contracts=Contracts(Decimal(contracts)), leg=leg)


def share(held: str, *executions: Execution) -> Decimal:
    holdings = Holdings()
    holdings.load(executions)
    return holdings.share(position(held))


def test_our_fills_add_up() -> None:
    ours = [execution(Side.BUY, "2"), execution(Side.SELL, "0.5", "exit")]
    assert share("1.5", *ours) == Decimal("1.5")
    assert share("-1.5", *ours) == 0


def test_position_of_somebody_else_is_not_ours() -> None:
    closed = [execution(Side.BUY, "2"), execution(Side.SELL, "2", "stop")]
    assert share("3", *closed) == 0
    assert share("3", execution(Side.BUY, "3", "external")) == 0


def test_somebody_else_can_close_ours_and_reopening_it_is_theirs() -> None:
    by_hand = [
        execution(Side.SELL, "1"),
        execution(Side.BUY, "1.5", "external"),
        execution(Side.SELL, "1", "external"),
    ]
    assert share("-0.5", *by_hand) == 0


def test_share_is_never_more_than_is_held() -> None:
    assert share("1", execution(Side.BUY, "2")) == 1
    assert share("-1", execution(Side.SELL, "2")) == -1


FILLS = st.lists(
    st.builds(
        execution,
        st.sampled_from(Side),
        st.sampled_from(["0.1", "1", "2"]),
        st.sampled_from(["entry", "exit", "external"]),
    )
)


@given(fills=FILLS, held=st.sampled_from(["-3", "-0.5", "0", "0.5", "3"]))
def test_share_lies_between_nothing_and_the_position(fills: list[Execution], held: str) -> None:
    part = share(held, *fills)
    assert abs(part) <= abs(Decimal(held))
    assert part * Decimal(held) >= 0


@given(fills=FILLS, held=st.sampled_from(["-3", "-0.5", "0", "0.5", "3"]))
def test_netted_executions_lead_to_the_same_share(fills: list[Execution], held: str) -> None:
    fewer = list(netted(fills))
    assert share(held, *fewer) == share(held, *fills)
    foreign = sum(fill.leg == "external" for fill in fills)
    assert len(fewer) <= 2 * foreign + 1
