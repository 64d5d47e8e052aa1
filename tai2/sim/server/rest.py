"""The REST gate: from raw HTTP to an endpoint and back, in the protocol's envelope.

aiohttp calls it for everything under /api/v5; it authenticates, reads parameters, applies
faults and prints the reply. It must never let an endpoint see an unauthenticated request.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final, assert_never
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from tai2.sim.server.backend import Answer, Backend, Call, Route
from tai2.sim.server.credentials import SignedRequest, check_rest, timestamp_ms
from tai2.sim.server.faults import Code, Drop, Fault, Faults, Html, Stage
from tai2.sim.server.params import Params
from tai2.sim.server.refusals import ApiRefusal, http_status, text_of

PREFIX: Final = "/api/v5/"
_GZIP_FROM_BYTES: Final = 8_192
_GATEWAY_PAGE: Final = "<html><head><title>{0}</title></head><body>{0}</body></html>"


class RestGate:
    """Serves the routes of one backend."""

    def __init__(self, backend: Backend, routes: Sequence[Route], faults: Faults) -> None:
        self._backend = backend
        self._faults = faults
        self._routes = {(route.method, route.path): route for route in routes}
        self._paths = {route.path for route in routes}

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request; faults armed for it strike before or after its execution."""
        in_ms = self._backend.now_ms()
        body = (await request.read()).decode("utf-8", "replace")
        path = request.path.removeprefix(PREFIX)
        fault = self._faults.take(request.method, path)
        if fault and (spoilt := await self._strike(fault, Stage.BEFORE, request)):
            return spoilt
        response = self._execute(request, path, body, in_ms)
        if fault and (spoilt := await self._strike(fault, Stage.AFTER, request)):
            return spoilt
        return response

    def _execute(self, request: web.Request, path: str, body: str, in_ms: int) -> web.Response:
        try:
            route = self._route(request.method, path)
            call = self._admit(route, request, body)
            answer = route.endpoint(self._backend, call)
        except ApiRefusal as refusal:
            return _envelope(Answer(rows=(), code=refusal.code, msg=refusal.text))
        times = (in_ms, self._backend.now_ms()) if route.timed else None
        return _envelope(answer, times)

    def _route(self, method: str, path: str) -> Route:
        route = self._routes.get((method, path))
        if route is None:
            raise ApiRefusal("50115" if path in self._paths else "404")
        return route

    def _admit(self, route: Route, request: web.Request, body: str) -> Call:
        if route.permission:
            signed = SignedRequest(
                headers=request.headers,
                method=request.method,
                raw_path=request.raw_path,
                body=body,
            )
            check_rest(self._backend.key, signed, self._backend.now_ms())
            if route.permission not in self._backend.key.permissions:
                raise ApiRefusal("50120")
        if route.method == "GET":
            return Call(params=Params(dict(parse_qsl(request.rel_url.raw_query_string))))
        return _posted(request, body)

    async def _strike(
        self, fault: Fault, stage: Stage, request: web.Request
    ) -> web.Response | None:
        if fault.stage is not stage:
            return None
        if fault.delay_s:
            await self._backend.clock.sleep(fault.delay_s)
        match fault.reply:
            case None:
                return None
            case Drop():
                if request.transport is not None:
                    request.transport.abort()
                return web.Response()
            case Html(status=status):
                phrase = f"{status} {HTTPStatus(status).phrase}"
                page = _GATEWAY_PAGE.format(phrase)
                return web.Response(text=page, status=status, content_type="text/html")
            case Code(code=code, msg=msg):
                return _envelope(Answer(rows=(), code=code, msg=msg or text_of(code)))
            case _:
                assert_never(fault.reply)


def _posted(request: web.Request, body: str) -> Call:
    if not body:
        raise ApiRefusal("50000")
    if request.content_type != "application/json":
        raise ApiRefusal("50006")
    try:
        fields = msgspec.json.decode(body)
    except msgspec.DecodeError as exc:
        raise ApiRefusal("50002") from exc
    batch = fields if isinstance(fields, list) else []
    if not isinstance(fields, dict | list) or not all(isinstance(one, dict) for one in batch):
        raise ApiRefusal("50002")
    return Call(
        params=Params(fields if isinstance(fields, dict) else {}),
        batch=tuple(Params(one) for one in batch),
        sent_ms=_sent_ms(request),
        exp_time_ms=Params({"expTime": request.headers.get("expTime")}).whole("expTime"),
    )


def _sent_ms(request: web.Request) -> int | None:
    timestamp = request.headers.get("OK-ACCESS-TIMESTAMP")
    return timestamp_ms(timestamp) if timestamp else None


def _envelope(answer: Answer, times: tuple[int, int] | None = None) -> web.Response:
    envelope: dict[str, object] = {"code": answer.code, "msg": answer.msg, "data": answer.rows}
    if times:
        envelope |= {"inTime": f"{times[0]}000", "outTime": f"{times[1]}999"}
    body = msgspec.json.encode(envelope)
    response = web.Response(
        body=body,
        status=http_status(answer.code),
        content_type="application/json",
    )
    if len(body) >= _GZIP_FROM_BYTES:
        response.enable_compression()
    return response
