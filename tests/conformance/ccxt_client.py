"""ccxt.pro pointed at a simulator, unmodified."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tai2.sim.server.app import SimServer

SWAP = "BTC/USDT:USDT"


@asynccontextmanager
async def ccxt_at(server: SimServer, types: tuple[str, ...] = ("swap",)) -> AsyncIterator[Any]:
    """Yield a ccxt.pro client with markets loaded."""
    import ccxt.pro

    client = ccxt.pro.okx(
        {
            "apiKey": "sim",
            "secret": "sim",
            "password": "sim",
            "options": {"fetchMarkets": {"types": list(types)}},
        }
    )
    client.urls["api"] = {"rest": server.rest_url, "ws": server.ws_url}
    try:
        await client.load_markets()
        yield client
    finally:
        await client.close()
