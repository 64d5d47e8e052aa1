"""Which tests prove which row of the specification's security checklist (§6, in its order).

`test_security` reads it: a row without a test, or a test that doesn't exist, fails. What a row
asks and is met in another way, or not wholly, stands in SHORT, in words.
"""

from typing import Final

PITFALLS = "wire/test_okx_pitfalls.py"
THIN = "unit/log/test_thinning.py"
LOAD = "unit/settings/test_load.py"
CANARIES = "e2e/test_canaries.py::test_no_secret_turns_up_anywhere"
SERVER = "wire/test_socket_server.py"
GATE = "wire/test_web_gate.py"
PAGES = "ui/test_web_pages.py"
MODES = "e2e/test_modes.py"
VERBS = "component/test_operator_verbs.py"
ASK = "unit/ask/test_injections.py"

ROWS: Final[dict[int, tuple[str, tuple[str, ...]]]] = {
    1: (
        "secrets come from credentials or the environment, never from the file",
        (
            f"{LOAD}::test_credential_file_counts_and_must_be_private",
            f"{LOAD}::test_credential_that_systemd_opens_to_the_service_alone_is_private",
            f"{LOAD}::test_secret_in_the_file_is_refused",
            "e2e/test_units.py::test_every_secret_reaches_the_desk_as_a_credential",
        ),
    ),
    2: (
        "a secret is shown nowhere",
        (
            CANARIES,
            "e2e/test_canaries.py::test_the_scan_sees_a_secret_in_each_disguise",
            "unit/okx/test_okx_signing.py::test_credentials_never_show_themselves",
            "e2e/test_notices.py::test_a_halt_reaches_the_owner_and_the_address_stays_secret",
            "wire/test_okx_recorder.py::test_account_s_pushes_are_recorded_without_any_secret",
        ),
    ),
    3: (
        "no core dumps",
        ("e2e/test_systemd.py::test_a_watchdogs_abort_leaves_stacks_and_no_core",),
    ),
    4: (
        "neither proxies nor certificates of the environment, no redirect, TLS or loopback",
        (
            f"{PITFALLS}::test_proxy_of_the_environment_hijacks_neither_rest_nor_socket",
            "wire/test_okx_transport.py::test_redirect_is_not_followed",
            "wire/test_okx_tls.py::test_certificates_of_the_environment_are_ignored",
            "wire/test_okx_tls.py::test_unknown_authority_is_refused",
            f"{LOAD}::test_plain_http_to_another_machine_is_refused",
        ),
    ),
    5: (
        "a key that may withdraw is refused, an unbound one warned of",
        (
            "unit/daemon/test_preflight.py::test_unfit_account_or_key_refuses_the_start",
            f"{MODES}::test_key_trouble_is_one_clear_error_with_its_code",
            "e2e/test_doctor.py::test_a_fit_demo_desk_is_clean",
        ),
    ),
    6: (
        "demo and real never mix",
        (
            f"{MODES}::test_demo_key_in_real_is_refused",
            f"{MODES}::test_other_modes_never_share_a_journal",
        ),
    ),
    7: (
        "the socket is its owner's",
        (
            f"{SERVER}::test_socket_and_directory_are_private",
            f"{SERVER}::test_a_stale_socket_is_replaced",
            f"{SERVER}::test_a_live_socket_is_refused_by_name",
            f"{SERVER}::test_whatever_is_no_socket_is_left_alone",
            f"{SERVER}::test_a_directory_that_everybody_may_write_is_refused",
        ),
    ),
    8: (
        "peers are checked by their user",
        (
            f"{SERVER}::test_another_user_is_cut_before_the_first_byte",
            f"{SERVER}::test_nobody_is_never_allowed",
            f"{SERVER}::test_an_operator_group_may_connect",
        ),
    ),
    9: (
        "frames, clients, requests and idleness are bounded",
        (
            f"{SERVER}::test_an_oversized_frame_is_answered_and_ends_the_connection",
            f"{SERVER}::test_the_33rd_client_is_told_and_closed",
            f"{SERVER}::test_the_ninth_request_waits_until_one_is_done",
            f"{SERVER}::test_an_idle_client_is_let_go",
            f"{SERVER}::test_a_reader_that_never_reads_is_dropped_and_others_are_served",
        ),
    ),
    10: (
        "methods are a list, parameters are typed",
        (
            "unit/wire/test_rpc_frames.py::test_an_unknown_method_means_different_versions",
            "unit/wire/test_rpc_frames.py::test_hostile_json_is_a_parse_error",
            "unit/wire/test_codec.py::test_params_that_do_not_fit_are_named",
            f"{SERVER}::test_a_bad_line_is_answered_and_the_next_one_served",
        ),
    ),
    11: (
        "what changes the desk is named, and loosening takes a ticket",
        (
            "unit/wire/test_codec.py::test_only_these_methods_change_anything",
            f"{VERBS}::test_wrong_word_spends_the_ticket_and_does_nothing",
            f"{VERBS}::test_ticket_expires",
            f"{VERBS}::test_resume_needs_a_reason_and_a_fresh_reconciliation",
        ),
    ),
    12: (
        "a question can't act",
        (
            f"{ASK}::test_an_injected_question_runs_no_tool_that_acts",
            f"{ASK}::test_an_injected_question_changes_nothing_but_text",
            "unit/ask/test_dialogue.py::test_a_request_to_act_never_reaches_the_model",
            "unit/ask/test_dialogue.py::test_the_seventh_question_of_a_minute_gets_facts_only",
            "unit/ask/test_dialogue.py::test_a_spent_budget_ends_the_question",
        ),
    ),
    13: (
        "strangers' words don't reach the trading prompt",
        (
            "unit/prompt/test_prompt_grammar.py::test_every_message_is_known_ids_numbers_and_words",
            "unit/prompt/test_prompt_grammar.py::test_the_grammar_itself_refuses_planted_text",
            "unit/prompt/test_prompt_grammar.py::test_an_injection_is_no_currency",
        ),
    ),
    14: (
        "the model proposes, code disposes, and its cost is bounded",
        (
            "unit/prompt/test_parse_reply.py::test_hostile_strings_are_refused_quickly",
            "component/test_model_loop.py::test_what_the_gate_forbids_is_refused",
            "unit/llm/test_budget.py::test_the_worst_case_is_above_what_any_tokenizer_can_count",
        ),
    ),
    15: (
        "the web page stays on this machine unless its user says otherwise",
        (
            f"{GATE}::test_an_address_that_others_reach_is_refused_until_the_user_allows_it",
            f"{GATE}::test_loopback_and_a_socket_file_need_no_word",
        ),
    ),
    16: (
        "the page asks for a token, slowly, and its session ends",
        (
            f"{GATE}::test_the_token_is_taken_once_and_turned_into_a_strict_cookie",
            f"{GATE}::test_nothing_is_served_without_a_session",
            f"{GATE}::test_guessing_is_slow_and_the_right_token_waits_too",
            f"{GATE}::test_a_session_ends_after_half_a_day",
            f"{GATE}::test_the_token_is_made_once_and_stays_private",
        ),
    ),
    17: (
        "Host and Origin are checked on HTTP and on sockets",
        (
            f"{GATE}::test_another_name_is_not_served",
            f"{GATE}::test_a_socket_needs_the_session_and_our_own_origin",
            f"{GATE}::test_a_request_from_another_page_is_refused",
        ),
    ),
    18: (
        "the page looks, and halts; the rest must be allowed",
        (
            f"{PAGES}::test_halt_is_one_click_and_a_lost_desk_dims_the_page",
            f"{PAGES}::test_flatten_asks_for_the_word_and_the_safe_choice_has_the_focus",
            f"{GATE}::test_a_request_from_another_page_is_refused",
        ),
    ),
    19: (
        "content is never HTML, and pages are kept to themselves",
        (
            f"{PAGES}::test_what_a_stranger_wrote_is_text_and_never_markup",
            f"{GATE}::test_pages_are_kept_to_themselves_and_not_stored",
            "arch/test_security.py::test_the_page_builds_no_html_and_runs_no_script_of_data",
        ),
    ),
    20: (
        "errors carry no detail of strangers",
        (f"{SERVER}::test_our_errors_arrive_whole_and_others_without_detail",),
    ),
    21: (
        "text on a terminal is neither markup nor an escape sequence",
        (
            "ui/test_shell.py::test_a_fault_is_said_with_its_hint_and_is_no_markup",
            "ui/test_pages.py::test_words_of_a_model_are_no_markup_in_the_detail",
            "unit/view/test_live_panels.py::test_a_model_s_escape_sequences_never_reach_the_screen",
            "unit/cli/test_injected_text.py::test_the_list_of_decisions_keeps_its_lines",
        ),
    ),
    22: (
        "no cell of an export starts a formula",
        (
            "unit/cli/test_history_csv.py::test_no_text_cell_starts_a_formula",
            "unit/cli/test_history_views.py::test_no_cell_of_any_export_starts_a_formula",
        ),
    ),
    23: (
        "a log record is one line",
        (
            "unit/daemon/test_log_file.py::test_a_record_is_one_line_whatever_it_holds",
            "unit/view/test_chat_and_log_panels.py::test_planted_words_in_a_field_stay_on_their_line",
        ),
    ),
    24: (
        "SQL is parametrised, and no right to create is needed at run time",
        (
            "contract/test_postgres_schema.py::test_migrated_schema_needs_no_right_to_create",
            "arch/test_security.py::test_statements_are_built_from_constants_only",
            "contract/test_state.py::test_tls_is_spoken_and_strangers_are_refused",
        ),
    ),
    25: (
        "dependencies are locked with hashes, and asked about",
        (
            "arch/test_security.py::test_every_locked_file_has_its_hash",
            "arch/test_security.py::test_ci_installs_by_the_lock_and_asks_for_advisories",
        ),
    ),
    26: (
        "a fault that repeats doesn't fill the log",
        (f"{THIN}::test_ten_thousand_equal_errors_are_few_lines_in_log_and_ring",),
    ),
    27: (
        "a restored journal starts HALTED",
        (
            "unit/store/test_backup.py::test_a_restored_desk_starts_halted_and_keeps_what_it_replaces",
        ),
    ),
}

SHORT: Final[dict[int, str]] = {
    1: "secrets may stand in the environment under systemd, too; the unit uses credentials",
    9: "eight requests of a client at once instead of ten a second: more aren't read",
    24: "the database's own TLS is what DATABASE_URL asks for; nothing demands verify-full",
    25: "no SBOM is made, and no release is attested: there is none yet",
}
"""What is met in another way than the row asks, or not wholly."""
