"""Load of one simulator: 20 instruments' books, trades and tickers to 10 clients, in CPU time.

`pytest -m soak -s tests/benchmarks/test_sim_load.py` prints the share of one core that the
server takes; clients run in a process of their own. It fails only above one whole core.
"""

import asyncio
import json
import multiprocessing
import time
from dataclasses import replace

import aiohttp
import pytest

from tai2.sim.exchange.exchange import Exchange
from tai2.sim.market.listings import BTC
from tai2.sim.market.synthetic import SyntheticMarket
from tai2.sim.server.app import SimServer, drive
from tai2.sim.server.hub import Limits
from tests.wire.sim_server_support import WallClock

INSTRUMENTS, CLIENTS, SECONDS = 20, 10, 10.0
START_S = 3.0
CHANNELS = ("books", "trades", "tickers")


def specs() -> list[object]:
    return [
        replace(BTC, inst_id=f"C{n:02}-USDT-SWAP", inst_family=f"C{n:02}-USDT", base_ccy=f"C{n:02}")
        for n in range(INSTRUMENTS)
    ]


async def client(url: str, counts: list[int]) -> None:
    names = [f"C{n:02}-USDT-SWAP" for n in range(INSTRUMENTS)]
    args = [{"channel": channel, "instId": name} for name in names for channel in CHANNELS]
    async with aiohttp.ClientSession() as http, http.ws_connect(url, max_msg_size=0) as socket:
        await socket.send_str(json.dumps({"op": "subscribe", "args": args}))
        async for message in socket:
            counts[0] += 1
            counts[1] += len(message.data)
            counts[2] += '"channel":"books"' in message.data[:60]


def clients(url: str, seconds: float, pipe: object) -> None:
    async def run() -> None:
        counts = [0, 0, 0]
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(client(url, counts)) for _ in range(CLIENTS)]
            await asyncio.sleep(START_S)
            counts[:] = [0, 0, 0]
            await asyncio.sleep(seconds)
            for task in running:
                task.cancel()
        pipe.send(counts)  # type: ignore[attr-defined]

    asyncio.run(run())


async def load() -> tuple[float, float, list[int]]:
    """Return (CPU seconds, wall seconds, [frames, bytes] received)."""
    clock = WallClock()
    exchange = Exchange(specs(), seed=1)  # type: ignore[arg-type]
    prices = {f"C{n:02}": 100_000.0 for n in range(INSTRUMENTS)}
    market = SyntheticMarket(seed=1, prices=prices)
    market.start(exchange, clock.now_ms())
    server = SimServer(exchange, clock, limits=Limits(connects_per_s=1000))
    await server.start()
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(
        target=clients, args=(f"{server.ws_url}/public", SECONDS, theirs), daemon=True
    )
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(drive(exchange, clock, market, 0.05))
        process.start()
        while server.hub.connections < CLIENTS:  # noqa: ASYNC110 - another process answers
            await asyncio.sleep(0.1)
        await asyncio.sleep(START_S)
        cpu, wall = time.process_time(), time.monotonic()
        await asyncio.sleep(SECONDS)
        spent = time.process_time() - cpu, time.monotonic() - wall
        while not ours.poll():  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.1)
        running.cancel()
    counts = ours.recv()
    await server.stop()
    process.join(5)
    return *spent, counts


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_twenty_instruments_and_ten_clients_fit_on_one_core() -> None:
    cpu_s, wall_s, (frames, size, books) = await load()
    each = books / SECONDS / CLIENTS / INSTRUMENTS
    print(
        f"CPU {cpu_s / wall_s:.0%} of one core, {frames / SECONDS:.0f} frames/s, "
        f"{size / SECONDS / 1e6:.2f} MB/s, {each:.1f} books/s each"
    )
    assert each > 3
    assert cpu_s < wall_s
