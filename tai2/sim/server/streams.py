"""Paced public streams: one per followed topic, asked in rounds for what is due.

The public feed drives them. A stream conflates: it tells the newest state at most once per
its channel's shortest interval, and repeats it where the protocol has a heartbeat.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from tai2.sim.exchange.exchange import Exchange
from tai2.sim.exchange.records import InstSpec
from tai2.sim.server.backend import Backend
from tai2.sim.server.booktape import DEPTH, BookTape
from tai2.sim.server.faults import Faults
from tai2.sim.server.followers import frame
from tai2.sim.server.params import Row
from tai2.sim.server.public_rest import (
    funding_of,
    index_of,
    limit_of,
    mark_of,
    open_interest_of,
    ticker_of,
)
from tai2.sim.server.rows_public import book_row, candle_row
from tai2.sim.server.slots import Slots
from tai2.sim.server.topics import VIP_BOOKS, Topic, find_index

_CANDLE: Final = "candle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a channel may and must speak."""

    least_ms: int
    """Changes are told no sooner than this after the last frame."""
    repeat_ms: int = 0
    """Without change the state is repeated after this long; 0 = never."""


PACES: Final[Mapping[str, Pace]] = {
    "books": Pace(least_ms=100, repeat_ms=60_000),
    "books-l2-tbt": Pace(least_ms=10, repeat_ms=60_000),
    "books50-l2-tbt": Pace(least_ms=10, repeat_ms=60_000),
    "books5": Pace(least_ms=100, repeat_ms=60_000),
    "bbo-tbt": Pace(least_ms=10, repeat_ms=60_000),
    "tickers": Pace(least_ms=100),
    "mark-price": Pace(least_ms=200, repeat_ms=10_000),
    "index-tickers": Pace(least_ms=100, repeat_ms=60_000),
    "funding-rate": Pace(least_ms=30_000, repeat_ms=60_000),
    "open-interest": Pace(least_ms=3_000, repeat_ms=3_000),
    "price-limit": Pace(least_ms=200),
    _CANDLE: Pace(least_ms=1_000),
}


class Stream(Protocol):
    """What the public feed asks of a stream."""

    def first(self, now_ms: int) -> str | None:
        """Return the frame for a new follower; None = nothing is known yet."""
        ...

    def due(self, now_ms: int) -> str | None:
        """Return the frame that everybody gets now; None = nothing is due."""
        ...


class BookStream:
    """The books channel: snapshot, chained updates, heartbeat."""

    def __init__(self, tape: BookTape, topic: Topic, faults: Faults) -> None:
        self._tape = tape
        self._topic = topic
        self._faults = faults
        self._slots = Slots(PACES[topic.channel].least_ms)

    def first(self, now_ms: int) -> str | None:
        """Return a snapshot that the next update continues; None by the snapshot switch."""
        self._slots.open(now_ms)
        if self._faults.switches.snapshot == "off":
            return None
        return self._frame("snapshot", self._tape.snapshot())

    def due(self, now_ms: int) -> str | None:
        """Return an update or a heartbeat; an armed gap swallows the update."""
        if not self._slots.is_due(now_ms):
            return None
        row = self._tape.update()
        if row is None:
            if self._slots.silent_ms(now_ms) < PACES[self._topic.channel].repeat_ms:
                return None
            row = self._tape.heartbeat(now_ms)
        elif self._faults.take_book_gap(self._topic.inst_id):
            return None
        self._slots.spend(now_ms)
        return self._frame("update", row)

    def _frame(self, action: str, row: Row) -> str:
        kind = self._faults.switches.checksum
        if kind != "zero":
            row |= {"checksum": self._tape.checksum() + (kind == "wrong")}
        return frame(self._topic.arg(), [row], {"action": action})


Line = Row | list[str]
"""One element of data: an object, or a candle's columns."""


class RowStream:
    """A channel whose frames are each the whole state."""

    def __init__(self, topic: Topic, pace: Pace, render: Callable[[], Line | None]) -> None:
        self._topic = topic
        self._pace = pace
        self._render = render
        self._told: Line = []
        self._slots = Slots(pace.least_ms)

    def first(self, now_ms: int) -> str | None:
        """Return the state as it is, None while there is none."""
        line = self._render()
        if line is None:
            return None
        self._slots.open(now_ms)
        return frame(self._topic.arg(), [line], {})

    def due(self, now_ms: int) -> str | None:
        """Return the state when it changed, or when it's time to repeat it."""
        if not self._slots.is_due(now_ms):
            return None
        line = self._render()
        is_repeat = 0 < self._pace.repeat_ms <= self._slots.silent_ms(now_ms)
        if line is None or (_same(line, self._told) and not is_repeat):
            return None
        self._told = line
        self._slots.spend(now_ms)
        return frame(self._topic.arg(), [line], {})


def _same(one: Line, other: Line) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one | {"ts": ""} == other | {"ts": ""}
    return one == other


def make_stream(topic: Topic, backend: Backend, faults: Faults) -> Stream | None:
    """Return the stream behind a topic; None = the channel speaks on events only."""
    if topic.channel == "books" or topic.channel in VIP_BOOKS:
        return BookStream(_tape(backend, topic), topic, faults)
    render = _renderer(topic, backend)
    if render is None:
        return None
    name = _CANDLE if topic.channel.startswith(_CANDLE) else topic.channel
    return RowStream(topic, PACES[name], render)


def _tape(backend: Backend, topic: Topic) -> BookTape:
    depth = 50 if topic.channel == "books50-l2-tbt" else DEPTH
    return BookTape(backend.exchange, topic.inst_id, depth)


def _renderer(topic: Topic, backend: Backend) -> Callable[[], Line | None] | None:
    inst_id, exchange = topic.inst_id, backend.exchange
    if topic.channel.startswith(_CANDLE):
        bar = topic.channel.removeprefix(_CANDLE)
        return lambda: _forming(exchange, inst_id, bar)
    if topic.channel in _DEPTHS:
        depth = _DEPTHS[topic.channel]
        also = {"instId": inst_id} if topic.channel == "books5" else {}
        return lambda: book_row(exchange.book(inst_id, depth)) | also
    of_spec = _OF_SPEC.get(topic.channel)
    spec = backend.find(inst_id) or find_index(backend, inst_id)
    if of_spec is None or spec is None:
        return None
    return lambda: of_spec(backend, spec)


def _forming(exchange: Exchange, inst_id: str, bar: str) -> list[str] | None:
    forming = exchange.forming(inst_id, bar)
    return candle_row(forming) if forming else None


_DEPTHS: Final = {"books5": 5, "bbo-tbt": 1}
_OF_SPEC: Final[Mapping[str, Callable[[Backend, InstSpec], Row | None]]] = {
    "tickers": ticker_of,
    "mark-price": mark_of,
    "index-tickers": index_of,
    "funding-rate": funding_of,
    "open-interest": open_interest_of,
    "price-limit": limit_of,
}


def order_of_push(topics: Sequence[Topic]) -> list[Topic]:
    """Sort topics so that one book's channels are told best quote first, then depth."""
    ranks = {"bbo-tbt": 0, "books-l2-tbt": 1, "books50-l2-tbt": 2, "books": 3, "books5": 4}
    return sorted(topics, key=lambda topic: ranks.get(topic.channel, 5))
