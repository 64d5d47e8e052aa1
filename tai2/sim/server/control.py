"""The control endpoint: /control/faults on the simulator's own loopback port.

POST {"fault": "drop_after_accept path=trade/order"} turns a knob at run time, GET lists what is
armed and how often each order was posted, DELETE sets everything back. It asks for JSON from
this machine, so that no web page can reach it, and must never answer anybody else.
"""

from collections.abc import Callable
from typing import Final

import msgspec
from aiohttp import web

from tai2.model.errors import UsageError
from tai2.sim.server.knobs import KNOBS, Knobs
from tai2.sim.server.tally import Tally

PATH: Final = "/control/faults"
_LOOPBACK: Final = ("127.0.0.1", "::1")


class _Turn(msgspec.Struct, forbid_unknown_fields=True):
    """Body of a POST."""

    fault: str


class Control:
    """Turns knobs over HTTP."""

    def __init__(self, knobs: Knobs, catch_up: Callable[[], None], tally: Tally) -> None:
        self._knobs = knobs
        self._tally = tally
        self._catch_up = catch_up

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one control request."""
        if request.remote not in _LOOPBACK:
            return _reply({"error": "loopback only"}, 403)
        match request.method:
            case "GET":
                heard = dict(self._tally.heard)
                known = sorted(KNOBS)
                return _reply({"armed": self._knobs.armed(), "known": known, "heard": heard})
            case "DELETE":
                self._knobs.clear()
                return _reply({"armed": []})
            case "POST" if request.content_type == "application/json":
                return self._turn(await request.read())
            case _:
                return _reply({"error": "GET, DELETE, or POST of JSON"}, 405)

    def _turn(self, body: bytes) -> web.Response:
        try:
            line = msgspec.json.decode(body, type=_Turn).fault
            self._catch_up()
            self._knobs.turn(line)
        except msgspec.MsgspecError as exc:
            return _reply({"error": f'want {{"fault": "NAME key=value"}}: {exc}'}, 400)
        except UsageError as exc:
            return _reply({"error": exc.message, "hint": exc.hint}, 400)
        return _reply({"armed": self._knobs.armed()})


def _reply(fields: dict[str, object], status: int = 200) -> web.Response:
    body = msgspec.json.encode(fields)
    return web.Response(body=body, status=status, content_type="application/json")
