"""Events are the same however the bytes are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai2.llm.sse import MAX_EVENT_BYTES, Events, EventTooLong

STREAM = (
    b": alive\n\n"
    b'data: {"a":"\xe2\x80\xa8 \xc2\x85 \xe2\x86\x92"}\r\n\r\n'
    b"event: x\nid: 7\ndata: one\ndata:two\n\n\n"
    b"data: [DONE]\n\n"
)
EVENTS = [None, '{"a":"\u2028 \u0085 →"}'.encode(), b"one\ntwo", b"[DONE]"]


def cut(stream: bytes, places: list[int]) -> list[bytes | None]:
    events, found, start = Events(), [], 0
    for place in [*sorted(places), len(stream)]:
        found += events.feed(stream[start:place])
        start = place
    return [*found, *events.close()]


@given(st.lists(st.integers(0, len(STREAM)), max_size=30))
def test_cuts_anywhere_change_nothing(places: list[int]) -> None:
    assert cut(STREAM, places) == EVENTS


def test_a_last_event_without_its_blank_line_is_still_given() -> None:
    assert cut(b"data: 1\n\ndata: 2", []) == [b"1", b"2"]


def test_a_byte_order_mark_is_not_part_of_the_first_field() -> None:
    assert cut(b"\xef\xbb\xbfdata: 1\n\n", [1, 2]) == [b"1"]


def test_an_endless_event_is_refused() -> None:
    events = Events()
    with pytest.raises(EventTooLong):
        list(events.feed(b"data: " + b"x" * MAX_EVENT_BYTES))
