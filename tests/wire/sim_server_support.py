"""A running simulator server with one quoted instrument, and clients to talk to it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import aiohttp

from tai2.sim.exchange.exchange import Exchange
from tai2.sim.exchange.records import FundingView, InstSpec, OpenInterestView
from tai2.sim.server.app import SimServer
from tai2.sim.server.credentials import ApiKey, login_prehash, rest_prehash, sign
from tai2.sim.server.hub import Limits

INST = "BTC-USDT-SWAP"
PATIENCE_S = 30.0
Json = dict[str, Any]


PATIENT: Final = Limits(idle_s=100_000)
"""For tests that put the clock ahead: no session is silent for that long."""


class WallClock:
    """The machine's time, that a test may put ahead."""

    ahead_s = 0

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self.ahead_s * 1000

    def monotonic_s(self) -> float:
        return time.monotonic() + self.ahead_s

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)


def swap(inst_id: str = INST) -> InstSpec:
    """Return a linear swap with BTC-USDT-SWAP's steps."""
    base = inst_id.split("-", maxsplit=1)[0]
    return InstSpec(
        inst_type="SWAP",
        inst_id=inst_id,
        inst_family=f"{base}-USDT",
        base_ccy=base,
        quote_ccy="USDT",
        settle_ccy="USDT",
        ct_val=Decimal("0.01"),
        ct_mult=Decimal(1),
        ct_val_ccy=base,
        ct_type="linear",
        tick_sz=Decimal("0.1"),
        lot_sz=Decimal("0.01"),
        min_sz=Decimal("0.01"),
        lever=Decimal(100),
        max_lmt_sz=Decimal(100_000),
        max_mkt_sz=Decimal(12_000),
        group_id="4",
        inst_id_code=10459,
        list_time=1573557408000,
        maker_rate=Decimal("0.0002"),
        taker_rate=Decimal("0.0005"),
        mmr_rate=Decimal("0.004"),
    )


def quote(exchange: Exchange, mid: str = "100000", depth: int = 5) -> None:
    """Put `depth` levels of 5 contracts on each side, 0.1 apart, around a mid price."""
    step, centre = Decimal("0.1"), Decimal(mid)
    exchange.set_book(
        INST,
        {centre - step * n: Decimal(5) for n in range(1, depth + 1)},
        {centre + step * n: Decimal(5) for n in range(1, depth + 1)},
    )


class Sim:
    """The server under test with its exchange and a signing HTTP client."""

    def __init__(self, server: SimServer, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.exchange = server.exchange
        self.http = http
        assert isinstance(server.clock, WallClock)
        self.clock = server.clock

    async def get(self, path: str, **params: str) -> Json:
        """GET a signed path under /api/v5/ and return the envelope."""
        query = "&".join(f"{name}={text}" for name, text in params.items())
        return (await self.call("GET", f"/api/v5/{path}" + (f"?{query}" if query else "")))[1]

    async def post(self, path: str, body: object, **headers: str) -> Json:
        """POST a signed JSON body and return the envelope."""
        return (await self.call("POST", f"/api/v5/{path}", json.dumps(body), **headers))[1]

    async def call(self, method: str, path: str, body: str = "", **more: str) -> tuple[int, Json]:
        """Send a signed request; return status and JSON."""
        headers = signed_headers(method, path, body, self.clock.ahead_s) | more
        url = self.server.rest_url + path
        async with self.http.request(method, url, data=body or None, headers=headers) as reply:
            return reply.status, await reply.json()

    @asynccontextmanager
    async def ws(self, endpoint: str, *, login: bool = False) -> AsyncIterator["Ws"]:
        """Open a WebSocket, logged in when asked."""
        url = f"{self.server.ws_url}/{endpoint}"
        async with self.http.ws_connect(url, max_msg_size=0) as socket:
            client = Ws(socket)
            if login:
                await client.send({"op": "login", "args": [login_arg()]})
                assert (await client.event("login"))["code"] == "0"
            yield client


class Ws:
    """A raw WebSocket client that keeps every frame until a test asks for it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self._kept: list[Json] = []

    async def send(self, message: object) -> None:
        await self.socket.send_str(message if isinstance(message, str) else json.dumps(message))

    async def subscribe(self, *args: Json, **more: str) -> None:
        """Subscribe and wait for one acknowledgement per arg."""
        await self.send({"op": "subscribe", "args": args, **more})
        for _ in args:
            await self.event("subscribe")

    async def event(self, name: str) -> Json:
        """Return the next event of a name."""
        return await self.where(lambda frame: frame.get("event") == name)

    async def on(self, channel: str) -> Json:
        """Return the next data frame of a channel."""
        return await self.where(lambda f: "data" in f and f["arg"]["channel"] == channel)

    async def where(self, wanted: Callable[[Json], bool]) -> Json:
        """Return the first frame that fits; others stay for later."""
        for frame in self._kept:
            if wanted(frame):
                self._kept.remove(frame)
                return frame
        async with asyncio.timeout(PATIENCE_S):
            while True:
                frame = json.loads(await self.socket.receive_str())
                if wanted(frame):
                    return frame
                self._kept.append(frame)


def signed_headers(method: str, path: str, body: str = "", ahead_s: int = 0) -> dict[str, str]:
    """Return the headers of a request signed now."""
    now = datetime.now(UTC) + timedelta(seconds=ahead_s)
    stamp = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "OK-ACCESS-KEY": "sim",
        "OK-ACCESS-PASSPHRASE": "sim",
        "OK-ACCESS-TIMESTAMP": stamp,
        "OK-ACCESS-SIGN": sign("sim", rest_prehash(stamp, method, path, body)),
        "Content-Type": "application/json",
    }


def login_arg() -> Json:
    """Return the argument of a login sent now."""
    stamp = str(int(time.time()))
    return {
        "apiKey": "sim",
        "passphrase": "sim",
        "timestamp": stamp,
        "sign": sign("sim", login_prehash(stamp)),
    }


@asynccontextmanager
async def running(
    *,
    key: ApiKey | None = None,
    limits: Limits | None = None,
    exchange: Exchange | None = None,
) -> AsyncIterator[Sim]:
    """Run a server on a free port with BTC-USDT-SWAP quoted around 100000."""
    clock = WallClock()
    exchange = exchange or Exchange([swap()], seed=1, log=None)
    exchange.advance(clock.now_ms())
    exchange.set_index(INST, Decimal(100_000))
    quote(exchange)
    exchange.print_trade(INST, "buy", Decimal("100000.1"), Decimal(1))
    quote(exchange)
    now_ms = exchange.now_ms
    exchange.set_funding(INST, funding(now_ms + 8 * 3_600_000, now_ms))
    exchange.set_open_interest(
        INST,
        OpenInterestView(
            oi=Decimal(1000), oi_ccy=Decimal(10), oi_usd=Decimal(1_000_000), ts=now_ms
        ),
    )
    limits = limits or Limits(connects_per_s=1000, are_rates_limited=False)
    server = SimServer(exchange, clock, key=key, limits=limits)
    await server.start()
    try:
        async with aiohttp.ClientSession() as http:
            yield Sim(server, http)
    finally:
        await server.stop()


def funding(due_ms: int, now_ms: int) -> FundingView:
    """Return a funding of 0.01 % due at a time."""
    return FundingView(
        rate=Decimal("0.0001"),
        funding_time=due_ms,
        next_funding_time=due_ms + 8 * 3_600_000,
        interval_ms=8 * 3_600_000,
        ts=now_ms,
        min_rate=Decimal("-0.00375"),
        max_rate=Decimal("0.00375"),
    )


def limit_order(**changes: object) -> Json:
    """Return a resting buy order's body."""
    return {
        "instId": INST,
        "tdMode": "cross",
        "side": "buy",
        "ordType": "limit",
        "px": "99990",
        "sz": "0.5",
        **changes,
    }


def ioc_order(**changes: object) -> Json:
    """Return a buy order that fills at the best ask."""
    return limit_order(**{"ordType": "ioc", "px": "100000.1", **changes})


class Replica:
    """A book kept from the channel's frames."""

    def __init__(self, snapshot: Json) -> None:
        assert snapshot["prevSeqId"] == -1
        self.seq_id = snapshot["seqId"]
        self._sides: dict[str, dict[str, str]] = {"bids": {}, "asks": {}}
        self._merge(snapshot)

    def apply(self, update: Json) -> None:
        assert update["prevSeqId"] == self.seq_id
        self.seq_id = update["seqId"]
        self._merge(update)

    def _merge(self, row: Json) -> None:
        for name, side in self._sides.items():
            side |= {level[0]: level[1] for level in row[name]}
            self._sides[name] = {px: sz for px, sz in side.items() if sz != "0"}

    def side(self, name: str) -> list[list[str]]:
        levels = sorted(self._sides[name].items(), key=lambda level: Decimal(level[0]))
        ordered = levels if name == "asks" else levels[::-1]
        return [list(level) for level in ordered]
