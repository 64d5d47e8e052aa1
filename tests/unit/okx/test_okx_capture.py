"""A real capture of the exchange decodes whole, and its books match their own checksums."""

import json
from pathlib import Path
from typing import Any

import pytest

from tai2.model.instrument import InstKind
from tai2.okx.answer import decode_rows, read_answer
from tai2.okx.checksum import RawBook
from tai2.okx.decode import instruments, market, public

CAPTURE = Path(__file__).parents[4] / "shared" / "data" / "okx-capture"
SPOT = "BTC-USDT"

pytestmark = pytest.mark.skipif(not CAPTURE.exists(), reason="the real capture is not here")


def frames() -> list[dict[str, Any]]:
    lines = (CAPTURE / "btc-usdt.jsonl").read_text().splitlines()
    messages = [json.loads(line)["msg"] for line in lines]
    return [message for message in messages if "data" in message]


@pytest.mark.parametrize(
    ("bids", "asks", "checksum"),
    [
        ([["100", "1"], ["99.5", "2"]], [["100.5", "3"]], -366148305),
        ([["3366.1", "7"]], [["3366.8", "9"], ["3368", "8"]], -1471518219),
        (
            [["100000", "4", "0", "2"], ["99999.9", "9", "0", "3"]],
            [["100000.1", "5", "0", "2"], ["100000.2", "7", "0", "3"]],
            1622554639,
        ),
    ],
)
def test_published_checksum_vectors_hold(
    bids: list[list[str]], asks: list[list[str]], checksum: int
) -> None:
    book = RawBook()
    book.apply(bids, asks)
    assert book.checksum() == checksum


def test_every_captured_book_matches_its_checksum() -> None:
    book = RawBook()
    checked = 0
    for frame in frames():
        if frame["arg"]["channel"] != "books":
            continue
        (row,) = decode_rows(json.dumps(frame["data"]).encode(), market.BookRow)
        if frame["action"] == "snapshot":
            book = RawBook()
        book.apply(market.level_texts(row.bids), market.level_texts(row.asks))
        if row.checksum:
            assert book.checksum() == row.checksum
            checked += 1
    assert checked > 50


def test_every_other_captured_frame_decodes() -> None:
    counted = {"tickers": 0, "trades": 0}
    for frame in frames():
        channel = frame["arg"]["channel"]
        if channel in counted:
            rows_json = json.dumps(frame["data"]).encode()
            events = public.DECODERS[channel](rows_json, SPOT, 1)
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
