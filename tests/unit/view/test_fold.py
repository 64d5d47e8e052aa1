"""Folding: what an event changes, what it leaves alone, and what it makes unknown."""

from dataclasses import replace
from decimal import Decimal

from tai2.model.account import Account, Balance, Position
from tai2.model.controls import TradingState
from tai2.model.events import (
    AccountChanged,
    ControlsChanged,
    CycleEnded,
    CycleRecord,
    HealthChanged,
    TickerMoved,
)
from tai2.model.ids import CycleId
from tai2.model.market import Ticker
from tai2.model.money import Contracts, Px, QuoteAmt
from tai2.view.fold import Reading, fold, ratio
from tai2.view.state import NEWEST, SECTIONS, ViewState, section
from tests.builders import market as m
from tests.builders.views import BTC, NOW, desk

D = Decimal


def account(contracts: str = "12", equity: str = "10040") -> Account:
    balance = Balance(
        ccy="USDT",
        equity=QuoteAmt(D(equity)),
        cash=QuoteAmt(D(10_000)),
        available=QuoteAmt(D(7_000)),
        upnl=QuoteAmt(D(40)),
        ts_event=NOW,
        ts_recv=NOW + 5,
    )
    held = Position(
        inst_id=BTC,
        contracts=Contracts(D(contracts)),
        avg_px=Px(D(66_420)),
        mark_px=Px(D(66_700)),
        upnl=QuoteAmt(D(40)),
        lever=D(3),
        liq_px=None,
        margin_mode="cross",
        opened_ms=NOW,
        ts_event=NOW,
        ts_recv=NOW,
    )
    return Account(balance=balance, positions=(held,) if D(contracts) else ())


def record(number: int) -> CycleRecord:
    return CycleRecord(
        cycle_id=CycleId(f"C{number:04}"),
        decision_id=None,
        inst_id=BTC,
        ts=NOW + number,
        duration_ms=1,
        outcome="hold",
        reason="NO_EDGE",
        reasoner="scripted",
        action="HOLD",
        effect="NONE",
        notional="",
        p_up="",
        cl_ord_id="",
        justification="",
        refusals=(),
        detail="",
    )


def moved(before: ViewState, after: ViewState) -> set[str]:
    return {name for name in SECTIONS if section(before, name) is not section(after, name)}


def test_a_reading_that_says_nothing_new_changes_nothing() -> None:
    state = desk()
    again = Reading(ts=NOW + 9, sections={name: section(state, name) for name in ("meta", "ta")})
    assert fold(state, again) is state


def test_a_reading_replaces_what_differs_under_the_next_revision() -> None:
    state = desk()
    halted = replace(state.meta, trading_state=TradingState.HALTED)
    after = fold(state, Reading(ts=NOW + 9, sections={"meta": halted, "ta": state.ta}))
    assert moved(state, after) == {"meta"}
    assert (after.meta.rev, after.meta.asof) == (2, NOW + 9)


def test_what_the_exchange_feeds_keeps_the_age_of_its_data() -> None:
    state = desk()
    read = replace(state.account, asof=NOW + 3)
    after = fold(state, Reading(ts=NOW + 9, sections={"account": read}))
    assert (after.account.rev, after.account.asof) == (2, NOW + 3)


def test_a_push_moves_money_and_keeps_what_guards_the_position() -> None:
    state = desk()
    after = fold(state, AccountChanged(account=account()))
    assert moved(state, after) == {"account", "positions"}
    held = after.positions.rows[BTC]
    assert (held.upnl, held.protected, held.stop_px) == (40, True, D("65900"))
    assert after.account.equity == 10_040


def test_another_size_makes_protection_and_value_unknown() -> None:
    held = fold(desk(), AccountChanged(account=account("24"))).positions.rows[BTC]
    assert (held.contracts, held.protected, held.stop_px, held.notional) == (24, None, None, None)


def test_a_closed_position_leaves() -> None:
    assert fold(desk(), AccountChanged(account=account("0"))).positions.rows == {}


def test_the_day_s_gain_follows_the_balance() -> None:
    state = desk()
    state = replace(state, account=replace(state.account, day_equity=QuoteAmt(D(10_000))))
    after = fold(state, AccountChanged(account=account(equity="9900")))
    assert (after.account.day_pnl, after.account.day_ratio) == (-100, D("-0.01"))


def test_a_ticker_of_an_unknown_instrument_waits_for_its_units() -> None:
    state = replace(desk(), tickers=ViewState().tickers)
    assert fold(state, TickerMoved(ticker=ticker())) is state


def ticker() -> Ticker:
    return Ticker(
        inst_id=BTC,
        ts_event=NOW,
        ts_recv=NOW + 7,
        last_px=Px(D(66_000)),
        bid_px=None,
        ask_px=None,
        open_24h=Px(D(60_000)),
        high_24h=Px(D(67_000)),
        low_24h=Px(D(59_000)),
        base_vol_24h=None,
    )


def test_a_ticker_moves_price_and_change_and_nothing_else() -> None:
    after = fold(desk(), TickerMoved(ticker=ticker()))
    row = after.tickers.rows[BTC]
    assert (row.last_px, row.change_ratio, row.funding_rate) == (66_000, D("0.1"), D("0.0001"))
    assert after.tickers.asof == NOW + 7


def test_only_the_newest_decisions_stay() -> None:
    state = ViewState()
    for number in range(NEWEST + 3):
        state = fold(state, CycleEnded(record=record(number)))
    assert len(state.decisions.rows) == NEWEST
    assert min(state.decisions.rows) == "C0003"


def test_a_halt_names_its_actor_and_time() -> None:
    controls = replace(
        m.controls(), trading_state=TradingState.HALTED, state_reason="news", changed_by="tui"
    )
    meta = fold(desk(), ControlsChanged(controls=controls)).meta
    assert (meta.trading_state, meta.state_by, meta.state_reason) == (
        TradingState.HALTED,
        "tui",
        "news",
    )


def test_health_is_kept_by_part() -> None:
    ill = HealthChanged(part="ingest", is_ok=False, detail="gone", ts=NOW)
    rows = fold(desk(), ill).health.rows
    assert [(row.part, row.ok) for row in rows.values()] == [("ingest", False)]


def test_a_ratio_of_nothing_is_unknown() -> None:
    assert ratio(D(1), D(0)) is None
    assert ratio(None, D(1)) is None
    assert ratio(D(1), D(3)) == D("0.333333")
