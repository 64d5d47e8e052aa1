"""The only door to python-okx: its endpoints, parameters and signing on an async transport.

Every endpoint method of the SDK ends in `return self._request(method, path, params)`; a mixin
placed before the SDK's class makes that an `async def` over one shared httpx client.
It must never use a thread, re-send anything, follow a redirect or log a header.
"""

import asyncio
import json
import ssl
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx
from loguru import logger as sdk_logger
from okx import consts, utils
from okx.Account import AccountAPI
from okx.MarketData import MarketAPI
from okx.PublicData import PublicAPI
from okx.Status import StatusAPI
from okx.Trade import TradeAPI

from tai2.failpoint import reach
from tai2.model.errors import KeysRejected
from tai2.okx.answer import Answer, NoAnswer, read_answer
from tai2.okx.buckets import Buckets
from tai2.okx.credentials import Credentials, Endpoints
from tai2.okx.server_clock import ServerClock
from tai2.ports.clock import Clock

sdk_logger.disable("okx")

TOTAL_DEADLINE_S: Final = 8.0
TIMEOUT: Final = httpx.Timeout(connect=2.0, read=4.0, write=4.0, pool=2.0)
BODY_LIMIT: Final = 2 << 20
LARGE_BODY_LIMITS: Final = {consts.INSTRUMENT_INFO: 8 << 20}
CANCEL_ALL_AFTER: Final = "/api/v5/trade/cancel-all-after"
NOT_OURS: Final = "the account's lock isn't ours"
TOO_FAST: Final = frozenset({"50011", "50061"})
WS_LOGIN_PATH: Final = "/users/self/verify"
_BEFORE_FIRST_BYTE: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_ABSENT: Final[tuple[object, ...]] = ("", None, [])
_STEPS: Final = {
    "http11.send_request_headers.complete": "post_first_byte",
    "http11.send_request_body.complete": "post_sent",
    "http11.receive_response_body.complete": "resp_read",
}

Params = Mapping[str, Any] | list[Any]
"""What the SDK passes on: an object, or a list for batches."""


def always() -> bool:
    """Let everything go: no other desk shares the account."""
    return True


def sign(text: str, secret_key: str) -> str:
    """Return the base64 HMAC-SHA256 of a text, by the SDK's own function."""
    return str(utils.sign(text, secret_key).decode())


def login_arg(credentials: Credentials, ts_s: int) -> dict[str, str]:
    """Return the argument of a WebSocket login at a server time in seconds."""
    return {
        "apiKey": credentials.api_key,
        "passphrase": credentials.passphrase,
        "timestamp": str(ts_s),
        "sign": sign(f"{ts_s}{consts.GET}{WS_LOGIN_PATH}", credentials.secret_key),
    }


class Transport:
    """One HTTP client with deadlines, limits, rates and signatures."""

    def __init__(
        self,
        endpoints: Endpoints,
        credentials: Credentials | None,
        clock: Clock,
        *,
        tls: ssl.SSLContext | None = None,
        may_send: Callable[[], bool] = always,
    ) -> None:
        """Open nothing yet.

        Args:
            endpoints: Addresses and environment.
            credentials: None = public data only.
            clock: Paces requests.
            tls: Trusts a private authority; None = the public ones.
            may_send: Asked last before each POST leaves: is the account still ours alone?
        """
        self.server_clock = ServerClock(clock)
        self.total_deadline_s = TOTAL_DEADLINE_S
        self.is_demo = endpoints.is_demo
        self._flag = "1" if endpoints.is_demo else "0"
        self._credentials = credentials
        self._buckets = Buckets(clock)
        self._may_send = may_send
        self._client = httpx.AsyncClient(
            base_url=endpoints.rest_url,
            timeout=TIMEOUT,
            trust_env=False,
            follow_redirects=False,
            verify=tls or True,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def exchange(
        self, method: str, path: str, params: Params, *, is_private: bool, exp_ms: int | None
    ) -> Answer:
        """Send one request, once.

        Raises:
            NoAnswer: No whole reply arrived; it says whether a byte may have left.
            KeysRejected: The endpoint is private and there is no key; nothing was sent.
        """
        inst_id = str(params.get("instId", "")) if isinstance(params, Mapping) else ""
        await self._buckets.wait(method, path, inst_id)
        request = self._build(method, path, params)
        request.headers.update(self._headers(request, is_private=is_private))
        if exp_ms is not None:
            request.headers["expTime"] = str(exp_ms)
            request.extensions["trace"] = _tell_step
        if method == consts.POST and not self._may_send():
            raise NoAnswer(NOT_OURS, is_sent=False)
        answer = await self._send(request, LARGE_BODY_LIMITS.get(path, BODY_LIMIT))
        if answer.code in TOO_FAST or answer.status == 429:
            self._buckets.punish(method, path, inst_id)
        return answer

    def _build(self, method: str, path: str, params: Params) -> httpx.Request:
        if method == consts.GET:
            given = {k: v for k, v in dict(params).items() if v not in _ABSENT}
            query = urlencode(given, quote_via=quote, safe=",")
            return self._client.build_request(method, f"{path}?{query}" if query else path)
        body = (
            {k: v for k, v in params.items() if v not in _ABSENT}
            if isinstance(params, Mapping)
            else params
        )
        return self._client.build_request(method, path, content=json.dumps(body))

    def _headers(self, request: httpx.Request, *, is_private: bool) -> dict[str, str]:
        """Sign exactly the path and body that will be sent; public calls stay unsigned."""
        if not is_private:
            return dict(utils.get_header_no_sign(self._flag, debug=False))
        keys = self._credentials
        if keys is None:
            raise KeysRejected(
                "There is no OKX API key.",
                "Set OKX_API_KEY, OKX_SECRET_KEY and OKX_PASSPHRASE, or use another mode.",
            )
        timestamp = self.server_clock.iso()
        path = request.url.raw_path.decode("ascii")
        text = utils.pre_hash(
            timestamp, request.method, path, request.content.decode(), debug=False
        )
        signature = sign(text, keys.secret_key)
        return dict(
            utils.get_header(
                keys.api_key, signature, timestamp, keys.passphrase, self._flag, debug=False
            )
        )

    async def _send(self, request: httpx.Request, body_limit: int) -> Answer:
        try:
            async with asyncio.timeout(self.total_deadline_s):
                return await self._receive(request, body_limit)
        except _BEFORE_FIRST_BYTE as failure:
            raise NoAnswer(_reason(failure), is_sent=False) from failure
        except (TimeoutError, httpx.HTTPError, httpx.StreamError, OSError) as failure:
            raise NoAnswer(_reason(failure), is_sent=True) from failure

    async def _receive(self, request: httpx.Request, body_limit: int) -> Answer:
        response = await self._client.send(request, stream=True)
        try:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > body_limit:
                    raise NoAnswer(f"reply larger than {body_limit} bytes", is_sent=True)
            return read_answer(response.status_code, bytes(body))
        finally:
            await response.aclose()


async def _tell_step(step: str, _details: object) -> None:
    """Name the steps of an order's way out and back, as httpcore traces them."""
    if name := _STEPS.get(step):
        reach(name)


def _reason(failure: Exception) -> str:
    """Name a failure without its text: an URL or header has no business in a reason."""
    return type(failure).__name__


class _OverTransport:
    """The mixin: replaces the SDK's blocking `_request` and its client's constructor."""

    is_private = False

    def __init__(self, transport: Transport, exp_ms: int | None = None) -> None:
        # The SDK's constructor would open a synchronous client with a TLS context of its own.
        self._transport = transport
        self._exp_ms = exp_ms

    async def _request(self, method: str, request_path: str, params: Params) -> Answer:
        return await self._transport.exchange(
            method, request_path, params, is_private=self.is_private, exp_ms=self._exp_ms
        )


class Market(_OverTransport, MarketAPI):  # type: ignore[misc] # the SDK has no types
    """Market data endpoints; every method is awaitable and gives an Answer."""


class Public(_OverTransport, PublicAPI):  # type: ignore[misc] # the SDK has no types
    """Public data endpoints."""


class Status(_OverTransport, StatusAPI):  # type: ignore[misc] # the SDK has no types
    """What the exchange says of itself."""


class Account(_OverTransport, AccountAPI):  # type: ignore[misc] # the SDK has no types
    """Account endpoints, signed."""

    is_private = True


class Trade(_OverTransport, TradeAPI):  # type: ignore[misc] # the SDK has no types
    """Trading endpoints, signed; exp_ms travels as the expTime header of every call."""

    is_private = True

    async def cancel_all_after(self, **params: str) -> Answer:
        """Arm or disarm the dead man's switch; the SDK has no method for it."""
        return await self._request(consts.POST, CANCEL_ALL_AFTER, params)
