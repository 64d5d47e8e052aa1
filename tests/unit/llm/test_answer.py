"""Answers of odd shapes: read where they are whole, refused where anything is doubtful."""

from typing import Any

import pytest

from tai2.llm.answer import Answer
from tai2.llm.chat import ChatFailed, Code, Completion, Outcome
from tai2.llm.envelope import Unreadable, decode, usd, whole
from tai2.llm.faults import Refusal, failure
from tai2.model.money import dec


def judged(*documents: Any, is_stream: bool = False) -> Outcome:
    answer = Answer(is_stream=is_stream, now_ms=0)
    for document in documents:
        answer.add(document)
    return answer.close()


def said(content: Any, finish: Any = "stop", **more: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"content": content}, "finish_reason": finish} | more]}


def code_of(outcome: Outcome) -> Code | None:
    return outcome.code if isinstance(outcome, ChatFailed) else None


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (said('{"a":1}', error={"code": "server_error", "message": "x"}), Code.SERVER),
        (said('{"a":1}') | {"error": "boom"}, Code.SERVER),
        (said('{"a":1}') | {"error": {"code": "429"}}, Code.RATE_LIMITED),
        (said('{"a":1}') | {"error": {"http_status": 402}}, Code.NO_CREDIT),
        (said("x", "tool_calls"), Code.NO_FINISH),
        (said("x", 7), Code.NO_FINISH),
        (said(None), Code.EMPTY),
        (said(17), Code.EMPTY),
        ({"choices": [None]}, Code.NO_FINISH),
        ({"choices": {"0": "x"}}, Code.NO_CHOICES),
        ({"choices": said("a")["choices"] + said("b")["choices"]}, Code.BAD_BODY),
        ([1, 2], Code.NO_CHOICES),
        ("text", Code.NO_CHOICES),
        (None, Code.NO_CHOICES),
    ],
)
def test_a_doubtful_answer_is_refused_by_name(document: Any, code: Code) -> None:
    assert code_of(judged(document)) is code


def test_an_error_beside_a_null_is_no_error() -> None:
    assert isinstance(judged(said("x") | {"error": None}), Completion)


def test_text_after_the_end_is_refused() -> None:
    first = {"choices": [{"delta": {"content": "a"}, "finish_reason": "stop"}]}
    late = {"choices": [{"delta": {"content": "b"}, "finish_reason": None}]}
    assert code_of(judged(first, late, is_stream=True)) is Code.BAD_BODY


def test_the_larger_of_two_costs_counts() -> None:
    outcome = judged(
        said("x"), {"usage": {"cost": dec("0.02")}}, {"usage": {"cost": "0.01"}}, {"usage": None}
    )
    assert outcome.usage.cost_usd == dec("0.02")


@pytest.mark.parametrize("cost", [-1, "NaN", "1e9999999999999999999", True, None, [], 10**9, "x"])
def test_an_absurd_cost_is_unknown(cost: Any) -> None:
    assert judged(said("x") | {"usage": {"cost": cost}}).usage.cost_usd is None


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 100_000, b"1e99999999999999999999"])
def test_what_is_no_json_is_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(raw)


def test_counts_and_costs_are_read_exactly() -> None:
    assert usd(decode(b"0.0187000000000000001")) == dec("0.0187000000000000001")
    assert [whole(each) for each in (5, "5", -5, True, 1.5, "x", "5" * 20)] == [5, 5, *[None] * 5]


def test_a_retry_after_date_counts_from_now() -> None:
    refusal = Refusal(
        http_status=503,
        error={},
        retry_after="Sun, 23 Nov 2025 09:30:07 GMT",
        now_ms=1_763_890_200_000,
    )
    assert failure(refusal).retry_after_s == 7


def test_availability_overrules_the_table() -> None:
    error = {"availability": {"code": "no_endpoints", "retryable": False, "retry_after": 4}}
    failed = failure(Refusal(http_status=503, error=error, now_ms=0))
    assert (failed.may_retry, failed.retry_after_s) == (False, 4)


@pytest.mark.parametrize(
    ("status", "error", "is_it"),
    [
        (400, {"message": "This response_format type is unavailable now"}, True),
        (400, {"metadata": {"raw": '{"error":"Invalid schema for json_schema"}'}}, True),
        (404, {"message": "schema", "availability": {"code": "constraint_filtered"}}, True),
        (404, {"message": "schema"}, False),
        (400, {"message": "context too long"}, False),
        (500, {"message": "schema service down"}, False),
    ],
)
def test_only_a_refused_format_lowers_the_rung(
    status: int, error: dict[str, Any], is_it: bool
) -> None:
    assert failure(Refusal(http_status=status, error=error, now_ms=0)).is_format_fault is is_it
