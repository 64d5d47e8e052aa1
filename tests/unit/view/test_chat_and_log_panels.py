"""Chat pieces and log lines, as plain functions."""

import json
from dataclasses import replace

import pytest

from tai2.view.palette import Tone
from tai2.view.panels import chat, logs
from tai2.view.panels.line import text_of
from tests.unit.ask.injections import INJECTIONS
from tests.unit.view.panel_text import UNSAFE, decision_row, said

RECORD = logs.Happening(
    seq=7,
    ts="2026-11-23T09:46:07.101Z",
    level="warning",
    event="rest_retried",
    fields={"path": "/account/positions", "attempt": "2"},
)


def test_a_record_is_one_line_with_time_level_event_and_fields() -> None:
    shown = text_of(logs.entry(RECORD).line)
    assert shown == "09:46:07.101 warn  rest_retried  path=/account/positions  attempt=2"


def test_an_unknown_level_is_never_filtered_away() -> None:
    odd = replace(RECORD, level="critical")
    assert logs.at_least([RECORD, odd], "error") == (odd,)


@pytest.mark.parametrize(("level", "kept"), [("debug", 3), ("info", 2), ("warning", 1)])
def test_a_level_lets_through_what_is_above(level: str, kept: int) -> None:
    records = [replace(RECORD, level=each) for each in ("debug", "info", "warning")]
    assert len(logs.at_least(records, level)) == kept


def test_the_level_key_steps_around() -> None:
    assert [logs.next_level(each) for each in logs.LEVELS] == ["info", "warning", "error", "debug"]


def test_a_search_finds_events_and_fields_in_any_case() -> None:
    records = [
        logs.searchable(each) for each in (RECORD, replace(RECORD, event="ready", fields={}))
    ]
    assert logs.found(records, "POSITIONS") == (0,)
    assert logs.found(records, "ready") == (1,)


def test_a_record_is_shown_as_json_that_reads_back() -> None:
    tree = json.loads(said(logs.as_json(RECORD)))
    assert (tree["event"], tree["attempt"]) == ("rest_retried", "2")


@pytest.mark.parametrize("planted", INJECTIONS)
def test_planted_words_in_a_field_stay_on_their_line(planted: str) -> None:
    record = replace(RECORD, event=planted, fields={planted: planted})
    shown = text_of(logs.entry(record).line)
    assert not UNSAFE.search(shown)
    assert "\n" not in shown
    assert all(not UNSAFE.search(text_of(line)) for line in logs.as_json(record))


@pytest.mark.parametrize("planted", INJECTIONS)
def test_planted_words_in_an_answer_hold_no_link_and_no_html(planted: str) -> None:
    shown = chat.markdown(planted)
    assert not UNSAFE.search(shown.replace("\n", ""))
    assert "<" not in shown
    assert "](" not in shown


def test_a_link_of_a_model_keeps_its_words_only() -> None:
    assert chat.markdown("see [here](https://x.example/a) ![](http://y)") == "see here "


def test_citations_lead_to_the_cycles_that_they_name() -> None:
    row = decision_row(1, "sent", decision_id="D01K9ZZZZ7Q2M4KX9", cycle_id="C01K9AAAA")
    found = chat.cited(["D-7Q2M4KX9", "R-7Q2M4KX9", "O-t2main1", "D-NOSUCH"], [row])
    assert [each.cycle_id for each in found] == ["C01K9AAAA", "C01K9AAAA", "C01K9AAAA", ""]


def test_an_answer_that_failed_its_check_is_marked() -> None:
    class Explained:
        citations = ("D-1",)
        is_verified = False
        footer = "sources 0/1 ok (D-1 not found)"
        model = "acme"
        cost_usd = chat.Decimal("0.002")

    line = chat.footer(Explained())
    assert text_of(line) == "! sources 0/1 ok (D-1 not found) · acme · $0.0020"
    assert line[0].tone is Tone.WARN
