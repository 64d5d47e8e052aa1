"""The simulator as a whole: what `tai2 sim` prints, serves and remembers."""

import asyncio
import io
import json
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest

from tai2.model.errors import UsageError
from tai2.sim.server.serve import serve
from tai2.sim.server.simulation import SimOptions, Simulation, build_market
from tests.wire.sim_server_support import INST, PATIENCE_S, Sim, WallClock, ioc_order


class Announcement(io.StringIO):
    """An output that says when the server has announced itself."""

    def __init__(self) -> None:
        super().__init__()
        self.made = asyncio.Event()

    def flush(self) -> None:
        self.made.set()


@pytest.mark.parametrize("as_json", [True, False])
async def test_serving_announces_its_address_and_ends_when_told(as_json: bool) -> None:
    stop, out = asyncio.Event(), Announcement()
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
        tasks.create_task(serve(SimOptions(), WallClock(), stop, as_json=as_json, out=out))
        await out.made.wait()
        text = out.getvalue()
        url = json.loads(text)["rest_url"] if as_json else text.split("REST")[1].split()[0]
        async with aiohttp.ClientSession() as http, http.get(url + "/api/v5/public/time") as reply:
            assert reply.status == 200
        stop.set()
    assert ("python-okx" in text) is not as_json


async def test_the_market_moves_while_it_is_served() -> None:
    simulation = Simulation(SimOptions(), WallClock())
    await simulation.start()
    try:
        async with aiohttp.ClientSession() as http:
            sim = Sim(simulation.server, http)
            async with sim.ws("public") as ws, asyncio.TaskGroup() as tasks:
                running = tasks.create_task(simulation.run())
                await ws.subscribe({"channel": "books", "instId": INST})
                assert (await ws.on("books"))["action"] == "snapshot"
                assert (await ws.on("books"))["action"] == "update"
                running.cancel()
    finally:
        await simulation.stop()


async def test_a_restart_finds_the_same_account(tmp_path: Path) -> None:
    options = SimOptions(state_dir=tmp_path, equity=Decimal(50_000))
    positions = []
    for _ in range(2):
        simulation = Simulation(options, WallClock())
        await simulation.start()
        async with aiohttp.ClientSession() as http:
            sim = Sim(simulation.server, http)
            if not positions:
                order = ioc_order() | {"ordType": "market", "px": ""}
                assert (await sim.post("trade/order", order))["code"] == "0"
            held = (await sim.get("account/positions"))["data"][0]
            positions.append((held["posId"], held["pos"], held["avgPx"]))
        await simulation.stop()
    assert positions[0] == positions[1]


@pytest.mark.parametrize("text", ["weather", "candles:", "candles:no-such-file.csv"])
def test_an_unknown_market_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        build_market(text, 7, Decimal(1))


async def test_a_file_of_candles_is_served_with_its_history(tmp_path: Path) -> None:
    rows = [f"2024-01-01 00:{minute:02}:00,100,101,99,100.5,5000" for minute in range(60)]
    file = tmp_path / "candles.csv"
    file.write_text("\n".join(["timestamp,open,high,low,close,volume", *rows]))
    simulation = Simulation(SimOptions(market=f"candles:{file}"), WallClock())
    await simulation.start()
    async with aiohttp.ClientSession() as http:
        sim = Sim(simulation.server, http)
        candles = (await sim.get("market/candles", instId=INST, bar="1m"))["data"]
        assert candles[1][1:5] == ["100", "101", "99", "100.5"]
        assert len((await sim.get("public/instruments", instType="SWAP"))["data"]) == 1
    await simulation.stop()
