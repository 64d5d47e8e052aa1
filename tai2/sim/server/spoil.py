"""What a REST fault does to a reply: cut, delayed in pieces, replaced by a code or a page.

The gate calls it before or after a request was executed. It must never execute anything.
"""

from http import HTTPStatus
from typing import Final, assert_never

from aiohttp import web

from tai2.ports.clock import Clock
from tai2.sim.server.backend import Answer
from tai2.sim.server.envelope import envelope
from tai2.sim.server.faults import Code, Drip, Drop, Html, Reply, SCode, Truncate
from tai2.sim.server.params import row_of
from tai2.sim.server.refusals import text_of

_GATEWAY_PAGE: Final = "<html><head><title>{0}</title></head><body>{0}</body></html>"


async def spoil(
    reply: Reply | None, request: web.Request, true_reply: web.Response | None, clock: Clock
) -> web.StreamResponse | None:
    """Return what the client gets instead; None = nothing is spoilt.

    Args:
        reply: What the fault wants.
        request: Whose connection may be cut.
        true_reply: The reply of the executed request; None before it is executed.
        clock: Paces a dripping reply.
    """
    match reply:
        case None:
            return None
        case Drop():
            _cut(request)
            return web.Response()
        case Html(status=status):
            page = _GATEWAY_PAGE.format(f"{status} {HTTPStatus(status).phrase}")
            return web.Response(text=page, status=status, content_type="text/html")
        case Code() | SCode():
            return _refusal(reply)
        case Truncate(keep=keep):
            return await _send(request, true_reply, [keep], clock)
        case Drip(seconds=seconds, pieces=pieces):
            length = len(_body(true_reply))
            cuts = [length * part // pieces for part in range(1, pieces + 1)]
            return await _send(request, true_reply, cuts, clock, seconds / pieces)
        case _:
            assert_never(reply)


def _refusal(reply: Code | SCode) -> web.Response:
    if isinstance(reply, Code):
        msg = reply.msg or text_of(reply.code)
        spoilt = envelope(Answer(rows=(), code=reply.code, msg=msg))
        if reply.status:
            spoilt.set_status(reply.status)
        return spoilt
    row = row_of("ordId clOrdId tag ts") | {"sCode": reply.code, "subCode": reply.sub_code}
    row["sMsg"] = text_of(reply.code)
    return envelope(Answer(rows=[row], code="1", msg="All operations failed"))


async def _send(
    request: web.Request,
    true_reply: web.Response | None,
    cuts: list[int],
    clock: Clock,
    pause_s: float = 0.0,
) -> web.StreamResponse:
    """Send a reply up to each cut in turn; a reply that isn't whole at the last cut breaks off."""
    body, done = _body(true_reply), 0
    stream = web.StreamResponse(headers={"Content-Type": "application/json"})
    stream.content_length = len(body)
    await stream.prepare(request)
    for cut in cuts:
        await stream.write(body[done:cut])
        done = cut
        if pause_s:
            await clock.sleep(pause_s)
    if done < len(body):
        _cut(request, flush=True)
    return stream


def _body(true_reply: web.Response | None) -> bytes:
    body = true_reply.body if true_reply is not None else b""
    assert isinstance(body, bytes)
    return body


def _cut(request: web.Request, *, flush: bool = False) -> None:
    if request.transport is None:
        return
    if flush:
        request.transport.close()
    else:
        request.transport.abort()
