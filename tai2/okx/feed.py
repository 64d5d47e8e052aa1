"""The exchange's public data as the MarketFeed port: instruments, history, live events.

`connect` makes it, ingest streams from it, start-up reads instruments and candles.
It must never deliver a forming candle as history, nor a book behind a gap.
"""

import asyncio
import difflib
import math
from collections.abc import Sequence
from functools import partial
from typing import Final

import msgspec
import structlog

from tai2.model.errors import DataInvalid, UsageError, VenueUnavailable
from tai2.model.ids import InstId
from tai2.model.instrument import Instrument
from tai2.model.market import Bar, BookSnapshot, Candle
from tai2.okx.channels import CandleChannels, PublicChannels
from tai2.okx.decode.instruments import InstrumentRow, instrument
from tai2.okx.decode.market import BookRow, CandleRow, book_snapshot, candle
from tai2.okx.inst_type import inst_type
from tai2.okx.rest import Rest, only
from tai2.okx.sdk import Market, Public, Transport
from tai2.okx.sockets import Sockets
from tai2.okx.stream import Stream
from tai2.ports.clock import Clock
from tai2.ports.feed import EventSink

RECENT_PAGE: Final = 300
HISTORY_PAGE: Final = 100
RECENT_BARS: Final = 1_440
"""Older bars are served by history-candles only."""
BOOK_DEPTH: Final = 400
NEAREST: Final = 3
INSTRUMENTS_PATH: Final = "/api/v5/public/instruments"
SEED_STEP_S: Final = 0.5

log = structlog.get_logger(__name__)


class OkxFeed:
    """Public REST and the public and business sockets."""

    def __init__(self, transport: Transport, sockets: Sockets, clock: Clock) -> None:
        self._transport = transport
        self._rest = Rest(transport, clock)
        self._public = Public(transport)
        self._market = Market(transport)
        self._sockets = sockets
        self._clock = clock
        self._channels: PublicChannels | None = None
        self._streams: tuple[Stream, ...] = ()

    async def instruments(self, inst_ids: Sequence[InstId]) -> tuple[Instrument, ...]:
        """Return the named instruments, in the order named (see the port for errors)."""
        rows: dict[str, InstrumentRow] = {}
        for kind in sorted({inst_type(inst_id) for inst_id in inst_ids}):
            ask = partial(self._public.get_instruments, instType=kind.value)
            rows |= {row.inst_id: row for row in await self._rest.rows(ask, InstrumentRow)}
        return tuple(_known(inst_id, rows) for inst_id in inst_ids)

    async def instrument_rows(self, inst_ids: Sequence[InstId]) -> dict[str, list[bytes]]:
        """Return the exchange's own records of instruments, undecoded, by path and query."""
        found: dict[str, list[bytes]] = {}
        for inst_id in inst_ids:
            kind = inst_type(inst_id).value
            ask = partial(self._public.get_instruments, instType=kind, instId=inst_id)
            rows = await self._rest.rows(ask, msgspec.Raw)
            path = f"{INSTRUMENTS_PATH}?instType={kind}&instId={inst_id}"
            found[path] = [bytes(row) for row in rows]
        return found

    async def history(self, inst_id: InstId, bar: Bar, limit: int) -> tuple[Candle, ...]:
        """Return up to `limit` closed candles, oldest first."""
        closed: dict[int, Candle] = {}
        after = ""
        while len(closed) < limit:
            page = await self._candles(inst_id, bar, after, len(closed))
            closed |= {bar_.ts_event: bar_ for bar_ in page if bar_.is_closed}
            oldest = str(page[-1].ts_event) if page else after
            if oldest == after:
                break
            after = oldest
        newest = sorted(closed)[-limit:] if limit > 0 else []
        return tuple(closed[ts] for ts in newest)

    async def stream(self, inst_ids: Sequence[InstId], sink: EventSink) -> None:
        """Deliver events until cancelled."""
        public = PublicChannels(inst_ids, sink, self._clock)
        public_stream = Stream(self._sockets, "public", public)
        public.resubscribe = public_stream.resubscribe
        business_stream = Stream(self._sockets, "business", CandleChannels(inst_ids, sink))
        self._channels = public
        self._streams = public_stream, business_stream
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(public_stream.run(), name="okx-public")
            tasks.create_task(business_stream.run(), name="okx-business")
            tasks.create_task(self._seed_books(public), name="okx-book-seeds")

    def resync(self, inst_id: InstId) -> None:
        """Start an instrument's book anew: BookInvalid now, a snapshot soon."""
        if self._channels is not None:
            self._channels.resync(inst_id, "resync requested")

    def heard_s(self) -> float:
        """Return when the quieter of the two sockets made progress."""
        return min((one.heard_s() for one in self._streams), default=math.inf)

    async def aclose(self) -> None:
        """Close the HTTP client, which the venue shares."""
        await self._transport.aclose()

    async def _candles(self, inst_id: InstId, bar: Bar, after: str, known: int) -> list[Candle]:
        """Return one page, newest first, the forming bar included; [] = no more."""
        recent = partial(self._market.get_candlesticks, limit=str(RECENT_PAGE))
        older = partial(self._market.get_history_candlesticks, limit=str(HISTORY_PAGE))
        sources = (recent, older) if known < RECENT_BARS - RECENT_PAGE else (older,)
        for ask in sources:
            call = partial(ask, instId=inst_id, bar=bar.value, after=after)
            if rows := await self._rest.rows(call, CandleRow):
                now_ms = self._clock.now_ms()
                return [candle(row, inst_id, bar, now_ms) for row in rows]
        return []

    async def _seed_books(self, channels: PublicChannels) -> None:
        """Read books by REST when the exchange sends no first snapshot."""
        while True:
            await self._clock.sleep(SEED_STEP_S)
            for inst_id in channels.unseeded():
                try:
                    book: BookSnapshot | None = await self._book(inst_id)
                except (VenueUnavailable, DataInvalid) as failure:
                    log.warning("book_seed_failed", inst_id=inst_id, reason=failure.message)
                    book = None
                channels.seed(inst_id, book)

    async def _book(self, inst_id: InstId) -> BookSnapshot:
        ask = partial(self._market.get_orderbook, instId=inst_id, sz=str(BOOK_DEPTH))
        row = only(await self._rest.rows(ask, BookRow), "the book")
        return book_snapshot(row, inst_id, self._clock.now_ms())


def _known(inst_id: InstId, rows: dict[str, InstrumentRow]) -> Instrument:
    row = rows.get(inst_id)
    found = instrument(row) if row else None
    if found is None:
        nearest = difflib.get_close_matches(inst_id, rows, n=NEAREST)
        raise UsageError(
            f"OKX has no instrument {inst_id!r:.60}.",
            f"Nearest: {', '.join(nearest)}." if nearest else "Check the id on the exchange.",
        )
    return found
