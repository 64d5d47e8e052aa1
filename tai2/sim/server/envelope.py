"""The envelope of every REST reply: code, msg and data, with the HTTP status of the code.

The gate wraps answers in it, faults wrap what they make up. It must never hide a code.
"""

from typing import Final

import msgspec
from aiohttp import web

from tai2.sim.server.backend import Answer
from tai2.sim.server.refusals import http_status

_GZIP_FROM_BYTES: Final = 8_192


def envelope(answer: Answer, times: tuple[int, int] | None = None) -> web.Response:
    """Wrap an answer; times = (in, out) of the gateway in ms, for trading endpoints."""
    envelope: dict[str, object] = {"code": answer.code, "msg": answer.msg, "data": answer.rows}
    if times:
        envelope |= {"inTime": f"{times[0]}000", "outTime": f"{times[1]}999"}
    body = msgspec.json.encode(envelope)
    response = web.Response(
        body=body,
        status=http_status(answer.code),
        content_type="application/json",
    )
    if len(body) >= _GZIP_FROM_BYTES:
        response.enable_compression()
    return response
