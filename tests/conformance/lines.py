"""The conformance checklist of the OKX simulator: line number to the tests that hold it.

The numbers are those of the protocol reference (REST and authentication 1-15, market data 16-22,
WebSocket 23-36, books and tape 37-45, orders 46-65, account and risk 66-75). An arch test keeps
this table true.
"""

LINES: dict[int, tuple[str, ...]] = {
    1: ("test_lines_rest.py::test_line_01_the_sdk_reads_the_clock_unsigned",),
    2: ("test_lines_rest.py::test_line_02_public_endpoints_ignore_wrong_keys",),
    3: ("test_lines_rest.py::test_line_03_the_signature_covers_the_raw_query",),
    4: ("test_lines_rest.py::test_line_04_the_published_vectors_verify",),
    5: (
        "test_lines_rest.py::test_line_05_each_flaw_of_a_signature_has_its_code",
        "test_lines_rest.py::test_line_05_a_request_31_seconds_old_has_expired",
    ),
    6: ("test_lines_rest.py::test_line_06_a_key_belongs_to_one_environment",),
    7: ("test_lines_rest.py::test_line_07_a_reading_key_may_not_trade",),
    8: ("test_lines_rest.py::test_line_08_unreadable_requests",),
    9: ("test_lines_rest.py::test_line_09_replies_are_text_in_an_envelope",),
    10: (
        "test_lines_rest.py::test_line_10_orders_are_limited_per_instrument_and_kind",
        "test_lines_rest.py::test_line_10_rest_and_socket_share_the_count",
    ),
    11: (
        "test_lines_rest.py::test_line_11_connections_are_kept_and_long_replies_compressed",
        "test_lines_rest.py::test_line_11_both_versions_of_http_work_over_tls",
    ),
    12: (
        "test_lines_rest.py::test_line_12_the_sdk_meets_every_fault_code",
        "test_lines_rest.py::test_line_12_the_sdk_raises_while_the_order_exists",
    ),
    13: ("test_lines_rest.py::test_line_13_an_expired_order_is_not_created",),
    14: (
        "test_lines_rest.py::test_line_14_empty_parameters_count_as_absent",
        "test_lines_rest.py::test_line_14_the_sdk_sends_every_parameter_empty",
    ),
    15: (
        "test_lines_rest.py::test_line_15_the_sdk_sends_booleans_either_way",
        "test_lines_rest.py::test_line_15_the_sdk_asks_with_booleans_as_text",
        "test_lines_rest.py::test_line_15_another_word_is_no_boolean",
        "test_lines_rest.py::test_line_15_booleans_come_in_every_spelling",
    ),
    16: ("test_lines_market.py::test_line_16_instruments_are_filtered_and_whole",),
    17: (
        "test_lines_market.py::test_line_17_tickers_agree_with_books_and_trades",
        "test_lines_market.py::test_line_17_volumes_are_in_base_for_swaps_and_in_quote_for_pairs",
    ),
    18: ("test_lines_market.py::test_line_18_books_are_sorted_and_as_deep_as_asked",),
    19: (
        "test_lines_market.py::test_line_19_candles_page_without_overlap_or_gap",
        "test_lines_market.py::test_line_19_days_open_in_hong_kong_unless_asked_otherwise",
    ),
    20: ("test_lines_market.py::test_line_20_trades_are_consecutive_and_paged_by_id",),
    21: (
        "test_lines_market.py::test_line_21_the_history_shows_the_rate_that_was_charged",
        "test_lines_market.py::test_line_21_open_interest_counts_every_long",
    ),
    22: ("test_lines_market.py::test_line_22_prices_move_together_and_bound_orders",),
    23: ("test_lines_socket.py::test_line_23_both_kinds_of_ping_are_answered",),
    24: ("test_lines_socket.py::test_line_24_silence_ends_a_connection_and_data_keeps_it",),
    25: ("test_lines_socket.py::test_line_25_the_fourth_connection_in_a_second_is_refused",),
    26: ("test_lines_socket.py::test_line_26_an_hour_has_480_operations",),
    27: ("test_lines_socket.py::test_line_27_each_arg_gets_its_acknowledgement",),
    28: (
        "test_lines_socket.py::test_line_28_wrong_requests_have_their_codes",
        "test_lines_socket.py::test_line_28_other_args_still_succeed",
    ),
    29: ("test_lines_socket.py::test_line_29_every_channel_has_its_endpoint",),
    30: (
        "test_lines_socket.py::test_line_30_each_flaw_of_a_login_has_its_code",
        "test_lines_socket.py::test_line_30_a_timestamp_may_be_a_number_and_a_login_repeated",
        "test_lines_socket.py::test_line_30_the_sdk_logs_in_with_every_subscribe",
    ),
    31: ("test_lines_socket.py::test_line_31_data_may_come_before_the_acknowledgement",),
    32: ("test_lines_socket.py::test_line_32_nulls_and_unknown_keys_are_tolerated_and_echoed",),
    33: ("test_lines_socket.py::test_line_33_unsubscribing_stops_the_data",),
    34: ("test_lines_socket.py::test_line_34_connections_of_a_private_channel_are_counted",),
    35: (
        "test_lines_socket.py::test_line_35_an_upgrade_is_announced_and_ccxt_reconnects",
        "test_lines_socket.py::test_line_35_the_notice_comes_before_the_close",
    ),
    36: (
        "test_lines_socket.py::test_line_36_deflate_is_negotiated_when_offered",
        "test_lines_socket.py::test_line_36_a_slow_reader_is_cut",
    ),
    37: (
        "test_lines_books.py::test_line_37_a_snapshot_is_followed_by_chained_changes",
        "test_lines_books.py::test_line_37_updates_are_at_least_100_ms_apart",
    ),
    38: (
        "test_lines_books.py::test_line_38_changes_applied_to_the_snapshot_give_the_rest_book",
        "test_lines_books.py::test_line_38_the_sdk_sees_the_same_book",
    ),
    39: ("test_lines_books.py::test_line_39_a_minute_without_change_brings_a_heartbeat",),
    40: ("test_lines_books.py::test_line_40_a_restarted_sequence_goes_on_from_a_small_number",),
    41: ("test_lines_books.py::test_line_41_ccxt_notices_a_gap",),
    42: (
        "test_lines_books.py::test_line_42_the_legacy_checksum_has_the_published_values",
        "test_lines_books.py::test_line_42_checksums_by_switch",
    ),
    43: ("test_lines_books.py::test_line_43_without_a_snapshot_rest_seeds_the_chain",),
    44: (
        "test_lines_books.py::test_line_44_snapshot_channels_come_whole_and_in_order",
        "test_lines_books.py::test_line_44_the_fast_books_need_a_fee_tier",
    ),
    45: (
        "test_lines_books.py::test_line_45_trades_come_aggregated_and_one_by_one",
        "test_lines_books.py::test_line_45_tickers_are_paced_and_candles_confirmed",
    ),
    46: (
        "test_lines_orders.py::test_line_46_a_resting_order_is_acknowledged_and_pushed_live",
        "test_lines_orders.py::test_line_46_either_may_arrive_first",
    ),
    47: (
        "test_lines_orders.py::test_line_47_partial_fills_are_pushed_one_by_one",
        "test_lines_orders.py::test_line_47_a_better_price_and_an_older_order_come_first",
    ),
    48: ("test_lines_orders.py::test_line_48_each_type_ends_as_documented",),
    49: (
        "test_lines_orders.py::test_line_49_a_pair_is_bought_for_money_and_sold_for_coins",
        "test_lines_orders.py::test_line_49_a_forbidden_cut_is_refused",
    ),
    50: (
        "test_lines_orders.py::test_line_50_orders_are_validated",
        "test_lines_orders.py::test_line_50_codes_of_a_wrong_and_a_missing_price_are_switches",
    ),
    51: ("test_lines_orders.py::test_line_51_a_client_id_is_taken_only_while_it_is_pending",),
    52: ("test_lines_orders.py::test_line_52_what_is_lacking_has_a_sub_code",),
    53: (
        "test_lines_orders.py::test_line_53_a_batch_answers_in_order",
        "test_lines_orders.py::test_line_53_a_batch_has_at_most_twenty",
    ),
    54: ("test_lines_orders.py::test_line_54_orders_are_cancelled_by_either_id",),
    55: (
        "test_lines_orders.py::test_line_55_an_amendment_is_told_by_its_push",
        "test_lines_orders.py::test_line_55_a_size_below_what_is_filled_ends_the_order",
        "test_lines_orders.py::test_line_55_three_amendments_may_be_under_way",
    ),
    56: (
        "test_lines_orders.py::test_line_56_queries_know_live_ended_and_unknown_orders",
        "test_lines_orders.py::test_line_56_an_unfilled_cancelled_order_is_kept_for_two_hours",
    ),
    57: ("test_lines_orders.py::test_line_57_fills_add_up_and_page_by_bill",),
    58: (
        "test_lines_orders.py::test_line_58_the_switch_takes_10_to_120_seconds",
        "test_lines_orders.py::test_line_58_expiry_cancels_what_is_pending",
        "test_lines_orders.py::test_line_58_a_tag_is_cancelled_alone_and_zero_disarms",
    ),
    59: ("test_lines_orders.py::test_line_59_a_position_is_closed_whole_by_market",),
    60: (
        "test_lines_orders.py::test_line_60_reducing_has_a_direction",
        "test_lines_orders.py::test_line_60_too_much_is_cut_or_refused_and_never_flips",
    ),
    61: ("test_lines_orders.py::test_line_61_an_account_does_not_trade_with_itself",),
    62: (
        "test_lines_orders.py::test_line_62_order_operations_go_by_instrument_code",
        "test_lines_orders.py::test_line_62_a_name_or_nothing_is_refused_without_data",
    ),
    63: (
        "test_lines_orders.py::test_line_63_every_kind_of_stop_triggers",
        "test_lines_orders.py::test_line_63_a_stop_on_the_wrong_side_is_refused",
        "test_lines_orders.py::test_line_63_a_child_that_is_refused_fails_its_stop",
    ),
    64: (
        "test_lines_orders.py::test_line_64_attached_stops_come_with_the_whole_fill",
        "test_lines_orders.py::test_line_64_attached_stops_go_with_a_cancelled_parent",
    ),
    65: ("test_lines_orders.py::test_line_65_a_message_may_come_twice",),
    66: ("test_lines_account.py::test_line_66_the_account_comes_as_a_snapshot_then_as_changes",),
    67: (
        "test_lines_account.py::test_line_67_identities_hold_after_every_event",
        "test_lines_account.py::test_line_67_the_linear_example_to_the_digit",
        "test_lines_account.py::test_line_67_the_inverse_example_to_the_digit",
    ),
    68: (
        "test_lines_account.py::test_line_68_hedge_mode_holds_both_sides",
        "test_lines_account.py::test_line_68_the_mode_changes_only_when_nothing_is_open",
    ),
    69: (
        "test_lines_account.py::test_line_69_leverage_moves_margin_and_waits_for_orders",
        "test_lines_account.py::test_line_69_a_tier_bounds_the_leverage",
    ),
    70: (
        "test_lines_account.py::test_line_70_a_bought_coin_pays_its_fee_in_itself",
        "test_lines_account.py::test_line_70_fees_follow_the_fee_group",
    ),
    71: ("test_lines_account.py::test_line_71_funding_moves_cash_once_and_has_a_bill",),
    72: (
        "test_lines_account.py::test_line_72_a_falling_price_warns_then_liquidates",
        "test_lines_account.py::test_line_72_a_big_position_is_cut_by_two_tiers_first",
        "test_lines_account.py::test_line_72_deleveraging_is_a_switch",
    ),
    73: ("test_lines_account.py::test_line_73_bills_explain_every_change_of_cash",),
    74: ("test_lines_account.py::test_line_74_a_restart_brings_everything_back",),
    75: ("test_lines_account.py::test_line_75_the_same_seed_and_script_tell_the_same",),
}
