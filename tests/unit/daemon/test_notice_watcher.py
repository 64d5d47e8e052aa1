"""What is worth a notice: fills, changes of the trading state, outages, streaks, lost keys."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.daemon.notices.watcher import STREAK, Watcher
from tai2.model.controls import TradingState
from tai2.model.events import (
    AccountChanged,
    ControlsChanged,
    CycleEnded,
    Event,
    HealthChanged,
    TradeRecorded,
)
from tai2.model.money import QuoteAmt
from tai2.model.notice import Grade, Notice
from tests.builders.market import NOW, controls
from tests.builders.trades import cycle, trade


@pytest.fixture
def watcher() -> Watcher:
    return Watcher(TradingState.ACTIVE)


def seen(watcher: Watcher, *events: Event) -> list[Notice]:
    return [notice for event in events for notice in watcher.see(event)]


def state(to: TradingState, by: str) -> ControlsChanged:
    return ControlsChanged(
        controls=controls(trading_state=to, state_reason="day loss 3.1 %", changed_by=by)
    )


def cycles(outcome: str, count: int, reason: str = "X") -> list[CycleEnded]:
    return [CycleEnded(record=cycle(number, outcome, reason)) for number in range(count)]


def test_a_fill_tells_price_fee_and_reason(watcher: Watcher) -> None:
    (notice,) = seen(watcher, TradeRecorded(trade=trade(1)))
    assert notice.grade is Grade.INFO
    assert notice.title == "BUY BTC-USDT-SWAP filled (entry)"
    assert notice.text == "0.001 at 100,000, fee -0.0500 USDT. because"


def test_a_stop_that_filled_matters_more_and_tells_the_loss(watcher: Watcher) -> None:
    lost = trade(1, leg="stop", pnl=QuoteAmt(Decimal("-3.00")))
    (notice,) = seen(watcher, TradeRecorded(trade=lost))
    assert notice.grade is Grade.WARNING
    assert "PnL ▼-3.05 after its fee" in notice.text


def test_a_halt_by_a_guard_is_urgent_and_names_the_cure(watcher: Watcher) -> None:
    (notice,) = seen(watcher, state(TradingState.HALTED, "guard"))
    assert notice.grade is Grade.URGENT
    assert notice.title == "Trading is HALTED"
    assert notice.text == "Set by guard: day loss 3.1 %. Only a person lets it go on: tai2 resume."


def test_a_halt_by_the_operator_is_told_without_alarm(watcher: Watcher) -> None:
    assert seen(watcher, state(TradingState.HALTED, "operator"))[0].grade is Grade.WARNING


def test_other_controls_are_not_a_change_of_state(watcher: Watcher) -> None:
    assert seen(watcher, ControlsChanged(controls=controls(interval_s=Decimal(5)))) == []


def test_a_desk_that_starts_halted_tells_its_resume() -> None:
    (notice,) = seen(Watcher(TradingState.HALTED), state(TradingState.ACTIVE, "operator"))
    assert notice.title == "Trading is ACTIVE"


@pytest.mark.parametrize("outcome", ["refused", "no_decision", "stale", "rejected"])
def test_a_streak_is_told_once(watcher: Watcher, outcome: str) -> None:
    notices = seen(watcher, *cycles(outcome, 3 * STREAK))
    assert len(notices) == 1
    assert notices[0].title.startswith(f"BTC-USDT-SWAP: {STREAK} ")


def test_a_streak_that_is_broken_starts_anew(watcher: Watcher) -> None:
    short = cycles("refused", STREAK - 1)
    assert seen(watcher, *short, *cycles("hold", 1), *short) == []


def test_streaks_of_two_instruments_are_not_added(watcher: Watcher) -> None:
    other = replace(cycle(1, "refused", "X"), inst_id="ETH-USDT-SWAP")
    mixed = [*cycles("refused", STREAK - 1), *[CycleEnded(record=other)] * (STREAK - 1)]
    assert seen(watcher, *mixed) == []


def test_an_order_of_unknown_fate_is_urgent(watcher: Watcher) -> None:
    (notice,) = seen(watcher, *cycles("unknown", 1, "read timeout"))
    assert notice.grade is Grade.URGENT
    assert "frozen until the exchange's own evidence" in notice.text


@pytest.mark.parametrize(
    ("code", "grade"),
    [("LLM_KEY_REJECTED", Grade.URGENT), ("LLM_BUDGET_DAY", Grade.WARNING)],
)
def test_a_model_that_cannot_be_paid_is_told_at_once(
    watcher: Watcher, code: str, grade: Grade
) -> None:
    (notice,) = seen(watcher, *cycles("no_decision", 1, code))
    assert notice.grade is grade


def test_an_outage_is_told_at_its_start_and_at_its_end(watcher: Watcher) -> None:
    gone = HealthChanged(part="postgres", is_ok=False, detail="timeout", ts=NOW)
    back = HealthChanged(part="postgres", is_ok=True, detail="restarted", ts=NOW)
    notices = seen(watcher, gone, back)
    assert [notice.title for notice in notices] == ["postgres is degraded", "postgres works again"]
    assert [notice.grade for notice in notices] == [Grade.WARNING, Grade.INFO]


def test_what_a_stranger_wrote_carries_no_control_characters(watcher: Watcher) -> None:
    nasty = trade(1, llm_reasoning="\x1b[31mred\x07 \u202eevil\nline")
    (notice,) = seen(watcher, TradeRecorded(trade=nasty))
    assert notice.text.endswith("red evil line")


def test_an_account_update_is_no_news(watcher: Watcher) -> None:
    from tai2.model.account import Account
    from tests.builders.market import balance

    assert seen(watcher, AccountChanged(account=Account(balance=balance(), positions=()))) == []
