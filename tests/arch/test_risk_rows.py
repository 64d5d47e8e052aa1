"""Every row of the table of guards has a rule and a test; a row without one fails here."""

import ast
from pathlib import Path

import pytest

from tai2.risk.guards import BY_NAME

TESTS = Path(__file__).parents[1]
SPECIFICATION = Path(__file__).parents[3] / "shared" / "orders-and-risk.md"

# row of the table → (guards that hold it, tests that prove it)
ROWS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "mode": (("trading_state",), ("test_with_real_money_every_word_is_typed_in_full",)),
    "symbol allow‑list": (
        ("allow_list", "instrument_live", "meta_age"),
        ("test_suspended_instrument_is_refused", "test_a_guard_that_lets_its_breach_pass_is_named"),
    ),
    "max order notional": (
        ("max_order_notional", "max_order_equity_pct"),
        ("test_no_allowed_order_exceeds_any_cap",),
    ),
    "max position notional": (
        ("max_position_notional",),
        ("test_full_position_leaves_no_room", "test_pending_entries_count_as_held"),
    ),
    "max total notional": (("max_total_equity_ratio",), ("test_unknown_total_exposure_refuses",)),
    "leverage cap": (
        ("leverage", "liquidation"),
        ("test_leverage_above_the_cap_or_unknown_is_refused",),
    ),
    "daily loss halt": (
        ("daily_loss",),
        ("test_a_loss_halts_without_any_decision_and_survives_a_restart",),
    ),
    "drawdown halt": (
        ("drawdown",),
        ("test_a_loss_halts_without_any_decision_and_survives_a_restart",),
    ),
    "trades/hour": (
        ("entries_hour", "entries_hour_total"),
        ("test_used_room_and_the_last_trip_show",),
    ),
    "cooldown": (("cooldown",), ("test_an_instrument_rests_longer_after_a_stop_out",)),
    "in‑flight": (
        ("in_flight", "in_flight_total", "unknown_order"),
        ("test_unknown_order_freezes_the_instrument",),
    ),
    "duplicate intent": (
        ("duplicate",),
        ("test_the_same_entry_again_within_a_minute_is_a_duplicate",),
    ),
    "snapshot age": (("stale_data",), ("test_stale_or_missing_data_refuses_an_entry",)),
    "decision age": (
        ("decision_age",),
        (
            "test_late_decision_and_future_decision_are_refused",
            "test_entry_that_waited_too_long_for_its_turn_is_not_sent",
        ),
    ),
    "price drift": (
        ("price_drift",),
        ("test_drift_since_the_snapshot_refuses", "test_price_jump_after_the_gate_is_caught"),
    ),
    "spread": (("spread",), ("test_wide_spread_refuses",)),
    "slippage": (("slippage",), ("test_a_thin_book_is_refused_by_its_depth",)),
    "price band": (
        ("mark_band", "price_limit", "target_distance"),
        (
            "test_a_price_far_from_the_mark_is_refused",
            "test_a_price_that_the_exchange_would_not_take_is_refused",
        ),
    ),
    "lot/tick/min": (
        ("min_size",),
        ("test_amount_below_one_lot_is_refused_never_rounded_up",),
    ),
    "confidence floor": (("confidence",), ("test_low_or_absurd_confidence_is_refused",)),
    "stop‑loss required": (
        ("stop_required", "stop_distance"),
        ("test_entry_without_a_proper_stop_is_refused",),
    ),
    "LLM spend": ((), ("test_a_call_dearer_than_its_cap_is_refused",)),
    "error breaker": (
        ("order_errors", "llm_errors", "refusals", "losing_streak"),
        (
            "test_rejected_orders_in_a_row_pause_entries_for_a_while",
            "test_replies_without_a_decision_pause_entries_then_let_one_try",
        ),
    ),
    "message throttle": (("sends_2s", "sends_day"), ("test_a_burst_is_stopped_at_the_last_look",)),
    "halt/resume latch": (
        ("trading_state",),
        (
            "test_halt_survives_a_restart_and_an_unknown_version",
            "test_resume_needs_a_reason_and_a_fresh_reconciliation",
        ),
    ),
    "reduce‑only mode": (
        ("trading_state", "position_effect"),
        ("test_halt_refuses_everything_and_reducing_refuses_entries",),
    ),
    "clock": (("clock",), ("test_a_clock_that_is_off_or_unmeasured_refuses_entries",)),
    "account check": (
        ("account_check",),
        ("test_changed_contract_value_halts_and_isnt_taken",),
    ),
}


def defined_tests() -> set[str]:
    names: set[str] = set()
    for path in TESTS.rglob("test_*.py"):
        tree = ast.parse(path.read_text())
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        names |= {node.name for node in tree.body if isinstance(node, functions)}
    return names


@pytest.mark.parametrize("row", ROWS)
def test_row_is_held_by_guards_that_exist(row: str) -> None:
    guards, _tests = ROWS[row]
    assert set(guards) <= set(BY_NAME)


def test_every_row_names_tests_that_exist() -> None:
    wanted = {name for _guards, tests in ROWS.values() for name in tests}
    assert wanted - defined_tests() == set()


def test_every_guard_belongs_to_a_row() -> None:
    # lessons, §2, what sizing needs, strangers of §2
    beyond = {"edge", "maintenance", "touch_known", "size_caps", "foreign_position"}
    held = {guard for guards, _tests in ROWS.values() for guard in guards}
    assert set(BY_NAME) - held == beyond


@pytest.mark.skipif(not SPECIFICATION.exists(), reason="the specification isn't beside the code")
def test_table_has_every_row_of_the_specification() -> None:
    text = SPECIFICATION.read_text().split("## 3. Risk guards")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    names = {line.split("|")[1].strip() for line in lines} - {"Guard"}
    assert names == set(ROWS)
