"""A fake OpenRouter on loopback: seeded, strict about requests, faulty on demand, exact in cost.

Tests start it with `async with fake_openrouter() as fake`, point a client at `fake.url` (the
dialect of OpenRouter) or `fake.plain_url` (plain OpenAI) and steer it through its attributes.
`python -m tests.fakes.openrouter` runs it by itself, steered over /__fake/.
"""

import asyncio
import contextlib
import json
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from email.utils import formatdate
from typing import Any

from aiohttp import web

from tests.fakes.openrouter import decisions
from tests.fakes.openrouter.checks import format_kind, objection
from tests.fakes.openrouter.damage import spoiled
from tests.fakes.openrouter.delivery import Delivery, pieces
from tests.fakes.openrouter.knobs import NONE, Knobs, from_header, from_words
from tests.fakes.openrouter.offer import MODELS, FakeModel

KEY = "sk-or-v1-canary-0123456789abcdef"
Body = dict[str, Any]
Answer = Callable[[Body], str | dict[str, Any]]
"""Text of the answer, or {"tool_calls": [{"name": …, "arguments": {…}}], "text": …}."""


def fixed(text: str) -> Answer:
    return lambda _body: text


def sequence(*answers: str | dict[str, Any]) -> Answer:
    """Answer one after the other, the last one for ever."""
    left = list(answers)
    return lambda _body: left.pop(0) if len(left) > 1 else left[0]


def echo(body: Body) -> str:
    return str(body["messages"][-1]["content"])


@dataclass(kw_only=True)
class Entry:
    """One call of the journal; the key is never in it."""

    body: Body
    headers: dict[str, str]
    knobs: Knobs
    is_plain: bool
    good_text: str = ""
    cost_usd: Decimal = Decimal(0)
    generation_id: str = ""
    was_left: bool = False
    """The caller hung up before the end of the answer."""


@dataclass(kw_only=True)
class FakeOpenRouter:
    """The control object."""

    key: str = KEY
    answer: Answer = decisions.hold
    faults: Callable[[int, Body], Knobs] = field(default=lambda _call, _body: NONE)
    """Knobs of a call by its index (0, 1…) and body."""
    models: dict[str, FakeModel] = field(default_factory=lambda: {m.model_id: m for m in MODELS})
    generation_404s: int = 0
    """How many look-ups of a generation still say 404."""
    broken_models: bool = False
    """True = the model list answers 503."""
    journal: list[Entry] = field(default_factory=list)
    port: int = 0
    limit_remaining: float | None = 9.5

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v1"

    @property
    def plain_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def cost_usd(self) -> Decimal:
        """What the fake has billed in all, exactly."""
        return sum((entry.cost_usd for entry in self.journal), Decimal(0))

    def fail(self, *knobs: Knobs, of: Callable[[Body], bool] = lambda _body: True) -> None:
        """Use these knobs for the next calls of a kind, none afterwards and for the others."""
        left = list(knobs)
        self.faults = lambda _call, body: left.pop(0) if left and of(body) else NONE

    def app(self) -> web.Application:
        app = web.Application()
        for prefix in ("/api/v1", "/v1"):
            app.router.add_post(f"{prefix}/chat/completions", self._chat)
            app.router.add_get(f"{prefix}/models", self._models)
        app.router.add_get("/api/v1/key", self._key)
        app.router.add_get("/api/v1/credits", self._credits)
        app.router.add_get("/api/v1/generation", self._generation)
        app.router.add_get("/api/v1/model/{author}/{slug}", self._model)
        app.router.add_get("/api/v1/models/{author}/{slug}/endpoints", self._endpoints)
        app.router.add_post("/__fake/faults", self._set_faults)
        app.router.add_get("/__fake/journal", self._tell_journal)
        return app

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        headers = {k: v for k, v in request.headers.items() if k.lower() != "authorization"}
        asked = request.headers.get("X-Fake")
        knobs = from_header(asked) if asked else self.faults(len(self.journal), body)
        is_plain = request.path.startswith("/v1")
        entry = Entry(body=body, headers=headers, knobs=knobs, is_plain=is_plain)
        self.journal.append(entry)
        entry.generation_id = f"gen-{len(self.journal)}"
        if knobs.latency_ms:
            await asyncio.sleep(knobs.latency_ms / 1000)
        if knobs.hang:
            await asyncio.Event().wait()
        if knobs.drop_connect:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return self._refused(request, entry) or await self._heard(request, entry)

    async def _heard(self, request: web.Request, entry: Entry) -> web.StreamResponse:
        """Answer, and note it when the caller doesn't stay."""
        try:
            return await self._answer(request, entry)
        except (asyncio.CancelledError, ConnectionError):
            entry.was_left = True
            raise

    def _refused(self, request: web.Request, entry: Entry) -> web.Response | None:
        knobs, body = entry.knobs, entry.body
        if not self._knows(request):
            return _error(401, "No auth credentials found", "authentication")
        if knobs.http:
            return _scripted_error(request, knobs)
        if against := objection(body, is_plain=entry.is_plain):
            return _error(400, against, "invalid_request")
        model = self.models.get(body["model"])
        if model is None:
            return _error(404, f"No endpoints found for {body['model']}.", "not_found")
        kind = format_kind(body)
        if kind and kind not in model.formats:
            return _error(400, f"response_format {kind} is unavailable now", "invalid_request")
        return None

    def _knows(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {self.key}"

    async def _answer(self, request: web.Request, entry: Entry) -> web.StreamResponse:
        knobs, body = entry.knobs, entry.body
        given = self.answer(body)
        said = given if isinstance(given, dict) else {"text": given}
        entry.good_text = said.get("text", "")
        text = spoiled(entry.good_text, knobs)
        usage = self._bill(entry, text)
        made = _Made(entry, text, _calls(said, knobs), usage)
        headers = {} if entry.is_plain else {"X-Generation-Id": entry.generation_id}
        delivery = Delivery(request, knobs, headers)
        if knobs.error_body_200:
            error = _error_object(502, "Provider returned error", "provider_unavailable")
            return await delivery.document({"error": error, "user_id": "u-1"})
        if body.get("stream"):
            return await delivery.stream(made.chunks(), is_plain=entry.is_plain)
        return await delivery.document(made.document())

    def _bill(self, entry: Entry, text: str) -> dict[str, Any]:
        model = self.models[entry.body["model"]]
        tokens_in = math.ceil(len(json.dumps(entry.body["messages"])) / 4)
        tokens_out = math.ceil(len(text) / 4)
        knobs = entry.knobs
        is_free = (
            knobs.error_body_200
            or knobs.finish == "error"
            or (knobs.midstream_error_after and entry.body.get("stream"))
            or knobs.choices in ("null", "empty")
        )
        if not is_free:
            entry.cost_usd = model.cost_usd(tokens_in, tokens_out)
        usage = {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
        }
        if not entry.is_plain:
            usage |= {
                "cost": float(entry.cost_usd),
                "is_byok": False,
                "completion_tokens_details": {"reasoning_tokens": 0},
            }  # type: ignore[dict-item]
        return usage

    async def _models(self, request: web.Request) -> web.Response:
        if self.broken_models:
            return _error(503, "Try later", "provider_overloaded")
        if request.path.startswith("/v1"):
            ids = [{"id": each, "object": "model"} for each in self.models]
            return web.json_response({"object": "list", "data": ids})
        offset, limit = int(request.query.get("offset", 0)), int(request.query.get("limit", 5))
        listed = [model.listed() for model in self.models.values()]
        page = {"data": listed[offset : offset + limit], "total_count": len(listed), "links": {}}
        return web.json_response(page)

    async def _model(self, request: web.Request) -> web.Response:
        model = self.models.get("{author}/{slug}".format(**request.match_info))
        return web.json_response({"data": model.listed()}) if model else _error(404, "No model", "")

    async def _endpoints(self, request: web.Request) -> web.Response:
        model = self.models.get("{author}/{slug}".format(**request.match_info))
        if model is None:
            return _error(404, "No model", "")
        one = {"provider_name": "AcmeCloud", "tag": "acmecloud", "quantization": "fp8"}
        one |= {"supported_parameters": list(model.parameters)}  # type: ignore[dict-item]
        return web.json_response({"data": {"id": model.model_id, "endpoints": [one]}})

    async def _key(self, request: web.Request) -> web.Response:
        if not self._knows(request):
            return _error(401, "No auth credentials found", "authentication")
        told = {
            "label": f"{self.key[:12]}...{self.key[-3:]}",
            "limit": 10,
            "limit_remaining": self.limit_remaining,
            "usage_daily": float(self.cost_usd),
            "is_free_tier": False,
        }
        return web.json_response({"data": told})

    async def _credits(self, _request: web.Request) -> web.Response:
        return _error(403, "Only management keys can fetch credits", "permission_denied")

    async def _generation(self, request: web.Request) -> web.Response:
        if self.generation_404s > 0:
            self.generation_404s -= 1
            return _error(404, "Generation not found", "not_found")
        wanted = request.query.get("id")
        for entry in self.journal:
            if entry.generation_id == wanted:
                told = {"id": wanted, "total_cost": float(entry.cost_usd)}
                return web.json_response({"data": told})
        return _error(404, "Generation not found", "not_found")

    async def _set_faults(self, request: web.Request) -> web.Response:
        words = await request.json()
        knobs = [from_words(each) for each in words]
        if request.query.get("of") == "questions":
            self.fail(*knobs, of=lambda body: bool(body.get("tools")))
        else:
            self.fail(*knobs)
        return web.json_response({"calls": len(words)})

    async def _tell_journal(self, _request: web.Request) -> web.Response:
        told = [
            {
                "body": e.body,
                "headers": e.headers,
                "knobs": e.knobs.names,
                "cost": str(e.cost_usd),
                "was_left": e.was_left,
            }
            for e in self.journal
        ]
        return web.json_response({"cost_usd": str(self.cost_usd), "calls": told})


class _Made:
    """The documents of one answer."""

    def __init__(
        self,
        entry: Entry,
        text: str,
        calls: list[dict[str, Any]],
        usage: dict[str, Any],
    ) -> None:
        self._entry, self._text, self._calls, self._usage = entry, text, calls, usage
        self._knobs = entry.knobs
        model = "acme/someone-else" if self._knobs.model_swap else entry.body["model"]
        self._head = {"id": entry.generation_id, "created": 1_795_420_800, "model": model}
        if not entry.is_plain:
            self._head["provider"] = "AcmeCloud"

    @property
    def _finish(self) -> str | None:
        wanted = self._knobs.finish
        if wanted:
            return None if wanted == "null" else wanted
        return "tool_calls" if self._calls else "stop"

    def document(self) -> dict[str, Any]:
        knobs = self._knobs
        content: Any = [{"type": "text", "text": self._text}] if knobs.parts else self._text
        message = {"role": "assistant", "content": content, "refusal": None}
        if knobs.refusal:
            message |= {"refusal": "I can't help with that."}
        if self._calls:
            message["tool_calls"] = self._calls
        choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": self._finish}
        if knobs.finish == "error":
            choice["error"] = _error_object(502, "Provider disconnected", "provider_unavailable")
        whole = self._head | {"object": "chat.completion", "choices": [choice]}
        if knobs.choices in ("null", "empty"):
            whole["choices"] = None if knobs.choices == "null" else []
        if not knobs.no_usage:
            whole["usage"] = self._usage
        return {"provider": whole} if knobs.choices == "nested" else whole

    def chunks(self) -> list[dict[str, Any]]:
        knobs = self._knobs
        texts = pieces(self._text)
        if knobs.midstream_error_after:
            told = [self._piece(text) for text in texts[: knobs.midstream_error_after]]
            error = _error_object(502, "Provider disconnected", "provider_unavailable")
            return [*told, self._chunk({"content": ""}, "error") | {"error": error}]
        chunks = [self._chunk({"role": "assistant", "content": ""}, None)]
        chunks += [self._piece(text) for text in texts]
        if knobs.refusal:
            chunks.append(self._chunk({"refusal": "I can't help with that."}, None))
        for index, call in enumerate(self._calls):
            chunks += self._call_pieces(index, call)
        chunks.append(self._chunk({}, self._finish))
        if knobs.choices in ("null", "empty"):
            chunks = [self._head | {"choices": None if knobs.choices == "null" else []}]
        return chunks + [self._usage_chunk()] * self._usage_chunks()

    def _piece(self, text: str) -> dict[str, Any]:
        content: Any = [{"type": "text", "text": text}] if self._knobs.parts else text
        return self._chunk({"content": content}, None)

    def _chunk(self, delta: dict[str, Any], finish: str | None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return self._head | {"object": "chat.completion.chunk", "choices": [choice]}

    def _call_pieces(self, index: int, call: dict[str, Any]) -> list[dict[str, Any]]:
        arguments = call["function"]["arguments"] or ""
        first = call | {"index": index, "function": call["function"] | {"arguments": None}}
        rest = [{"index": index, "function": {"arguments": part}} for part in pieces(arguments)]
        return [self._chunk({"tool_calls": [each]}, None) for each in (first, *rest)]

    def _usage_chunk(self) -> dict[str, Any]:
        return self._head | {
            "object": "chat.completion.chunk",
            "choices": [],
            "usage": self._usage,
        }

    def _usage_chunks(self) -> int:
        options = self._entry.body.get("stream_options") or {}
        is_wanted = not self._entry.is_plain or options.get("include_usage")
        if self._knobs.no_usage or not is_wanted:
            return 0
        return 2 if self._knobs.usage_twice else 1


def _calls(said: dict[str, Any], knobs: Knobs) -> list[dict[str, Any]]:
    calls = []
    for place, wanted in enumerate(said.get("tool_calls", [])):
        name = "no_such_tool" if knobs.tool_unknown else wanted["name"]
        arguments = None if knobs.tool_args_null else json.dumps(wanted["arguments"])
        function = {"name": name, "arguments": arguments}
        calls.append({"id": f"call-{place}", "type": "function", "function": function})
    return calls


def _error_object(status: int, message: str, error_type: str) -> dict[str, Any]:
    return {"code": status, "message": message, "metadata": {"error_type": error_type}}


def _error(status: int, message: str, error_type: str) -> web.Response:
    return web.json_response({"error": _error_object(status, message, error_type)}, status=status)


def _scripted_error(request: web.Request, knobs: Knobs) -> web.Response:
    error = _error_object(knobs.http, f"told to say {knobs.http}", "scripted")
    if knobs.echo_key:
        error["message"] = f"Bad header {request.headers['Authorization']}"
    if knobs.raw_provider_error:
        error["message"] = "Provider returned error"
        error["metadata"] |= {"raw": '{"detail":"GPU on fire"}', "provider_name": "AcmeCloud"}
    if knobs.availability:
        error = {
            "message": "unavailable",
            "http_status": knobs.http,
            "availability": {"code": knobs.availability, "retryable": True, "retry_after": 0},
        }
    after = knobs.retry_after
    if after.startswith("date+"):
        import time

        after = formatdate(time.time() + int(after.removeprefix("date+")), usegmt=True)
    headers = {"Retry-After": after} if after else {}
    return web.json_response({"error": error}, status=knobs.http, headers=headers)


@contextlib.asynccontextmanager
async def fake_openrouter(port: int = 0) -> AsyncIterator[FakeOpenRouter]:
    """Serve on 127.0.0.1 until the block ends."""
    fake = FakeOpenRouter()
    runner = web.AppRunner(fake.app(), shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    assert site._server is not None
    fake.port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    try:
        yield fake
    finally:
        await runner.cleanup()
