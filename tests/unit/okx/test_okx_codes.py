"""Every row of the POST classification, as answers of the exchange."""

import json

import pytest

from tai2.model.order import Accepted, NotSent, Rejected, Unknown
from tai2.okx import codes
from tai2.okx.answer import Answer, NoAnswer, read_answer
from tai2.okx.codes import (
    KEYS,
    REFUSED,
    Reading,
    RefusedIfAbsent,
    classify_cancel,
    classify_submit,
    failed_submit,
    judge_read,
)

MINE = "t2a0000000001"


def answer(
    code: str, s_code: str | None = None, *, status: int = 200, sub: str = "", **item: str
) -> Answer:
    row = {"ordId": "", "clOrdId": MINE, "sCode": s_code, "sMsg": "why", "subCode": sub} | item
    rows = [] if s_code is None else [row]
    return read_answer(status, json.dumps({"code": code, "msg": "m", "data": rows}).encode())


def test_accepted_needs_ok_id_and_echo() -> None:
    assert classify_submit(answer("0", "0", ordId="7"), MINE) == Accepted(ord_id="7")


def test_accepted_stop_carries_its_algo_id() -> None:
    taken = answer("0", "0", algoId="9", algoClOrdId="s2x", clOrdId="")
    assert classify_submit(taken, "s2x") == Accepted(ord_id="9")


@pytest.mark.parametrize(
    "doubtful",
    [
        answer("0", "0"),
        answer("0", "0", ordId="7", clOrdId="other"),
        answer("0", "0", ordId="7", status=202),
        answer("0", "51008", ordId="7"),
        answer("0"),
        answer("1"),
        answer("2"),
        answer("1", ""),
        answer("59999"),
        answer("1", "51999"),
    ],
)
def test_whatever_is_not_plain_is_unknown(doubtful: Answer) -> None:
    assert isinstance(classify_submit(doubtful, MINE), Unknown)


@pytest.mark.parametrize("code", sorted(REFUSED))
def test_item_on_the_allow_list_is_rejected(code: str) -> None:
    outcome = classify_submit(answer("1", code), MINE)
    assert outcome == Rejected(code=code, reason="why", is_expired=code in ("50036", "50037"))


def test_allow_list_is_the_documented_one() -> None:
    documented = {"51000", "51001", "51116", "51121", "51131", "51155", "51169", "51170", "51185"}
    for first, last in ((51004, 51010), (51020, 51022), (51027, 51030), (51046, 51053)):
        documented |= {str(code) for code in range(first, last + 1)}
    assert documented | {"51201", "51202", "51203", "50036", "50037"} == REFUSED


def test_sub_code_is_appended() -> None:
    outcome = classify_submit(answer("1", "51008", sub="1001"), MINE)
    assert outcome == Rejected(code="51008_1001", reason="why")


def test_item_overrules_a_top_code_of_success() -> None:
    assert isinstance(classify_submit(answer("0", "51000"), MINE), Rejected)


@pytest.mark.parametrize("code", ["50036", "50037"])
def test_expired_at_the_gateway_is_rejected_as_expired(code: str) -> None:
    outcome = classify_submit(answer(code, status=400), MINE)
    assert isinstance(outcome, Rejected)
    assert outcome.is_expired


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("50011", 429),
        ("50011", 200),
        ("50061", 200),
        ("50102", 401),
        ("50111", 401),
        ("50113", 401),
        ("50119", 200),
        ("50120", 200),
        ("50014", 400),
    ],
)
def test_refusal_before_processing_wants_proof(code: str, status: int) -> None:
    assert isinstance(classify_submit(answer(code, status=status), MINE), RefusedIfAbsent)


@pytest.mark.parametrize("code", ["51120", "51150", "51127", "51112"])
def test_documented_refusal_outside_the_allow_list_wants_proof(code: str) -> None:
    assert isinstance(classify_submit(answer("1", code), MINE), RefusedIfAbsent)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("50001", 503),
        ("50004", 400),
        ("50013", 429),
        ("50026", 500),
        ("51054", 500),
        ("51149", 500),
        ("50042", 200),
        ("51016", 200),
        ("50071", 200),
        ("51008", 500),
    ],
)
def test_undefined_outcome_is_unknown(code: str, status: int) -> None:
    assert isinstance(classify_submit(answer(code, status=status), MINE), Unknown)


@pytest.mark.parametrize("code", ["51016", "50071", "51065", "51068", "51011"])
def test_id_in_use_is_unknown_since_ours_may_exist(code: str) -> None:
    assert isinstance(classify_submit(answer("1", code), MINE), Unknown)


@pytest.mark.parametrize("status", [200, 502, 504])
def test_unreadable_body_is_unknown(status: int) -> None:
    page = read_answer(status, b"<html>bad gateway</html>")
    assert isinstance(classify_submit(page, MINE), Unknown)


def test_truncated_body_is_unknown() -> None:
    cut = read_answer(200, b'{"code":"0","msg":"","data":[{"ordId":"7","clO')
    assert isinstance(classify_submit(cut, MINE), Unknown)


def test_failure_before_the_first_byte_is_not_sent() -> None:
    assert failed_submit(NoAnswer("ConnectError", is_sent=False)) == NotSent(reason="ConnectError")


def test_failure_after_the_first_byte_is_unknown() -> None:
    assert failed_submit(NoAnswer("ReadTimeout", is_sent=True)) == Unknown(reason="ReadTimeout")


@pytest.mark.parametrize("code", ["51400", "51410", "51503", "51603"])
def test_cancel_of_what_is_gone_is_accepted(code: str) -> None:
    assert classify_cancel(answer("1", code)) == Accepted(ord_id="")


def test_cancel_taken_is_accepted() -> None:
    assert classify_cancel(answer("0", "0", ordId="7")) == Accepted(ord_id="7")


def test_cancel_refused_is_rejected() -> None:
    assert classify_cancel(answer("1", "51403")) == Rejected(code="51403", reason="why")


@pytest.mark.parametrize("doubtful", [answer("50026", status=500), answer("50004"), answer("1")])
def test_cancel_without_a_clear_answer_is_unknown(doubtful: Answer) -> None:
    assert isinstance(classify_cancel(doubtful), Unknown)


@pytest.mark.parametrize("code", sorted(KEYS))
def test_key_codes_are_never_retried(code: str) -> None:
    assert judge_read(answer(code, status=401)) is Reading.KEYS_REJECTED


@pytest.mark.parametrize(
    ("got", "reading"),
    [
        (answer("0"), Reading.USE),
        (answer("50013", status=429), Reading.RETRY),
        (answer("50011"), Reading.WAIT),
        (answer("50102", status=401), Reading.MEASURE_CLOCK),
        (read_answer(429, b"<html>"), Reading.WAIT),
        (read_answer(502, b"<html>"), Reading.RETRY),
        (read_answer(200, b"<html>"), Reading.UNREADABLE),
        (answer("51603"), Reading.ABSENT),
        (answer("51000"), Reading.REFUSED),
    ],
)
def test_reads_are_judged(got: Answer, reading: Reading) -> None:
    assert judge_read(got, frozenset({"51603"})) is reading


@pytest.mark.parametrize("code", sorted(codes.KEYS | codes.WS_KEYS))
def test_every_key_code_becomes_an_error_with_a_hint(code: str) -> None:
    refusal = codes.key_refusal(code, "told so")
    assert (code in refusal.message, bool(refusal.hint)) == (True, True)
    assert refusal.exit_code == (78 if code == "50101" else 4)


@pytest.mark.parametrize("code", ["50119", "60032", "50111", "60005"])
def test_key_of_another_region_is_told_where_to_set_it(code: str) -> None:
    assert "okx.region" in codes.key_refusal(code, "API key doesn't exist").hint
