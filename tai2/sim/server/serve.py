"""`tai2 sim`: the simulator alone, for any OKX client on this machine.

The CLI calls `serve` and ends it by an event. It prints where the exchange is and how to point
common clients at it; it must never print anything that isn't the simulator's own made-up key.
"""

import asyncio
import sys
from typing import Final, TextIO

import msgspec

from tai2.ports.clock import Clock
from tai2.sim.server.simulation import SimOptions, Simulation

_GUIDE: Final = """\
OKX v5 simulator, market {market}, instruments {instruments}
  REST       {rest_url}
  WebSocket  {ws_url}/public · /private · /business
  API key {api_key}, secret {secret}, passphrase {passphrase}

python-okx
  TradeAPI("{api_key}", "{secret}", "{passphrase}", flag="0", domain="{rest_url}")
ccxt (ccxt.pro.okx)
  ex = ccxt.pro.okx({{"apiKey": "{api_key}", "secret": "{secret}", "password": "{passphrase}",
                     "options": {{"fetchMarkets": {{"types": ["swap"]}}}}}})
  ex.urls["api"] = {{"rest": "{rest_url}", "ws": "{ws_url}"}}

Ctrl-C ends it.
"""


async def serve(
    options: SimOptions,
    clock: Clock,
    stop: asyncio.Event,
    *,
    as_json: bool = False,
    out: TextIO | None = None,
) -> None:
    """Run a simulated exchange until `stop` is set.

    Args:
        options: What to simulate and on which port.
        clock: The machine's clock.
        stop: Set by the caller on SIGINT or SIGTERM.
        as_json: Print one line of JSON instead of the guide.
        out: Where to print, default stdout.

    Raises:
        UsageError: The port is taken, or the market's text or file is wrong.
        JournalFailed: The state directory can't be written.
    """
    simulation = Simulation(options, clock)
    try:
        await simulation.start()
        _announce(simulation, options, out or sys.stdout, as_json=as_json)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(simulation.run(), name="sim-market")
            await stop.wait()
            running.cancel()
    finally:
        await simulation.stop()


def _announce(simulation: Simulation, options: SimOptions, out: TextIO, *, as_json: bool) -> None:
    address = {
        "rest_url": simulation.rest_url,
        "ws_url": simulation.ws_url,
        "api_key": options.key.key,
        "secret": options.key.secret,
        "passphrase": options.key.passphrase,
    }
    if as_json:
        text = msgspec.json.encode(address).decode() + "\n"
    else:
        listed = ", ".join(spec.inst_id for spec in simulation.exchange.specs())
        text = _GUIDE.format(market=options.market, instruments=listed, **address)
    out.write(text)
    out.flush()
