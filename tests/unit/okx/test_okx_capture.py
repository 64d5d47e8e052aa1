"""A real capture of the exchange decodes whole, and its books match their own checksums."""

import json
import zlib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tai2.model.instrument import InstKind
from tai2.model.market import BookDelta, BookSnapshot, Level
from tai2.model.money import plain
from tai2.okx.answer import decode_rows, read_answer
from tai2.okx.decode import instruments, market

CAPTURE = Path(__file__).parents[4] / "shared" / "data" / "okx-capture"
SPOT = "BTC-USDT"

pytestmark = pytest.mark.skipif(not CAPTURE.exists(), reason="the real capture is not here")


def frames() -> list[dict[str, Any]]:
    lines = (CAPTURE / "btc-usdt.jsonl").read_text().splitlines()
    messages = [json.loads(line)["msg"] for line in lines]
    return [message for message in messages if "data" in message]


class ReferenceBook:
    """The plainest book: one dict a side."""

    def __init__(self) -> None:
        self.bids: dict[Decimal, Decimal] = {}
        self.asks: dict[Decimal, Decimal] = {}
        self._text: dict[Decimal, str] = {}

    def take(self, event: BookSnapshot | BookDelta) -> None:
        if isinstance(event, BookSnapshot):
            self.bids, self.asks = {}, {}
        for side, levels in ((self.bids, event.bids), (self.asks, event.asks)):
            for px, qty in levels:
                self._put(side, px, qty)

    def _put(self, side: dict[Decimal, Decimal], px: Decimal, qty: Decimal) -> None:
        side.pop(px, None)
        if qty:
            side[px] = qty
            self._text[px] = plain(px)

    def checksum(self) -> int:
        bids = sorted(self.bids.items(), reverse=True)[:25]
        asks = sorted(self.asks.items())[:25]
        parts: list[str] = []
        for rank in range(25):
            parts += self._level(bids, rank) + self._level(asks, rank)
        crc = zlib.crc32(":".join(parts).encode())
        return crc - (1 << 32) if crc >= 1 << 31 else crc

    def _level(self, side: list[Any], rank: int) -> list[str]:
        return [self._text[side[rank][0]], plain(side[rank][1])] if rank < len(side) else []


def book_event(frame: dict[str, Any]) -> tuple[BookSnapshot | BookDelta, int]:
    (row,) = decode_rows(json.dumps(frame["data"]).encode(), market.BookRow)
    is_snapshot = frame["action"] == "snapshot"
    read = market.book_snapshot if is_snapshot else market.book_delta
    return read(row, SPOT, 1), frame["data"][0]["checksum"]


def test_published_checksum_vector_holds_for_the_reference_book() -> None:
    levels: tuple[Level, ...] = ((Decimal("3366.8"), Decimal(9)), (Decimal(3368), Decimal(8)))
    book = ReferenceBook()
    book.take(
        BookSnapshot(
            inst_id=SPOT,
            ts_event=1,
            ts_recv=1,
            bids=((Decimal("3366.1"), Decimal(7)),),
            asks=levels,
            seq_id=1,
        )
    )
    assert book.checksum() == -1471518219


def test_every_captured_book_matches_its_checksum() -> None:
    book = ReferenceBook()
    checked = 0
    for frame in frames():
        if frame["arg"]["channel"] != "books":
            continue
        event, checksum = book_event(frame)
        book.take(event)
        if checksum:
            assert book.checksum() == checksum
            checked += 1
    assert checked > 50


def test_every_other_captured_frame_decodes() -> None:
    counted = {"tickers": 0, "trades": 0}
    for frame in frames():
        channel = frame["arg"]["channel"]
        if channel in counted:
            rows_json = json.dumps(frame["data"]).encode()
            events = market.DECODERS[channel](rows_json, SPOT, 1)
            assert all(event.inst_id == SPOT and event.ts_event > 0 for event in events)
            counted[channel] += len(events)
    assert min(counted.values()) > 0


def test_every_captured_instrument_decodes_or_is_of_another_type() -> None:
    answer = read_answer(200, (CAPTURE / "instruments.json").read_bytes())
    rows = decode_rows(answer.rows_json, instruments.InstrumentRow)
    assert len(rows) == 679
    traded = [instruments.instrument(row) for row in rows]
    expected = sum(row.inst_type in ("SPOT", "SWAP") for row in rows)
    assert sum(one is not None for one in traded) == expected > 0
    assert all(one.ct_val > 0 and one.base_ccy and one.quote_ccy for one in traded if one)
    assert all(one.ct_val == 1 for one in traded if one and one.kind is InstKind.SPOT)
