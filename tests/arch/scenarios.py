"""Which tests prove which fault scenario of the specification, and which story of the field.

`test_scenarios` reads it: a number without a test, or a test that doesn't exist, fails. What a
test proves less than its scenario asks stands in SHORT, in words.
"""

from typing import Final

LOST = "component/test_lost_replies.py"
POSTS = "wire/test_ambiguous_posts.py"
DOUBTS = "component/test_doubts.py"
PARTS = "component/test_partial_fills.py"
STREAM = "wire/test_okx_stream.py"
FAULTS = "wire/test_okx_stream_faults.py"
LIMITS = "wire/test_okx_stream_limits.py"
CHAIN = "unit/okx/test_okx_book_chain.py"
BOOK = "unit/engine/test_book.py"
WATCH = "component/test_account_watch.py"
GATE = "unit/risk/test_gate.py"
RULES = "unit/risk/test_rules.py"
GUARDS = "component/test_guards.py"
INPUT = "e2e/test_bad_input.py"
DISTRUST = "component/test_distrust.py"
UPKEEP = "component/test_upkeep.py"
STOP = "component/test_stop.py"
REACTIONS = "component/test_reactions.py"
FOREIGN = "component/test_foreign.py"
GUARD = "component/test_protection.py"
DAEMON = "e2e/test_daemon.py"
STANDBY = "e2e/test_standby.py"
PANIC = "e2e/test_panic.py"
FULL = "e2e/test_full_disk.py"
RESERVE = "component/test_reserve.py"
STATE = "contract/test_state.py"
SERVICES = "component/test_services.py"
ROW = "component/test_decision_to_row.py"
BUCKETS = "unit/okx/test_okx_buckets.py"
TRANSPORT = "wire/test_okx_transport.py"
AFTER = f"{POSTS}::test_answer_lost_after_acceptance_is_unknown_and_one_order"
BEFORE = f"{POSTS}::test_answer_lost_before_acceptance_is_unknown_and_no_order"
FOUND = f"{LOST}::test_reply_lost_after_acceptance_is_one_order_with_its_fill"
PROVEN = f"{LOST}::test_order_lost_before_acceptance_freezes_until_absence_is_proven"

SCENARIOS: Final[dict[int, tuple[str, ...]]] = {
    1: (
        AFTER,
        FOUND,
        f"{LOST}::test_reply_and_pushes_lost_after_acceptance_are_found_by_the_sweep",
    ),
    2: (BEFORE, PROVEN, f"{LOST}::test_absence_needs_the_expiry_and_three_denials_apart"),
    3: (AFTER, FOUND),
    4: (AFTER, FOUND),
    5: (AFTER, BEFORE),
    6: (AFTER, BEFORE),
    7: (AFTER, BEFORE),
    8: (AFTER, BEFORE),
    9: (f"{POSTS}::test_id_in_use_on_the_first_post_is_unknown_never_another_id",),
    10: (f"{POSTS}::test_order_cancelled_right_after_its_acceptance_has_no_fill",),
    11: (
        f"{POSTS}::test_dripped_reply_ends_at_the_total_deadline_and_is_unknown",
        f"{TRANSPORT}::test_dripped_reply_ends_at_the_total_deadline",
    ),
    12: (
        f"{POSTS}::test_ghost_send_that_arrives_late_is_refused_by_its_expiry",
        f"{LOST}::test_order_sent_with_a_slow_clock_is_refused_as_expired",
    ),
    13: (
        f"{POSTS}::test_hidden_order_is_denied_then_shown",
        f"{LOST}::test_order_hidden_for_three_seconds_is_not_declared_absent",
    ),
    14: (f"{DOUBTS}::test_fill_of_an_order_settled_as_absent_is_recorded_and_halts",),
    15: (f"{PARTS}::test_three_partial_fills_and_a_cancel_are_three_rows_under_one_stop",),
    16: (f"{PARTS}::test_stop_that_only_a_full_fill_attaches_is_placed_alone_within_five_seconds",),
    17: (f"{PARTS}::test_refused_stop_ends_in_a_reduce_only_exit_never_in_a_trade_without_one",),
    18: (f"{PARTS}::test_exit_larger_than_the_position_is_sized_again_under_a_new_intent",),
    19: (f"{LOST}::test_pushes_twice_and_backwards_make_one_row",),
    20: (
        f"{LOST}::test_pushes_twice_and_backwards_make_one_row",
        "unit/model/test_merge.py::test_any_permutation_and_duplication_gives_the_same_record",
    ),
    21: (f"{SERVICES}::test_fills_are_swept_every_half_minute_without_any_reason",),
    22: (
        f"{STREAM}::test_close_reconnects_and_resubscribes",
        f"{SERVICES}::test_gap_in_the_stream_wants_a_sweep_that_waits_out_an_outage",
    ),
    23: (f"{LIMITS}::test_every_close_code_is_named_and_survived",),
    24: (f"{FAULTS}::test_reset_in_the_middle_of_a_frame_reconnects_and_starts_the_book_anew",),
    25: (
        f"{LIMITS}::test_silence_is_noticed_within_half_a_minute",
        f"{STREAM}::test_unanswered_ping_reconnects",
    ),
    26: (
        f"{STREAM}::test_nothing_private_is_asked_before_the_login_is_acknowledged",
        f"{STREAM}::test_login_refused_twice_is_a_rejected_key",
        f"{WATCH}::test_private_login_refused_while_running_halts_and_is_tried_again",
    ),
    27: (
        f"{STREAM}::test_refused_book_is_invalid_while_the_rest_lives",
        f"{STREAM}::test_refused_private_channel_is_tried_again",
    ),
    28: (
        f"{STREAM}::test_bad_frame_never_ends_the_reading",
        f"{STREAM}::test_unreadable_push_counts_as_a_gap",
    ),
    29: (
        f"{FAULTS}::test_frame_of_two_mib_is_read_like_any_other",
        f"{FAULTS}::test_frame_of_twenty_mib_ends_its_connection_and_nothing_else",
    ),
    30: (
        f"{LIMITS}::test_upgrade_notice_loses_and_doubles_no_message",
        f"{LIMITS}::test_private_stream_tells_no_gap_when_it_moves_without_one",
    ),
    31: (
        f"{STREAM}::test_gap_invalidates_the_book_and_subscribes_it_again",
        f"{CHAIN}::test_gap_ends_the_book_until_a_snapshot",
    ),
    32: (
        f"{CHAIN}::test_sequence_reset_continues_from_the_smaller_id",
        f"{BOOK}::test_sequence_reset_after_maintenance_is_followed",
    ),
    33: (f"{BOOK}::test_crossed_or_one_sided_book_is_invalid",),
    34: (
        f"{CHAIN}::test_heartbeat_is_no_gap",
        f"{LIMITS}::test_silence_is_noticed_within_half_a_minute",
    ),
    41: (
        f"{ROW}::test_journal_failure_before_the_send_places_nothing",
        f"{FULL}::test_full_disk_halts_the_desk_which_stays_up_for_exits_and_goes_on_after",
        f"{RESERVE}::test_full_disk_halts_with_its_reason_and_says_so_until_there_is_room",
    ),
    42: (f"{DAEMON}::test_a_journal_that_cannot_be_written_ends_the_desk_with_74",),
    43: ("e2e/test_stores.py::test_desk_goes_on_while_both_are_gone_and_copies_afterwards",),
    44: (f"{STATE}::test_flushed_redis_loses_nothing_that_we_know",),
    45: (f"{STATE}::test_full_redis_is_an_outage_and_no_error",),
    46: (f"{STATE}::test_hung_redis_costs_less_than_half_a_second_once",),
    47: (
        f"{DISTRUST}::test_clock_that_is_off_vetoes_entries_and_far_off_halts",
        f"{DISTRUST}::test_ages_are_judged_by_the_exchanges_time_whatever_the_machine_says",
        f"{LOST}::test_order_expires_by_the_exchanges_clock_not_ours",
        f"{TRANSPORT}::test_stale_timestamp_measures_the_clock_once_and_asks_again",
    ),
    48: (
        f"{DISTRUST}::test_midnight_in_the_middle_of_a_decision_turns_the_day_once",
        f"{DISTRUST}::test_midnight_lifts_no_halt_of_the_day_before",
        f"{DOUBTS}::test_midnight_changes_nothing_that_is_latched",
    ),
    49: (
        f"{SERVICES}::test_entry_that_waited_too_long_for_its_turn_is_not_sent",
        f"{DOUBTS}::test_desk_that_was_frozen_for_two_minutes_sends_nothing_stale",
    ),
    50: (
        f"{POSTS}::test_plain_refusal_is_told_once_and_nothing_is_sent_again",
        f"{BUCKETS}::test_thirty_orders_leave_at_once_and_the_next_waits",
        f"{BUCKETS}::test_other_instruments_and_cancels_have_buckets_of_their_own",
    ),
    51: (
        f"{POSTS}::test_plain_refusal_is_told_once_and_nothing_is_sent_again",
        f"{REACTIONS}::test_no_money_rests_the_instrument_for_a_quarter_of_an_hour_across_a_restart",
        f"{REACTIONS}::test_refused_order_is_never_sent_again_and_only_one_word_halts",
    ),
    52: (
        f"{UPKEEP}::test_timeline_of_a_maintenance_is_exact_to_the_second",
        f"{UPKEEP}::test_announced_maintenance_opens_nothing_and_lets_exits_leave",
        f"{UPKEEP}::test_resting_entries_are_cancelled_five_minutes_before",
        f"{UPKEEP}::test_order_denied_around_a_maintenance_is_not_proven_absent",
        f"{DOUBTS}::test_exchange_in_maintenance_proves_no_absence",
    ),
    53: (
        f"{WATCH}::test_two_heartbeats_lost_cancel_the_entries_and_allow_no_new_ones",
        f"{WATCH}::test_clean_stop_disarms_only_after_the_cancel_is_confirmed",
        "unit/sim/test_sim_matching.py::test_cancel_all_after_ends_every_order_at_its_time",
    ),
    54: (
        f"{GUARD}::test_foreign_position_and_foreign_stop_are_never_touched",
        f"{LOST}::test_foreign_orders_and_fills_are_counted_and_left_alone",
        f"{FOREIGN}::test_position_of_somebody_else_locks_its_instrument_and_is_told_of",
        f"{FOREIGN}::test_ignored_it_locks_nothing_across_a_restart_until_that_is_undone",
        f"{FOREIGN}::test_adopted_it_is_ours_with_a_stop_at_once_and_across_a_restart",
    ),
    55: (
        f"{DAEMON}::test_a_second_daemon_is_refused_by_name",
        f"{DOUBTS}::test_order_of_another_desk_halts_and_is_not_touched",
        f"{STANDBY}::test_it_takes_over_soon_after_the_first_is_killed",
        f"{STANDBY}::test_who_loses_the_lock_ends_and_sends_no_more",
        f"{STANDBY}::test_a_database_that_hangs_ends_the_leader_within_its_lease",
    ),
    56: (
        f"{DAEMON}::test_a_signal_during_the_start_ends_it_cleanly",
        f"{DAEMON}::test_ctrl_c_stops_a_running_desk",
        f"{STOP}::test_orderly_stop_at_any_state_ends_as_the_lifecycle_says",
        f"{STOP}::test_stop_while_the_reasoner_thinks_sends_nothing_of_what_it_says",
        f"{STOP}::test_stop_leaves_the_stop_at_the_exchange",
        "unit/engine/test_executor.py::test_close_waits_for_the_order_that_is_leaving",
    ),
    57: (
        "e2e/test_bad_input.py::test_hangup_with_a_bad_configuration_keeps_the_old_one_and_says_so",
    ),
    58: ("wire/test_llm_reasoner.py::test_200_decisions_under_every_fault_act_on_good_texts_only",),
    59: (f"{GATE}::test_late_decision_and_future_decision_are_refused",),
    60: (
        "wire/test_llm_calls.py::test_the_caps_hold_under_random_faults",
        "wire/test_llm_calls.py::test_a_cost_that_is_not_known_yet_stays_the_worst_case",
    ),
    61: (
        f"{GATE}::test_drift_since_the_snapshot_refuses",
        f"{RULES}::test_price_jump_after_the_gate_is_caught",
    ),
    62: (
        f"{DISTRUST}::test_account_that_cannot_be_read_leaves_only_the_way_out_and_is_never_flat",
        f"{RULES}::test_unknown_equity_is_a_loss_until_it_is_known",
        f"{GATE}::test_unknown_position_is_refused_by_name",
    ),
    63: (
        f"{DISTRUST}::test_unrealised_loss_halts_and_the_halt_survives_a_restart",
        f"{STATE}::test_flushed_redis_loses_nothing_that_we_know",
        "e2e/test_stores.py::test_desk_goes_on_while_both_are_gone_and_copies_afterwards",
    ),
    71: (f"{DOUBTS}::test_liquidation_is_recorded_as_external_and_halts",),
    72: (
        f"{WATCH}::test_changed_account_halts_before_the_next_entry",
        f"{WATCH}::test_leverage_set_by_somebody_else_halts_before_the_next_entry",
        f"{WATCH}::test_terms_are_checked_every_five_minutes_by_themselves",
    ),
    73: (
        f"{PANIC}::test_panic_beside_a_stopped_daemon_which_takes_it_over_before_it_sends_anything",
        "component/test_takeover.py::test_latch_set_between_gate_and_send_abandons_the_order",
        f"{ROW}::test_halt_between_gate_and_send_abandons_the_order",
    ),
    74: (
        f"{DOUBTS}::test_restored_backup_finds_its_later_orders_and_halts",
        "e2e/test_backup.py",
    ),
    75: (
        f"{GATE}::test_suspended_instrument_is_refused",
        f"{GUARDS}::test_instrument_changed_by_a_push_is_not_traded_until_its_record_is_read",
        f"{GUARDS}::test_changed_contract_value_halts_and_isnt_taken",
        f"{DISTRUST}::test_instrument_that_the_exchange_no_longer_lists_is_not_traded",
    ),
}

SHORT: Final[dict[int, str]] = {}
"""What is proven less than the scenario asks."""

STORIES: Final[dict[int, tuple[str, ...]]] = {
    1: ("component/test_stories.py::test_story_01_contract_size",),
    2: ("component/test_stories.py::test_story_02_double_order_after_timeout",),
    3: ("component/test_stories.py::test_story_03_closed_but_not_closed",),
    4: ("component/test_stories.py::test_story_04_naked_position",),
    5: ("component/test_stories.py::test_story_05_orphan_stop",),
    6: ("component/test_stories.py::test_story_06_stop_skipped_in_a_spike",),
    7: ("component/test_stories.py::test_story_07_liquidation_not_noticed",),
    8: ("component/test_stories.py::test_story_08_stale_data_trading",),
    9: ("component/test_stories.py::test_story_09_order_book_corruption",),
    10: ("component/test_stories.py::test_story_10_hedge_mode",),
    11: ("component/test_stories.py::test_story_11_restart_believes_flat",),
    12: ("component/test_stories.py::test_story_12_reply_mis_parsed",),
    13: (
        f"{RULES}::test_fee_bleed_target_that_hardly_pays_the_round_trip_is_refused",
        f"{RULES}::test_an_instrument_rests_longer_after_a_stop_out",
        f"{RULES}::test_the_same_entry_again_within_a_minute_is_a_duplicate",
    ),
    14: ("unit/llm/test_rules_reasoner.py::test_a_mirrored_market_gives_the_mirrored_decision",),
    15: ("component/test_stories.py::test_story_15_clock_drift",),
    16: ("component/test_stories.py::test_story_16_lot_precision",),
    17: (
        "unit/risk/test_selftest.py::test_a_guard_that_lets_its_breach_pass_is_named",
        "unit/risk/test_selftest.py::test_every_guard_of_the_shipped_limits_guards",
        f"{GUARDS}::test_self_test_that_fails_leaves_the_desk_reducing",
    ),
    18: ("component/test_stories.py::test_story_18_old_signal_executed_late",),
    19: ("component/test_stories.py::test_story_19_key_died_silently",),
}
