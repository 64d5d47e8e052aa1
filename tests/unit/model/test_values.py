"""Small values: what they say of themselves at their edges."""

from decimal import Decimal

from tai2.model.account import Account
from tai2.model.ids import InstId, algo_cl_ord_id, cl_ord_id, encode_ulid, is_own
from tai2.model.market import Bar
from tai2.model.money import QuoteAmt, in_bps
from tai2.model.snapshot import Aged, Freshness
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
