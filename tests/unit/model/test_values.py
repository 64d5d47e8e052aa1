"""Small values: what they say of themselves at their edges."""

from dataclasses import is_dataclass
from decimal import Decimal
from importlib import import_module
from pkgutil import iter_modules

import pytest

from tai2 import model
from tai2.model.account import Account
from tai2.model.decision import Action, Fact, Features, PositionEffect
from tai2.model.errors import DataInvalid
from tai2.model.ids import InstId, algo_cl_ord_id, cl_ord_id, encode_ulid, is_own
from tai2.model.instrument import Side
from tai2.model.market import Bar
from tai2.model.money import Contracts, QuoteAmt, dec, in_bps
from tai2.model.notice import Grade
from tai2.model.snapshot import Aged, Freshness
from tai2.model.trade import EXTERNAL, Execution, netted
from tests.builders import market as m
from tests.builders.trades import trade


def test_account_finds_a_position_and_says_flat_by_none() -> None:
    account = Account(balance=m.balance(), positions=(m.position("1"),))
    assert account.position(m.INST) == m.position("1")
    assert account.position(InstId("ETH-USDT-SWAP")) is None
    assert (m.position("0").is_flat, m.position("-1").is_flat) == (True, False)


def test_only_a_fresh_value_may_be_used() -> None:
    assert m.fresh(3).fresh == 3
    assert m.stale(3).fresh is None
    empty: Aged[int] = m.missing()
    assert (empty.fresh, empty.freshness) == (None, Freshness.MISSING)


def test_row_nets_its_fee_and_names_its_execution() -> None:
    row = trade(pnl=QuoteAmt(Decimal(3)))
    assert row.net_pnl == Decimal("2.95")
    assert (row.execution.contracts, row.execution.leg) == (row.contracts, "entry")


def test_client_ids_name_their_instance_and_fit_the_exchange() -> None:
    ulid = encode_ulid(m.NOW, 1 << 90)
    assert len(cl_ord_id("main", ulid)) == 32
    assert is_own(cl_ord_id("main", ulid), "main")
    assert is_own(algo_cl_ord_id("a", ulid), "a")
    assert not is_own(cl_ord_id("main", ulid), "next")
    assert not is_own("", "main")


def test_ids_sort_by_time() -> None:
    assert encode_ulid(m.NOW, 5) < encode_ulid(m.NOW + 1, 0)
    assert in_bps(Decimal(1), Decimal(1_000)) == 10


def test_indicators_are_found_by_bar_only_when_fresh() -> None:
    assert m.snapshot().technical_of(Bar.M5) is None


def test_only_a_fresh_fact_is_a_number() -> None:
    facts = {
        name: Fact(metric=name, text="2", number=Decimal(2), unit="", age_ms=1, freshness=freshness)
        for name, freshness in (("spread_bps", Freshness.FRESH), ("old", Freshness.STALE))
    }
    found = Features(facts=facts, series=())
    assert [found.number(name) for name in ("spread_bps", "old", "none")] == [2, None, None]


@pytest.mark.parametrize(
    ("action", "side"), [(Action.HOLD, None), (Action.BUY, Side.BUY), (Action.SELL, Side.SELL)]
)
def test_hold_has_no_side(action: Action, side: Side | None) -> None:
    assert m.decision(action=action).side is side


def test_only_growing_exposure_is_an_entry() -> None:
    grows = [effect for effect in PositionEffect if m.decision(effect=effect).is_entry]
    assert grows == [PositionEffect.OPEN, PositionEffect.INCREASE]


def test_whole_numbers_are_exact_and_truth_is_none() -> None:
    assert dec(5) == Decimal(5)
    with pytest.raises(DataInvalid):
        dec(True)  # type: ignore[arg-type]


def test_grades_are_ordered_by_what_they_ask_of_a_person() -> None:
    assert Grade.URGENT.is_at_least(Grade.WARNING)
    assert not Grade.INFO.is_at_least(Grade.WARNING)


def test_snapshot_names_the_required_fields_that_cannot_be_used() -> None:
    assert m.snapshot().unusable == ()
    found = m.snapshot(book=m.missing(), position=m.stale(m.position()), mark=m.missing())
    assert found.unusable == (("book", Freshness.MISSING), ("position", Freshness.STALE))


def test_every_record_of_the_model_is_frozen() -> None:
    modules = [import_module(f"tai2.model.{found.name}") for found in iter_modules(model.__path__)]
    records = {one for module in modules for one in vars(module).values() if is_dataclass(one)}
    assert len(records) > 50
    loose = [one for one in records if not one.__dataclass_params__.frozen]  # type: ignore[union-attr]
    assert loose == []


def did(side: Side, contracts: int, leg: str = "entry") -> Execution:
    return Execution(symbol=m.INST, side=side, contracts=Contracts(Decimal(contracts)), leg=leg)


def test_executions_of_ours_add_up_and_foreign_ones_keep_their_place() -> None:
    bought, sold = did(Side.BUY, 3), did(Side.SELL, 1, "exit")
    foreign = did(Side.SELL, 1, EXTERNAL)
    assert list(netted([bought, sold, foreign, bought])) == [
        did(Side.BUY, 2, "exit"),
        foreign,
        bought,
    ]
    assert list(netted([bought, did(Side.SELL, 3, "exit")])) == []
    assert list(netted([foreign])) == [foreign]
    assert list(netted([sold, did(Side.SELL, 1, "exit")])) == [did(Side.SELL, 2, "exit")]


def test_bars_know_their_width() -> None:
    assert [bar.ms for bar in (Bar.M1, Bar.M5)] == [60_000, 300_000]


def test_units_tell_when_old_figures_mean_another_thing() -> None:
    assert m.swap(is_live=False).units == m.swap().units
    assert m.swap(ct_val=Decimal(1)).units != m.swap().units
