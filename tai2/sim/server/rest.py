"""The REST gate: from raw HTTP to an endpoint and back, in the protocol's envelope.

aiohttp calls it for everything under /api/v5; it authenticates, reads parameters, applies
faults and prints the reply. It must never let an endpoint see an unauthenticated request.
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from tai2.sim.server.backend import Answer, Backend, Call, Route
from tai2.sim.server.credentials import SignedRequest, check_rest, timestamp_ms
from tai2.sim.server.envelope import envelope
from tai2.sim.server.faults import Fault, Faults, Stage
from tai2.sim.server.params import Params
from tai2.sim.server.rates import Rates
from tai2.sim.server.refusals import ApiRefusal
from tai2.sim.server.spoil import spoil
from tai2.sim.server.tally import Tally

PREFIX: Final = "/api/v5/"


class RestGate:
    """Serves the routes of one backend."""

    def __init__(
        self, backend: Backend, routes: Sequence[Route], faults: Faults, rates: Rates | None
    ) -> None:
        self._rates = rates
        self._backend = backend
        self._faults = faults
        self._routes = {(route.method, route.path): route for route in routes}
        self._paths = {route.path for route in routes}
        self.tally = Tally()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request; faults armed for it strike before or after its execution."""
        in_ms = self._backend.now_ms()
        body = (await request.read()).decode("utf-8", "replace")
        path = request.path.removeprefix(PREFIX)
        self.tally.note(request.method, path, body)
        fault = self._faults.take(request.method, path)
        if fault and (spoilt := await self._strike(fault, Stage.BEFORE, request)):
            return spoilt
        response = self._execute(request, path, body, in_ms)
        if fault and (spoilt := await self._strike(fault, Stage.AFTER, request, response)):
            return spoilt
        return response

    async def _strike(
        self,
        fault: Fault,
        stage: Stage,
        request: web.Request,
        response: web.Response | None = None,
    ) -> web.StreamResponse | None:
        if fault.stage is not stage:
            return None
        if fault.delay_s:
            await self._backend.clock.sleep(fault.delay_s)
        return await spoil(fault.reply, request, response, self._backend.clock)

    def _execute(self, request: web.Request, path: str, body: str, in_ms: int) -> web.Response:
        try:
            route = self._route(request.method, path)
            call = self._admit(route, request, body)
            if self._rates is not None:
                kind = f"{request.method} {path}"
                orders = call.batch or (call.params,)
                now_ms = self._backend.clock.now_ms()
                self._rates.admit(kind, orders, request.remote or "", now_ms)
            answer = route.endpoint(self._backend, call)
        except ApiRefusal as refusal:
            return envelope(Answer(rows=(), code=refusal.code, msg=refusal.text))
        times = (in_ms, self._backend.now_ms()) if route.timed else None
        return envelope(answer, times)

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
            if self._backend.faults.banned:
                raise ApiRefusal("50110", request.remote or "")
            if route.permission not in self._backend.key.permissions:
                raise ApiRefusal("50120")
        if route.method == "GET":
            return Call(params=Params(dict(parse_qsl(request.rel_url.raw_query_string))))
        return _posted(request, body)


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
