"""The fake OpenRouter, accepted by the official openai client, which nobody here wrote."""

from collections.abc import AsyncIterator

import httpx
import openai
import pytest

from tests.fakes.openrouter.knobs import Knobs
from tests.fakes.openrouter.server import KEY, FakeOpenRouter, fake_openrouter, fixed, sequence

MESSAGES = [{"role": "user", "content": "Say it."}]
TOOL = {"type": "function", "function": {"name": "funnel", "parameters": {"type": "object"}}}


@pytest.fixture
async def fake() -> AsyncIterator[FakeOpenRouter]:
    async with fake_openrouter() as fake:
        fake.answer = fixed("héllo → world, in more than one piece")
        yield fake


@pytest.fixture(params=["url", "plain_url"])
async def client(
    fake: FakeOpenRouter, request: pytest.FixtureRequest
) -> AsyncIterator[openai.AsyncOpenAI]:
    url = getattr(fake, request.param)
    async with openai.AsyncOpenAI(base_url=url, api_key=KEY, max_retries=0, timeout=60) as client:
        yield client


async def test_openai_reads_a_completion(fake: FakeOpenRouter, client: openai.AsyncOpenAI) -> None:
    made = await client.chat.completions.create(model="acme/quant-large", messages=MESSAGES)
    assert made.choices[0].message.content == fake.journal[0].good_text
    assert made.choices[0].finish_reason == "stop"
    assert made.usage is not None
    assert made.usage.total_tokens == made.usage.prompt_tokens + made.usage.completion_tokens


async def test_openai_reads_a_stream(fake: FakeOpenRouter, client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model="acme/quant-large",
        messages=MESSAGES,
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]
    texts = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(texts) == fake.journal[0].good_text
    assert [bool(chunk.usage) for chunk in chunks].count(True) == 1


async def test_openai_assembles_tool_calls(
    fake: FakeOpenRouter, client: openai.AsyncOpenAI
) -> None:
    fake.answer = sequence({"tool_calls": [{"name": "funnel", "arguments": {"since": "1h"}}]})
    made = await client.chat.completions.create(
        model="acme/quant-large", messages=MESSAGES, tools=[TOOL]
    )
    assert made.choices[0].finish_reason == "tool_calls"
    assert made.choices[0].message.tool_calls[0].function.arguments == '{"since": "1h"}'


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (403, openai.PermissionDeniedError),
        (404, openai.NotFoundError),
        (429, openai.RateLimitError),
        (502, openai.InternalServerError),
    ],
)
async def test_openai_recognises_refusals(
    fake: FakeOpenRouter,
    client: openai.AsyncOpenAI,
    status: int,
    error: type[openai.APIStatusError],
) -> None:
    fake.fail(Knobs(http=status))
    with pytest.raises(error):
        await client.chat.completions.create(model="acme/quant-large", messages=MESSAGES)


async def test_openai_sees_a_broken_stream_as_an_error(fake: FakeOpenRouter) -> None:
    fake.fail(Knobs(midstream_error_after=2))
    async with openai.AsyncOpenAI(base_url=fake.url, api_key=KEY, max_retries=0) as client:
        stream = await client.chat.completions.create(
            model="acme/quant-large", messages=MESSAGES, stream=True
        )
        with pytest.raises(openai.APIError, match="Provider disconnected"):
            [chunk async for chunk in stream]


async def test_openai_lists_the_models(fake: FakeOpenRouter) -> None:
    async with openai.AsyncOpenAI(base_url=fake.plain_url, api_key=KEY) as client:
        listed = [model.id async for model in client.models.list()]
    assert listed == list(fake.models)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"extra_body": {"provider": {"flavour": 1}}}, "unknown provider key flavour"),
        ({"messages": []}, "messages is required"),
        ({"response_format": {"type": "json_object"}}, "the word json"),
        ({"messages": [{"role": "tool", "content": "", "tool_call_id": "x"}]}, "matching"),
    ],
)
async def test_the_fake_refuses_what_the_service_would_refuse(
    fake: FakeOpenRouter, change: dict[str, object], reason: str
) -> None:
    asked = {"model": "acme/quant-large", "messages": MESSAGES} | change
    async with openai.AsyncOpenAI(base_url=fake.url, api_key=KEY, max_retries=0) as client:
        with pytest.raises(openai.BadRequestError, match=reason):
            await client.chat.completions.create(**asked)  # type: ignore[call-overload]


async def test_the_fake_is_steered_over_http_and_its_journal_knows_no_key(
    fake: FakeOpenRouter,
) -> None:
    root = fake.url.removesuffix("/api/v1")
    asked = {"model": "acme/quant-large", "messages": MESSAGES}
    known = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(headers=known, trust_env=False) as http:
        await http.post(f"{root}/__fake/faults", json=[{"http": 429, "retry_after": "7"}])
        limited = await http.post(f"{fake.url}/chat/completions", json=asked)
        cut = await http.post(
            f"{fake.url}/chat/completions", json=asked, headers={"X-Fake": "finish=length,no_usage"}
        )
        journal = await http.get(f"{root}/__fake/journal")
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "7")
    assert cut.json()["choices"][0]["finish_reason"] == "length"
    assert "usage" not in cut.json()
    assert [call["knobs"] for call in journal.json()["calls"]][1] == ["finish", "no_usage"]
    assert KEY not in journal.text
