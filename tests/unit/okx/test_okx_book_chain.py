"""The sequence rules of a book: what continues, what is a gap, how a REST seed joins."""

from decimal import Decimal

import msgspec
import pytest

from tai2.model.errors import DataInvalid
from tai2.model.market import BookDelta, BookSnapshot
from tai2.okx.book_chain import PATIENCE_MS, BookChain
from tai2.okx.decode.market import BookRow, levels

SWAP = "BTC-USDT-SWAP"


def snapshot(seq_id: int) -> BookSnapshot:
    return BookSnapshot(inst_id=SWAP, ts_event=1, ts_recv=1, bids=(), asks=(), seq_id=seq_id)


def delta(prev: int, seq: int, ts_recv: int = 1) -> BookDelta:
    level = ((Decimal(1), Decimal(1)),)
    return BookDelta(
        inst_id=SWAP,
        ts_event=1,
        ts_recv=ts_recv,
        bids=level,
        asks=(),
        prev_seq_id=prev,
        seq_id=seq,
    )


def started(seq_id: int) -> BookChain:
    chain = BookChain()
    assert chain.start(snapshot(seq_id)) == (snapshot(seq_id),)
    return chain


def test_deltas_that_continue_are_forwarded() -> None:
    chain = started(10)
    assert chain.follow(delta(10, 15)) == (delta(10, 15),)
    assert chain.follow(delta(15, 16)) == (delta(15, 16),)


def test_heartbeat_is_no_gap() -> None:
    chain = started(10)
    assert chain.follow(delta(10, 10)) == (delta(10, 10),)
    assert chain.follow(delta(10, 11)) == (delta(10, 11),)


def test_sequence_reset_continues_from_the_smaller_id() -> None:
    chain = started(15)
    assert chain.follow(delta(15, 3)) == (delta(15, 3),)
    assert chain.follow(delta(3, 4)) == (delta(3, 4),)


def test_gap_ends_the_book_until_a_snapshot() -> None:
    chain = started(10)
    assert chain.follow(delta(11, 12)) is None
    assert chain.follow(delta(12, 13)) == ()
    assert chain.start(snapshot(20)) == (snapshot(20),)
    assert chain.follow(delta(20, 21)) == (delta(20, 21),)


def test_seed_is_wanted_when_the_expected_snapshot_is_overdue() -> None:
    chain = BookChain()
    assert not chain.wants_seed(10**9)
    chain.expect(100)
    assert not chain.wants_seed(99 + PATIENCE_MS)
    assert chain.wants_seed(100 + PATIENCE_MS)
    chain.expect(5_000)
    assert not chain.wants_seed(100 + PATIENCE_MS)
    chain.start(snapshot(1))
    assert not chain.wants_seed(10**9)


def test_seed_is_wanted_though_the_book_is_silent() -> None:
    chain = BookChain()
    chain.expect(0)
    assert chain.wants_seed(PATIENCE_MS)
    assert chain.seed(snapshot(6)) == (snapshot(6),)


def test_live_book_expects_nothing() -> None:
    chain = started(10)
    chain.expect(0)
    assert not chain.wants_seed(10**9)


def test_seed_joins_the_first_newer_delta() -> None:
    chain = BookChain()
    for prev, seq in ((1, 4), (4, 8), (8, 9)):
        chain.follow(delta(prev, seq))
    assert chain.seed(snapshot(6)) == (snapshot(6), delta(6, 8), delta(8, 9))
    assert chain.follow(delta(9, 10)) == (delta(9, 10),)


def test_seed_older_than_the_waiting_deltas_is_refused() -> None:
    chain = BookChain()
    chain.follow(delta(5, 6))
    assert chain.seed(snapshot(3)) == ()
    assert chain.follow(delta(6, 7)) == ()


def test_seed_never_replaces_a_live_book() -> None:
    chain = started(10)
    assert chain.seed(snapshot(50)) == ()
    assert chain.follow(delta(10, 11)) == (delta(10, 11),)


def test_first_delta_after_a_seed_may_span_it() -> None:
    chain = BookChain()
    chain.seed(snapshot(6))
    assert chain.follow(delta(3, 5)) == ()
    assert chain.follow(delta(5, 9)) == (delta(6, 9),)
    assert chain.follow(delta(9, 10)) == (delta(9, 10),)


def test_first_delta_behind_a_seed_is_a_gap() -> None:
    chain = BookChain()
    chain.seed(snapshot(6))
    assert chain.follow(delta(7, 9)) is None
    assert chain.follow(delta(9, 10)) == ()


def pushed(checksum: int, bids: list[list[str]], asks: list[list[str]]) -> BookRow:
    sides = (msgspec.Raw(msgspec.json.encode(side)) for side in (asks, bids))
    return BookRow(*sides, ts="1", checksum=checksum)


def test_checksum_of_zero_is_never_verified() -> None:
    chain, row = started(10), pushed(0, [["100", "1", "0", "1"]], [["101", "1", "0", "1"]])
    assert chain.is_intact(row, is_whole=True)
    assert chain.is_intact(row, is_whole=False)


def test_checksum_that_is_sent_is_verified() -> None:
    chain = started(10)
    sides = [["100", "1"], ["99.5", "2"]], [["100.5", "3"]]
    assert chain.is_intact(pushed(-366148305, *sides), is_whole=True)
    assert not chain.is_intact(pushed(-366148306, *sides), is_whole=True)
    assert not chain.is_intact(pushed(-366148305, [["100", "0"]], []), is_whole=False)


def test_checksum_cannot_be_verified_without_a_whole_book() -> None:
    assert started(10).is_intact(pushed(123, [["100", "1"]], []), is_whole=False)


@pytest.mark.parametrize(
    "text",
    [
        *('[["NaN","1"]]', '[["1e5","1"]]', '[["-1","1"]]', '[["1","-1"]]', '[["","1"]]'),
        *('[["1"]]', '["1","1"]', '[["1","1","0"],[]]', "{}", "[[1e3,1]]", '[["1.2.3","1"]]'),
        *('[["１","1"]]', '[["1_0","1"]]', f'[["{"9" * 26}","1"]]', '[["Infinity","1"]]'),
    ],
)
def test_what_is_no_plain_price_level_is_no_book(text: str) -> None:
    with pytest.raises(DataInvalid):
        levels(msgspec.Raw(text.encode()))


def test_levels_keep_the_exchanges_digits() -> None:
    read = levels(msgspec.Raw(b'[["30243.50", "1.21120", "0", "4"], ["30244","0"]]'))
    assert [(str(px), str(size)) for px, size in read] == [("30243.50", "1.21120"), ("30244", "0")]
    assert levels(msgspec.Raw(b"[]")) == ()
