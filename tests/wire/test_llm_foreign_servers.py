"""The client against servers that nobody here wrote: aimock (npm) and mockllm (PyPI).

Neither is a dependency. aimock is looked for in $TAI2_AIMOCK (its cli.js) and node_modules,
mockllm in $TAI2_MOCKLLM and on the PATH; what isn't there is skipped.
"""

import asyncio
import contextlib
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from tai2.llm.chat import ChatFailed, ChatRequest, Code, Completion
from tai2.llm.client import ChatClient
from tai2.llm.endpoint import Endpoint
from tests.wire.llm_support import QuickClock

ROOT = Path(__file__).parents[2]
AIMOCK = Path(os.environ.get("TAI2_AIMOCK", ROOT / "node_modules/@copilotkit/aimock/dist/cli.js"))
HAS_AIMOCK = AIMOCK.exists() and shutil.which("node") is not None
MOCKLLM = os.environ.get("TAI2_MOCKLLM") or shutil.which("mockllm")
USAGE = {"prompt_tokens": 900, "completion_tokens": 60, "total_tokens": 960, "cost": 0.00123}
TEXT = '{"action":"HOLD","why":"an answer in → several pieces"}'
FIXTURES = [
    {
        "match": {"model": "acme/hold"},
        "openRouterProcessing": True,
        "response": {"content": TEXT, "provider": "AcmeCloud", "usage": USAGE},
    },
    {
        "match": {"model": "acme/limited"},
        "response": {"error": {"message": "Rate limit"}, "status": 429, "retryAfter": 2},
    },
    {
        "match": {"model": "acme/broke"},
        "response": {"error": {"message": "Insufficient credits"}, "status": 402},
    },
    {
        "match": {"model": "acme/cut"},
        "truncateAfterChunks": 3,
        "chunkSize": 5,
        "latency": 20,
        "response": {"content": TEXT},
    },
    {
        "match": {"model": "acme/length"},
        "response": {"content": '{"action":"BU', "finishReason": "length"},
    },
    {
        "match": {"model": "acme/tool"},
        "response": {"toolCalls": [{"name": "funnel", "arguments": '{"since":"1h"}'}]},
    },
    {
        "match": {"model": "acme/drip"},
        "streamingProfile": {"ttft": 400, "tps": 5},
        "response": {"content": TEXT},
    },
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def running(port: int, *command: str | Path) -> AsyncIterator[None]:
    """Run a server until the block ends; enter the block once it answers."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(30), httpx.AsyncClient(trust_env=False) as http:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    await http.get(f"http://127.0.0.1:{port}/v1/models")
                    break
                await asyncio.sleep(0.1)
        yield
    finally:
        process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def client_of(url: str) -> AsyncIterator[ChatClient]:
    client = ChatClient(Endpoint(base_url=url, api_key="sk-none-at-all"), QuickClock())
    try:
        yield client
    finally:
        await client.aclose()


@pytest.fixture
async def aimock(tmp_path: Path) -> AsyncIterator[ChatClient]:
    if not HAS_AIMOCK:
        pytest.skip("aimock isn't here: npm install @copilotkit/aimock")
    (tmp_path / "f.json").write_text(json.dumps({"fixtures": FIXTURES}))
    port = free_port()
    command = ("node", AIMOCK, "-p", str(port), "-f", tmp_path, "--strict", "--log-level", "silent")
    async with (
        running(port, *command),
        client_of(f"http://127.0.0.1:{port}/api/v1") as client,
    ):
        yield client


@pytest.fixture
async def mockllm(tmp_path: Path) -> AsyncIterator[ChatClient]:
    if MOCKLLM is None:
        pytest.skip("mockllm isn't here: pip install mockllm")
    answers = {"responses": {}, "defaults": {"unknown_response": TEXT}}
    (tmp_path / "r.yml").write_text(json.dumps(answers))  # JSON is YAML
    port = free_port()
    command = (MOCKLLM, "start", "-r", tmp_path / "r.yml", "-h", "127.0.0.1", "-p", str(port))
    async with running(port, *command), client_of(f"http://127.0.0.1:{port}/v1") as client:
        yield client


def asking(model: str) -> ChatRequest:
    messages = ({"role": "user", "content": "decide"},)
    return ChatRequest(model=model, messages=messages, max_tokens=500)


def deaf(_piece: str) -> None:
    pass


async def test_aimock_is_read_whole_and_streamed(aimock: ChatClient) -> None:
    heard: list[str] = []
    whole = await aimock.ask(asking("acme/hold"), 5.0)
    streamed = await aimock.ask(asking("acme/hold"), 5.0, heard.append)
    for outcome in (whole, streamed):
        assert isinstance(outcome, Completion)
        assert outcome.text == TEXT
        assert outcome.usage.cost_usd == Decimal("0.00123")
        assert outcome.generation_id.startswith("gen-")
    assert "".join(heard) == TEXT
    assert heard[0] == ""


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("acme/limited", Code.RATE_LIMITED),
        ("acme/broke", Code.NO_CREDIT),
        ("acme/length", Code.LENGTH),
        ("acme/nobody", Code.OVERLOADED),
    ],
)
async def test_aimock_fails_by_the_same_names(aimock: ChatClient, model: str, code: Code) -> None:
    for heard in (None, deaf):
        outcome = await aimock.ask(asking(model), 5.0, heard)
        assert isinstance(outcome, ChatFailed)
        assert outcome.code is code
        assert outcome.retry_after_s == (2 if model == "acme/limited" else None)


async def test_aimock_cuts_a_stream_and_drips_past_a_deadline(aimock: ChatClient) -> None:
    cut = await aimock.ask(asking("acme/cut"), 5.0, deaf)
    late = await aimock.ask(asking("acme/drip"), 0.6, deaf)
    assert isinstance(cut, ChatFailed)
    assert isinstance(late, ChatFailed)
    assert (cut.code, late.code) == (Code.TRUNCATED, Code.TIMEOUT)


async def test_aimock_calls_a_tool(aimock: ChatClient) -> None:
    outcomes = [await aimock.ask(asking("acme/tool"), 5.0, heard) for heard in (None, deaf)]
    for outcome in outcomes:
        assert isinstance(outcome, Completion)
        assert [(c.name, c.arguments) for c in outcome.tool_calls] == [("funnel", '{"since":"1h"}')]


async def test_mockllm_is_read_whole_and_streamed(mockllm: ChatClient) -> None:
    heard: list[str] = []
    whole = await mockllm.ask(asking("gpt-4"), 10.0)
    streamed = await mockllm.ask(asking("gpt-4"), 10.0, heard.append)
    for outcome in (whole, streamed):
        assert isinstance(outcome, Completion)
        assert outcome.text == TEXT
    assert "".join(heard) == TEXT
