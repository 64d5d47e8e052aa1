"""The README's two ways to point a client at the simulator, run as they are printed."""

import asyncio
import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

from tests.wire.sim_server_support import Sim, running

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
README = Path(__file__).parents[2] / "README.md"


def snippet(word: str, sim: Sim) -> str:
    """Return the README's Python block that holds a word, at the server's own port."""
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    (block,) = [one for one in blocks if word in one]
    assert len(block.splitlines()) <= 6
    return str(block).replace("8080", sim.server.rest_url.rsplit(":", 1)[1])


async def test_the_readme_trades_by_python_okx() -> None:
    async with running() as sim:
        printed, names = io.StringIO(), dict[str, Any]()
        with contextlib.redirect_stdout(printed):
            await asyncio.to_thread(exec, snippet("okx.Trade", sim), names)
        names["trade"].close()
        assert "'code': '0'" in printed.getvalue()
        assert [str(held.pos) for held in sim.exchange.positions()] == ["0.1"]


async def test_the_readme_points_ccxt_at_it() -> None:
    async with running() as sim:
        names: dict[str, Any] = {}
        exec(snippet("ccxt.pro", sim), names)
        try:
            assert "BTC/USDT:USDT" in await names["ex"].load_markets()
        finally:
            await names["ex"].close()
