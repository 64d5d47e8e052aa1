"""The CSV of the history, streamed page by page: a million rows take no more memory than one.

The gate guards it like every other address. It writes what `tai2 history --csv` writes.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from io import StringIO

from fastapi import FastAPI, HTTPException
from starlette.responses import StreamingResponse

from tai2.client.trade_csv import write_trades, write_trips
from tai2.model.ids import InstId
from tai2.web.desk import WebDesk
from tai2.wire.past import TRADES, TradesParams
from tai2.wire.performance import TRIPS
from tai2.wire.rpc import Fault

_ROWS = 500
"""A page of the export."""
_PAGE_S = 30.0


def add_download(app: FastAPI, desk: WebDesk) -> None:
    """Register /history.csv."""

    @app.get("/history.csv")
    async def download(
        since_ms: int = 0, symbol: str = "", side: str = "", trips: int = 0
    ) -> StreamingResponse:
        params = TradesParams(
            since_ms=since_ms,
            symbol=InstId(symbol) if symbol else None,
            side=side or None,
            limit=_ROWS,
            with_totals=False,
        )
        pages = _pages(desk, params, is_trips=bool(trips))
        try:
            first = await anext(pages)
        except _Refused as exc:
            raise HTTPException(503, "the desk doesn't answer") from exc
        name = "trips" if trips else "trades"
        return StreamingResponse(
            _from(first, pages),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="tai2-{name}.csv"'},
        )


class _Refused(Exception):
    """The daemon answered a page with a fault: the download breaks off, visibly short."""


async def _from(first: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for page in rest:
        yield page


async def _pages(desk: WebDesk, params: TradesParams, *, is_trips: bool) -> AsyncIterator[str]:
    """Yield the text of each page; only the first one has the header.

    Raises:
        _Refused: The daemon refused a page or is gone.
    """
    after, is_first = None, True
    while is_first or after is not None:
        out = StringIO(newline="")
        asked = replace(params, after=after)
        if is_trips:
            closed = await desk.session.call(TRIPS, asked, _PAGE_S)
            if isinstance(closed, Fault):
                raise _Refused(closed.message)
            write_trips(out, closed.trips)
            after = closed.next
        else:
            found = await desk.session.call(TRADES, asked, _PAGE_S)
            if isinstance(found, Fault):
                raise _Refused(found.message)
            write_trades(out, found.trades)
            after = found.next
        text = out.getvalue()
        yield text if is_first else text.partition("\n")[2]
        is_first = False
