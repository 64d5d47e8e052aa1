"""The breakers' arithmetic: what transfers, losses and unexplained changes do to the baselines."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.model.condition import BreakerState, Realised
from tai2.model.controls import TradingState
from tai2.model.ids import OrdId
from tai2.model.money import QuoteAmt
from tai2.risk.breakers import (
    DAY_MS,
    Flows,
    Outcomes,
    Reading,
    advanced,
    armed,
    closed,
    condition,
    is_new_day,
    losing_streak,
    needs_bills,
    surely,
    trips,
)
from tests.builders import market as m

MORNING = m.NOW - m.NOW % DAY_MS
START = armed(MORNING + 1, QuoteAmt(Decimal(10_000)), QuoteAmt(Decimal(10_000)))
PAST = Outcomes(cycles=(), orders=(), closings=(), sends=0)


def amount(number: int | str) -> QuoteAmt:
    return QuoteAmt(Decimal(number))


def flows(**changes: int) -> Flows:
    names = ("pnl", "fees", "funding", "others", "transfers")
    return Flows(**{name: amount(changes.get(name, 0)) for name in names})


def reading(
    equity: int,
    cash: int,
    moved: Flows | None = None,
    *,
    is_quiet: bool = True,
    later_ms: int = 60_000,
) -> Reading:
    return Reading(
        now_ms=MORNING + later_ms,
        equity=amount(equity),
        cash=amount(cash),
        flows=moved or flows(),
        is_quiet=is_quiet,
    )


def lost_pct(state: BreakerState, seen: Reading) -> tuple[Decimal | None, Decimal | None]:
    found = condition(state, seen, PAST)
    return found.day_loss_pct, found.drawdown_pct


def test_withdrawal_in_the_statement_is_no_loss_and_a_deposit_no_gain() -> None:
    gone = reading(8_000, 8_000, flows(transfers=-2_000))
    state = advanced(START, gone)
    assert (state.day_equity, state.peak_equity, lost_pct(state, gone)) == (8_000, 8_000, (0, 0))
    back = reading(9_000, 9_000, flows(transfers=-1_000))
    again = advanced(state, back)
    assert (again.day_equity, again.deposits, again.suspected) == (9_000, -1_000, 0)
    worse = reading(8_730, 8_730, flows(transfers=-1_000, pnl=-270))
    assert lost_pct(advanced(again, worse), worse) == (3, 3)


def test_funding_and_interest_are_losses_that_are_explained() -> None:
    paid = reading(9_900, 9_900, flows(funding=-60, others=-40))
    state = advanced(START, paid)
    assert (state.suspected, state.day_equity) == (0, 10_000)
    assert condition(state, paid, PAST).drift == 0
    assert lost_pct(state, paid) == (1, 1)


def test_withdrawal_seen_before_its_bill_refuses_at_once_and_latches_nothing() -> None:
    unbilled = reading(8_000, 8_000)
    assert needs_bills(START, unbilled)
    state = advanced(START, unbilled)
    assert lost_pct(state, unbilled) == (20, 20)
    assert trips(condition(state, surely(state, unbilled), PAST), m.limits()) == ()
    billed = reading(8_000, 8_000, flows(transfers=-2_000))
    assert lost_pct(advanced(state, billed), billed) == (0, 0)


def test_cash_that_went_without_a_word_is_a_loss_until_the_statement_names_it() -> None:
    unbilled = reading(8_000, 8_000)
    state = advanced(advanced(START, unbilled), unbilled)
    assert (state.lost, state.suspected) == (2_000, 0)
    sure = condition(state, surely(state, unbilled), PAST)
    assert [trip.name for trip in trips(sure, m.limits())] == ["daily_loss", "drawdown"]
    late = reading(8_000, 8_000, flows(transfers=-2_000))
    found = advanced(state, late)
    assert (found.lost, found.deposits, found.day_equity) == (0, -2_000, 8_000)


def test_cash_that_came_without_a_word_hides_no_loss_from_its_first_second() -> None:
    richer = reading(10_700, 11_000, flows())
    state = advanced(START, richer)
    assert (state.suspected, state.peak_equity) == (1_000, 10_000)
    assert lost_pct(state, richer) == (3, 3)
    assert advanced(state, richer).day_equity == 11_000


def test_nothing_is_compared_while_an_order_works() -> None:
    busy = reading(8_000, 8_000, is_quiet=False)
    assert not needs_bills(START, busy)
    assert advanced(START, busy).suspected == 0
    assert not is_new_day(START, replace(busy, now_ms=MORNING + DAY_MS))


def test_crumbs_are_left_alone() -> None:
    state = advanced(replace(START, suspected=amount(50)), reading(10_005, 10_005))
    assert (state.suspected, state.deposits, state.peak_equity) == (0, 0, 10_005)


def test_another_change_before_the_second_look_starts_the_doubt_anew() -> None:
    state = advanced(advanced(START, reading(9_500, 9_500)), reading(9_000, 9_000))
    assert (state.suspected, state.lost) == (-1_000, 0)


def test_day_closes_with_figures_that_add_up_and_the_next_begins_where_it_ended() -> None:
    evening = reading(10_050, 10_000, flows(), later_ms=DAY_MS - 1)
    state = advanced(START, evening)
    moved = flows(pnl=30, fees=-5, funding=-2, others=-1, transfers=500)
    seen = reading(10_570, 10_523, moved, later_ms=DAY_MS + 5_000)
    day = closed(state, seen)
    parts = day.pnl + day.fees + day.funding + day.others + day.transfers + day.drift
    assert day.cash_close == day.cash_open + parts
    assert (day.drift, day.equity_open, day.equity_close) == (1, 10_000, 10_050)
    after = advanced(state, seen)
    assert (after.day_ms, after.day_equity, after.deposits) == (MORNING + DAY_MS, 10_550, 0)
    assert (after.anchor_cash, after.peak_equity) == (10_523, 10_570)


def test_day_stays_open_while_a_change_is_in_doubt() -> None:
    seen = reading(9_000, 9_000, later_ms=DAY_MS + 5_000)
    doubtful = advanced(START, seen)
    assert doubtful.day_ms == MORNING
    assert advanced(doubtful, seen).day_ms == MORNING + DAY_MS


@pytest.mark.parametrize("seen", [None, reading(0, 0, later_ms=1)])
def test_loss_of_what_is_not_known_is_not_known(seen: Reading | None) -> None:
    state = replace(START, day_equity=amount(0), peak_equity=amount(0)) if seen else START
    found = condition(state, seen, PAST)
    assert (found.day_loss_pct, found.drawdown_pct) == (None, None)
    assert condition(None, None, PAST).drift is None


def test_streaks_count_from_the_newest_and_stop_at_the_first_that_differs() -> None:
    past = Outcomes(
        cycles=((9, "no_decision"), (8, "stale"), (7, "no_decision"), (6, "refused")),
        orders=((5, True), (4, True), (3, False)),
        closings=(),
        sends=7,
    )
    found = condition(START, reading(10_000, 10_000), past)
    assert (found.llm_errors, found.llm_error_ms) == (2, 9)
    assert (found.order_errors, found.order_error_ms) == (2, 5)
    assert (found.refusals, found.sends) == (0, 7)


def closing(order: str, pnl: int, fee: int) -> Realised:
    return Realised(ts=m.NOW, ord_id=OrdId(order), pnl=amount(pnl), fee=amount(fee))


def test_losing_streak_counts_orders_after_fees() -> None:
    parts = [("1", 5, -1), ("2", -4, -1), ("2", 2, -1), ("3", 1, -2), ("4", 0, -1)]
    fills = [closing(*part) for part in parts]
    assert losing_streak(fills) == 2


def test_day_that_has_had_all_its_orders_leaves_only_the_way_out() -> None:
    found = condition(START, reading(10_000, 10_000), replace(PAST, sends=200))
    (trip,) = trips(found, m.limits())
    assert (trip.name, trip.state) == ("sends_day", TradingState.REDUCING)
    assert trip.text == "sends_day: 200 orders today, 200 allowed"
