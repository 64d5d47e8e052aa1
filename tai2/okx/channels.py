"""What the feed subscribes to, and how its frames become market events.

`OkxFeed.stream` makes one object per connection and gives it the sink.
It must mark a book invalid at once on a gap or a lost connection, never later.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from tai2.model.errors import DataInvalid
from tai2.model.ids import InstId
from tai2.model.market import Bar, BookInvalid, BookSnapshot, Liquidation, MarketEvent, PublicTrade
from tai2.okx.answer import decode_rows
from tai2.okx.book_chain import BookChain
from tai2.okx.decode.market import (
    BookRow,
    CandleRow,
    book_delta,
    book_snapshot,
    candle,
)
from tai2.okx.decode.public import DECODERS
from tai2.okx.frames import Arg, Frame
from tai2.okx.inst_type import InstType, inst_type, is_swap
from tai2.ports.clock import Clock
from tai2.ports.feed import EventSink

BOOKS: Final = "books"
FOR_ALL: Final = (BOOKS, "trades", "tickers", "price-limit")
INSTRUMENTS: Final = "instruments"
FOR_SWAPS: Final = ("mark-price", "funding-rate", "open-interest")
LIQUIDATIONS: Final = Arg(channel="liquidation-orders", inst_type=InstType.SWAP.value)
CANDLES: Final = {f"candle{bar.value}": bar for bar in Bar}

REMEMBERED: Final = 20_000
"""Trades and liquidations of the last seconds, all instruments together."""

log = structlog.get_logger(__name__)


class Seen:
    """Remembers happenings that two connections may both tell, so that each counts once."""

    def __init__(self) -> None:
        self._order: deque[tuple[object, ...]] = deque()
        self._keys: set[tuple[object, ...]] = set()

    def has(self, event: MarketEvent) -> bool:
        """Tell whether it was told before; states (tickers, marks…) may be told twice."""
        match event:
            case PublicTrade():
                key: tuple[object, ...] = (event.inst_id, event.trade_id)
            case Liquidation():
                key = (event.inst_id, event.ts_event, event.side, event.bk_px, event.contracts)
            case _:
                return False
        if key in self._keys:
            return True
        self._keys.add(key)
        self._order.append(key)
        if len(self._order) > REMEMBERED:
            self._keys.discard(self._order.popleft())
        return False


class PublicChannels:
    """Books, trades, tickers, marks, funding, open interest and liquidations."""

    def __init__(self, inst_ids: Sequence[InstId], sink: EventSink, clock: Clock) -> None:
        self.resubscribe: Callable[[Arg], None] = lambda _arg: None
        """Set by the feed once the connection exists."""
        self._chains = {inst_id: BookChain() for inst_id in inst_ids}
        self._seen = Seen()
        self._sink = sink
        self._clock = clock

    def args(self) -> Sequence[Arg]:
        """Name every public subscription; spot has no mark, funding or open interest."""
        kinds = sorted({inst_type(inst_id) for inst_id in self._chains})
        args = [Arg(channel=name, inst_id=inst) for inst in self._chains for name in FOR_ALL]
        swaps = [inst for inst in self._chains if is_swap(inst)]
        args += [Arg(channel=name, inst_id=inst) for inst in swaps for name in FOR_SWAPS]
        args += [Arg(channel=INSTRUMENTS, inst_type=kind.value) for kind in kinds]
        return [*args, LIQUIDATIONS] if swaps else args

    async def login(self) -> dict[str, str] | None:
        """Public channels need none."""
        return None

    def on_stale_clock(self) -> None:
        """Nothing: there is no login."""

    def on_up(self) -> None:
        """Expect a snapshot of every book that has none yet."""
        for chain in self._chains.values():
            chain.expect(self._clock.now_ms())

    def unseeded(self) -> tuple[InstId, ...]:
        """Return the instruments whose book must be read by REST."""
        now_ms = self._clock.now_ms()
        return tuple(inst for inst, chain in self._chains.items() if chain.wants_seed(now_ms))

    def on_down(self, reason: str) -> None:
        """Invalidate every book."""
        for inst_id in self._chains:
            self._invalidate(inst_id, reason)

    def on_refused(self, arg: Arg, reason: str) -> None:
        """Invalidate the book whose subscription failed."""
        if arg.channel == BOOKS:
            self._invalidate(InstId(arg.inst_id), reason)

    def on_data(self, frame: Frame, ts_recv: int) -> None:
        """Decode a frame and deliver its events."""
        if frame.arg is None:
            raise DataInvalid("rows without an argument")
        inst_id = InstId(frame.arg.inst_id)
        if frame.arg.channel == BOOKS:
            self._take_book(frame, inst_id, ts_recv)
            return
        decode = DECODERS.get(frame.arg.channel)
        if decode is None:
            raise DataInvalid(f"rows of a channel that nobody asked for: {frame.arg}")
        for event in decode(bytes(frame.data), inst_id, ts_recv):
            if event.inst_id in self._chains and not self._seen.has(event):
                self._sink(event)

    def resync(self, inst_id: InstId, reason: str) -> None:
        """Invalidate a book and subscribe it again."""
        if inst_id in self._chains:
            self._invalidate(inst_id, reason)
            self._chains[inst_id].expect(self._clock.now_ms())
            self.resubscribe(Arg(channel=BOOKS, inst_id=inst_id))

    def seed(self, inst_id: InstId, book: BookSnapshot | None) -> None:
        """Take a book read by REST; None = it couldn't be read, or not in time."""
        chain = self._chains[inst_id]
        for event in chain.seed(book) if book is not None else ():
            self._sink(event)
        chain.expect(self._clock.now_ms())

    def _take_book(self, frame: Frame, inst_id: InstId, ts_recv: int) -> None:
        chain = self._chains.get(inst_id)
        if chain is None:
            raise DataInvalid(f"a book that nobody asked for: {inst_id!r:.40}")
        try:
            rows = decode_rows(bytes(frame.data), BookRow)
            for row in rows:
                self._take_book_row(chain, frame.action, row, inst_id, ts_recv)
        except DataInvalid:
            # A delta that can't be read is a delta that is missing.
            self.resync(inst_id, "unreadable book")
            raise

    def _take_book_row(
        self, chain: BookChain, action: str, row: BookRow, inst_id: InstId, ts_recv: int
    ) -> None:
        if action == "snapshot":
            events = chain.start(book_snapshot(row, inst_id, ts_recv))
        elif action == "update":
            followed = chain.follow(book_delta(row, inst_id, ts_recv))
            if followed is None:
                self.resync(inst_id, "sequence gap")
                return
            events = followed
        else:
            raise DataInvalid(f"unknown book action: {action!r:.20}")
        if events and not chain.is_intact(row, is_whole=action == "snapshot"):
            self.resync(inst_id, "checksum mismatch")
            return
        for event in events:
            self._sink(event)

    def _invalidate(self, inst_id: InstId, reason: str) -> None:
        self._chains[inst_id].reset()
        now_ms = self._clock.now_ms()
        self._sink(BookInvalid(inst_id=inst_id, ts_event=now_ms, ts_recv=now_ms, reason=reason))


class CandleChannels:
    """The closed and forming candles of the business connection."""

    def __init__(self, inst_ids: Sequence[InstId], sink: EventSink) -> None:
        self._inst_ids = tuple(inst_ids)
        self._sink = sink

    def args(self) -> Sequence[Arg]:
        """Name every bar of every instrument."""
        return [Arg(channel=name, inst_id=inst) for inst in self._inst_ids for name in CANDLES]

    async def login(self) -> dict[str, str] | None:
        """Candles need none."""
        return None

    def on_stale_clock(self) -> None:
        """Nothing: there is no login."""

    def on_up(self) -> None:
        """Nothing: candles repeat themselves."""

    def on_down(self, reason: str) -> None:
        """Nothing: ages tell."""

    def on_refused(self, arg: Arg, reason: str) -> None:
        """Nothing more: the stream logged it."""

    def on_data(self, frame: Frame, ts_recv: int) -> None:
        """Decode candles and deliver them, oldest first as pushed."""
        bar = CANDLES.get(frame.arg.channel) if frame.arg else None
        if frame.arg is None or bar is None:
            raise DataInvalid(f"rows of a channel that nobody asked for: {frame.arg}")
        for row in decode_rows(bytes(frame.data), CandleRow):
            self._sink(candle(row, InstId(frame.arg.inst_id), bar, ts_recv))
