"""ccxt.pro lives on the simulator while connections drop and books get gaps.

ccxt itself raises NetworkError (InvalidNonce for a gap) in the call that waits; its documented
way is to call again. Those are counted as reconnects; anything else fails the test. The long
run is `pytest -m soak tests/conformance/test_ccxt_soak.py`, its length TAI2_SOAK_S (600).
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import ccxt
import pytest

from tai2.sim.server.simulation import SimOptions, Simulation
from tests.conformance.ccxt_client import SWAP, ccxt_at
from tests.wire.sim_server_support import WallClock

SHORT_S = 8.0
PASSING = (ccxt.NetworkError, ccxt.InvalidNonce)
TROUBLES = (
    "cut endpoint=public",
    "cut endpoint=private",
    "cut endpoint=business",
    "close code=4006 endpoint=public",
    "close code=1001",
    "notice64008 after=1",
    "gap_seq",
    "gap_seq",
    "reset_seq",
)


class Log:
    """What happened: frames watched, orders done, reconnects."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.again: Counter[str] = Counter()


async def watch(log: Log, name: str, call: Callable[[], Awaitable[Any]]) -> None:
    """Call a watching method for ever, again after a lost connection."""
    while True:
        try:
            await call()
            log.done[name] += 1
        except PASSING:
            log.again[name] += 1
            await asyncio.sleep(0.2)


async def trade(log: Log, client: Any) -> None:
    """Place, amend and cancel for ever, over REST and WebSocket in turn."""
    while True:
        for suffix in ("", "_ws"):
            try:
                await one_order(log, client, suffix)
            except PASSING:
                log.again["trade"] += 1
                for order in await client.fetch_open_orders(SWAP):
                    await client.cancel_order(order["id"], SWAP)
        await asyncio.sleep(0.3)


async def one_order(log: Log, client: Any, suffix: str) -> None:
    bid = (await client.fetch_ticker(SWAP))["bid"]
    place = getattr(client, f"create_order{suffix}")
    order = await place(SWAP, "limit", "buy", 1, round(bid * 0.995, 1))
    edit = getattr(client, f"edit_order{suffix}")
    await edit(order["id"], SWAP, "limit", "buy", 2, round(bid * 0.994, 1))
    await getattr(client, f"cancel_order{suffix}")(order["id"], SWAP)
    log.done[f"trade{suffix}"] += 1


async def trouble(simulation: Simulation, every_s: float) -> None:
    rng = random.Random(11)
    while True:
        await asyncio.sleep(every_s)
        simulation.server.turn(rng.choice(TROUBLES))


async def lived(seconds: float, every_s: float) -> Log:
    """Let everything run for a while and return what happened."""
    simulation, log = Simulation(SimOptions(), WallClock()), Log()
    await simulation.start()
    try:
        async with ccxt_at(simulation.server) as client, asyncio.TaskGroup() as tasks:
            calls = {
                "book": lambda: client.watch_order_book(SWAP),
                "trades": lambda: client.watch_trades(SWAP),
                "ticker": lambda: client.watch_ticker(SWAP),
                "candles": lambda: client.watch_ohlcv(SWAP, "1m"),
                "orders": lambda: client.watch_orders(SWAP),
            }
            running = [tasks.create_task(watch(log, *one)) for one in calls.items()]
            running += [
                tasks.create_task(simulation.run()),
                tasks.create_task(trade(log, client)),
                tasks.create_task(trouble(simulation, every_s)),
            ]
            await asyncio.sleep(seconds)
            for task in running:
                task.cancel()
    finally:
        await simulation.stop()
    return log


def judge(log: Log) -> None:
    print("done", dict(log.done), "again", dict(log.again))
    watched = {"book", "trades", "ticker", "candles", "orders", "trade", "trade_ws"}
    assert watched <= log.done.keys()
    assert sum(log.again.values()) > 0


@pytest.mark.timeout(180)
async def test_ccxt_goes_on_through_drops_and_gaps() -> None:
    judge(await lived(SHORT_S, every_s=1.5))


@pytest.mark.soak
@pytest.mark.timeout(7_200)
async def test_ccxt_goes_on_for_long() -> None:
    judge(await lived(float(os.environ.get("TAI2_SOAK_S", "600")), every_s=5.0))
