"""Every way in which a server fails ends as a value with its own code, streamed or not."""

import pytest

from tai2.llm.chat import ChatFailed, Code, Completion
from tai2.llm.client import ChatClient
from tai2.llm.endpoint import Endpoint
from tests.fakes.openrouter.knobs import TRANSPORT, Knobs
from tests.fakes.openrouter.server import KEY, fake_openrouter, fixed, sequence
from tests.wire.llm_support import QuickClock, llm_room, question

GOOD = '{"say": "“héllo” → 1\u2028\u0085 done"}'
HTTP = {
    400: Code.BAD_REQUEST,
    401: Code.KEY_REJECTED,
    402: Code.NO_CREDIT,
    403: Code.FORBIDDEN,
    404: Code.NO_MODEL,
    408: Code.UPSTREAM_TIMEOUT,
    413: Code.BAD_REQUEST,
    418: Code.BAD_REQUEST,
    422: Code.BAD_REQUEST,
    429: Code.RATE_LIMITED,
    500: Code.SERVER,
    502: Code.SERVER,
    503: Code.OVERLOADED,
    504: Code.UPSTREAM_TIMEOUT,
    507: Code.SERVER,
    524: Code.UPSTREAM_TIMEOUT,
    529: Code.OVERLOADED,
}
GAVE_UP = {504, 524}
"""Said by gateways, behind which a model may go on and be billed."""
BAD = [
    (Knobs(error_body_200=True), Code.SERVER, Code.SERVER),
    (Knobs(choices="null"), Code.NO_CHOICES, Code.NO_CHOICES),
    (Knobs(choices="empty"), Code.NO_CHOICES, Code.NO_CHOICES),
    (Knobs(finish="length"), Code.LENGTH, Code.LENGTH),
    (Knobs(finish="content_filter"), Code.CONTENT_FILTER, Code.CONTENT_FILTER),
    (Knobs(finish="error"), Code.SERVER, Code.SERVER),
    (Knobs(finish="null"), Code.NO_FINISH, Code.TRUNCATED),
    (Knobs(finish="bored"), Code.NO_FINISH, Code.NO_FINISH),
    (Knobs(refusal=True), Code.REFUSED, Code.REFUSED),
    (Knobs(empty_content=True), Code.EMPTY, Code.EMPTY),
    (Knobs(truncate_bytes=60), Code.BAD_BODY, Code.TRUNCATED),
    (Knobs(truncate_bytes=300), Code.BAD_BODY, Code.TRUNCATED),
    (Knobs(drop_connect=True), Code.CONNECTION, Code.CONNECTION),
]
FINE = [
    Knobs(),
    Knobs(choices="nested"),
    Knobs(parts=True),
    Knobs(no_done=True),
    Knobs(no_usage=True),
    Knobs(usage_twice=True),
    Knobs(keepalive=9),
    Knobs(crlf=True),
    Knobs(chunk_split="one_byte", crlf=True),
    Knobs(chunk_split="mid_utf8"),
    Knobs(chunk_split="many_events"),
]


@pytest.mark.parametrize("knobs", FINE, ids=lambda knobs: str(knobs.names))
@pytest.mark.parametrize("is_stream", [False, True])
async def test_an_odd_but_whole_answer_is_read_to_the_letter(knobs: Knobs, is_stream: bool) -> None:
    heard: list[str] = []
    async with llm_room() as room:
        room.fake.answer = fixed(GOOD)
        room.fake.fail(knobs)
        outcome = await room.ask_once(heard=heard.append if is_stream else None)
    assert isinstance(outcome, Completion)
    assert outcome.text == GOOD
    assert not is_stream or "".join(heard) == GOOD
    assert outcome.usage.cost_usd == (None if knobs.no_usage else room.fake.cost_usd)


@pytest.mark.parametrize(("knobs", "plain", "streamed"), BAD, ids=lambda each: str(each)[:60])
async def test_a_bad_answer_is_named_and_never_returned(
    knobs: Knobs, plain: Code, streamed: Code
) -> None:
    async with llm_room() as room:
        room.fake.answer = fixed(GOOD)
        room.fake.fail(knobs, knobs)
        whole, piecewise = await room.ask_once(), await room.ask_once(heard=lambda _piece: None)
    assert isinstance(whole, ChatFailed)
    assert isinstance(piecewise, ChatFailed)
    assert (whole.code, piecewise.code) == (plain, streamed)


@pytest.mark.parametrize(("status", "code"), HTTP.items())
async def test_an_http_status_means_one_code(status: int, code: Code) -> None:
    async with llm_room() as room:
        room.fake.fail(Knobs(http=status))
        outcome = await room.ask_once()
    assert isinstance(outcome, ChatFailed)
    assert outcome.code is code
    assert outcome.may_be_billed == (status in GAVE_UP)
    assert outcome.may_retry == (status in {408, 429, 500, 502, 503, 504, 524, 529})


async def test_text_before_a_midstream_error_is_no_answer() -> None:
    heard: list[str] = []
    async with llm_room() as room:
        room.fake.answer = fixed(GOOD)
        room.fake.fail(Knobs(midstream_error_after=2))
        outcome = await room.ask_once(heard=heard.append)
    assert isinstance(outcome, ChatFailed)
    assert outcome.code is Code.SERVER
    assert "Provider disconnected" in outcome.detail
    assert GOOD.startswith("".join(heard))
    assert "".join(heard)


async def test_a_reset_after_the_last_token_is_still_a_cut() -> None:
    async with llm_room() as room:
        room.fake.answer = fixed(GOOD)
        await room.ask_once(heard=lambda _piece: None)
        room.fake.fail(Knobs(truncate_bytes=1_200, reset=True, no_done=True))
        outcome = await room.ask_once(heard=lambda _piece: None)
    assert isinstance(outcome, ChatFailed)
    assert outcome.code is Code.TRUNCATED


async def test_drip_and_keepalives_never_outlive_the_deadline() -> None:
    async with llm_room() as room:
        room.fake.fail(Knobs(drip_ms=50, chunk_split="one_byte"), Knobs(hang=True))
        dripped = await room.ask_once(deadline_s=0.2, heard=lambda _piece: None)
        hung = await room.ask_once(deadline_s=0.2)
    for outcome in (dripped, hung):
        assert isinstance(outcome, ChatFailed)
        assert outcome.code is Code.TIMEOUT
        assert outcome.may_be_billed


async def test_a_server_that_is_not_there_is_unreachable_and_costs_nothing() -> None:
    async with fake_openrouter() as fake:
        url = fake.url
    client = ChatClient(Endpoint(base_url=url), QuickClock())
    outcome = await client.ask(question(), 2.0)
    await client.aclose()
    assert isinstance(outcome, ChatFailed)
    assert outcome.code is Code.UNREACHABLE
    assert not outcome.may_be_billed


@pytest.mark.parametrize(
    ("header", "wait_s"), [("2", 2), ("900", 60), ("0", 0), ("garbage", None), ("-5", None)]
)
async def test_retry_after_is_read_capped_or_ignored(header: str, wait_s: float | None) -> None:
    async with llm_room() as room:
        room.fake.fail(Knobs(http=429, retry_after=header))
        outcome = await room.ask_once()
    assert isinstance(outcome, ChatFailed)
    assert outcome.retry_after_s == wait_s


async def test_the_cause_of_a_provider_error_is_told() -> None:
    async with llm_room() as room:
        room.fake.fail(Knobs(http=529, raw_provider_error=True))
        outcome = await room.ask_once()
    assert isinstance(outcome, ChatFailed)
    assert "GPU on fire" in outcome.detail
    assert "AcmeCloud" in outcome.detail


async def test_an_echoed_key_is_redacted() -> None:
    async with llm_room() as room:
        room.fake.fail(Knobs(http=400, echo_key=True))
        outcome = await room.ask_once()
    assert KEY not in repr(outcome)
    assert "***" in repr(outcome)


async def test_tool_calls_come_whole_and_in_pieces() -> None:
    wanted = {"tool_calls": [{"name": "funnel", "arguments": {"since": "1h", "inst": "BTC → x"}}]}
    async with llm_room() as room:
        room.fake.answer = sequence(wanted)
        outcomes = [await room.ask_once(), await room.ask_once(heard=lambda _piece: None)]
        room.fake.fail(Knobs(tool_args_null=True))
        blank = await room.ask_once(heard=lambda _piece: None)
    for outcome in outcomes:
        assert isinstance(outcome, Completion)
        assert [call.name for call in outcome.tool_calls] == ["funnel"]
        assert outcome.tool_calls[0].arguments == '{"since": "1h", "inst": "BTC \\u2192 x"}'
        assert outcome.message["tool_calls"][0]["id"] == "call-0"
    assert isinstance(blank, Completion)
    assert blank.tool_calls[0].arguments == ""


async def test_plain_servers_get_no_extension_and_name_no_cost() -> None:
    async with llm_room(is_plain=True) as room:
        room.fake.answer = fixed(GOOD)
        outcome = await room.client.ask(question(session_id="s", effort="low"), 5.0)
        streamed = await room.client.ask(question(), 5.0, lambda _piece: None)
    for each in (outcome, streamed):
        assert isinstance(each, Completion)
        assert each.usage.cost_usd is None
        assert each.usage.prompt_tokens
    assert set(room.fake.journal[0].body) == {"model", "max_tokens", "messages"}


def test_the_table_of_faults_covers_every_code_of_the_wire() -> None:
    ours = {"PAUSED", "BUDGET_CALL", "BUDGET_DAY", "BUDGET_ASK", "OTHER_MODEL"}
    named = {*HTTP.values(), *(code for _, *codes in BAD for code in codes)}
    named |= {Code.TIMEOUT, Code.UNREACHABLE}
    assert {code.name for code in Code} - {code.name for code in named} == ours


def test_the_mix_of_faults_is_not_empty() -> None:
    assert len(TRANSPORT) > 30
    assert all(knobs.names for knobs in TRANSPORT)
