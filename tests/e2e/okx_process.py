"""A simulator in a process of its own that plays one account of OKX, with any kind of key.

`tai2 sim` offers a plain key only; this one may demand the demo header, lack a right, hold one
too many or count in another mode. Run as a module it prints its addresses and serves.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from tai2.engine.clock import WallClock
from tai2.sim.server.credentials import ApiKey
from tai2.sim.server.simulation import SimOptions, Simulation
from tests.e2e.desk_process import READY_S, STOP_S, Lines

ROOT = Path(__file__).parents[2]
KEY = {"OKX_API_KEY": "own-key", "OKX_SECRET_KEY": "own-secret", "OKX_PASSPHRASE": "own-pass"}


class OkxProcess:
    """A running `python -m tests.e2e.okx_process`."""

    def __init__(
        self,
        *,
        demo: bool | None = None,
        rights: Iterable[str] = ("trade",),
        is_foreign: bool = False,
        is_foreign_to_sockets: bool = False,
        listings: str = "swaps",
    ) -> None:
        permissions = ["read_only", *rights]
        self._key = {
            "demo": demo,
            "permissions": permissions,
            "is_foreign": is_foreign,
            "is_foreign_to_sockets": is_foreign_to_sockets,
        }
        self._listings = listings

    def __enter__(self) -> Self:
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.okx_process", json.dumps(self._key), self._listings],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._popen.stdout
        self._out = Lines(self._popen.stdout)
        at = self._out.wait(lambda line: line[0] == "{", READY_S)
        address = json.loads(self._out.kept[at])
        self.env = {"TAI2_OKX__REST_URL": address["rest"], "TAI2_OKX__WS_URL": address["ws"]}
        return self

    def __exit__(self, *_failure: object) -> None:
        self._popen.kill()
        self._popen.wait(STOP_S)
        self._out.finish()


async def serve(key: dict[str, Any], listings: str) -> None:
    """Serve until killed."""
    made = ApiKey(
        key=KEY["OKX_API_KEY"],
        secret=KEY["OKX_SECRET_KEY"],
        passphrase=KEY["OKX_PASSPHRASE"],
        demo=key["demo"],
        permissions=frozenset(key["permissions"]),
        is_foreign=key["is_foreign"],
        is_foreign_to_sockets=key["is_foreign_to_sockets"],
    )
    simulation = Simulation(SimOptions(key=made, listings=listings), WallClock())
    await simulation.start()
    sys.stdout.write(json.dumps({"rest": simulation.rest_url, "ws": simulation.ws_url}) + "\n")
    sys.stdout.flush()
    await simulation.run()


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.argv[1]), sys.argv[2]))
