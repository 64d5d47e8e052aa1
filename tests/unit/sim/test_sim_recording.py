"""A recording played back: the exchange shows the books, trades and marks that were received."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tai2.model.errors import UsageError
from tai2.model.recording import Channel, RecordedFrame, pack_frame, pack_member
from tai2.sim.exchange.exchange import Exchange
from tai2.sim.market.listings import BTC
from tai2.sim.market.recording import RecordedMarket
from tai2.sim.server.rows_public import instrument_row

T0 = 1_725_003_123_000
INST = BTC.inst_id


def frame(at_ms: int, channel: str, row: object, **more: object) -> bytes:
    message = {"arg": {"channel": channel, "instId": INST}, **more, "data": [row]}
    text = json.dumps(message)
    return pack_frame(RecordedFrame(ts_recv=T0 + at_ms, channel=Channel.PUBLIC, raw=text))


def book(bids: list[list[str]], asks: list[list[str]]) -> dict[str, object]:
    return {"bids": bids, "asks": asks, "ts": str(T0)}


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = "/api/v5/public/instruments?instType=SWAP"
    listing = {"path": path, "body": {"code": "0", "data": [instrument_row(BTC)]}}
    trade = {"instId": INST, "px": "100000.1", "sz": "2", "side": "buy", "count": "2"}
    head = RecordedFrame(ts_recv=T0, channel=Channel.REST, raw=json.dumps(listing))
    snapshot = book([["100000", "4", "0", "1"]], [["100000.1", "5", "0", "1"]])
    change = book([["100000", "0", "0", "0"], ["99999", "3", "0", "1"]], [])
    lines = [
        pack_frame(head),
        frame(10, "books", snapshot, action="snapshot"),
        frame(500, "trades", trade),
        frame(500, "mark-price", {"instId": INST, "markPx": "100001"}),
        frame(1_000, "books", change, action="update"),
    ]
    (tmp_path / "okx-000001.jsonl.gz").write_bytes(pack_member(lines))
    return tmp_path


def opened(recording: Path, speed: float = 1.0) -> tuple[RecordedMarket, Exchange]:
    market = RecordedMarket(recording, speed=speed)
    exchange = Exchange(market.specs, seed=1)
    market.start(exchange, 5_000)
    return market, exchange


def test_the_first_book_stands_at_the_start(recording: Path) -> None:
    _, exchange = opened(recording)
    assert exchange.specs() == (BTC,)
    assert exchange.book(INST, 5).asks == ((Decimal("100000.1"), Decimal(5), 1),)
    assert exchange.trades(INST, 5) == []


def test_frames_come_when_their_time_has_come(recording: Path) -> None:
    market, exchange = opened(recording)
    market.step(exchange, 5_490)
    assert exchange.ticker(INST).last == Decimal("100000.1")
    assert exchange.mark_px(INST) == 100_001
    assert exchange.book(INST, 5).bids[0][0] == 100_000
    market.step(exchange, 6_000)
    assert exchange.book(INST, 5).bids == ((Decimal(99_999), Decimal(3), 1),)


def test_a_faster_pace_plays_it_sooner(recording: Path) -> None:
    market, exchange = opened(recording, speed=10)
    market.step(exchange, 5_100)
    assert exchange.book(INST, 5).bids[0][0] == 99_999


def test_a_missing_recording_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no recording"):
        RecordedMarket(tmp_path / "none")
