"""The sequence rules of a book: what continues, what is a gap, how a REST seed joins."""

from decimal import Decimal

from tai2.model.market import BookDelta, BookSnapshot
from tai2.okx.book_chain import PATIENCE_MS, BookChain

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


def test_seed_is_wanted_once_after_patience() -> None:
    chain = BookChain()
    assert not chain.wants_seed(10**9)
    chain.follow(delta(1, 2, ts_recv=100))
    assert not chain.wants_seed(99 + PATIENCE_MS)
    assert chain.wants_seed(100 + PATIENCE_MS)
    assert not chain.wants_seed(100 + PATIENCE_MS)
    chain.seed_failed()
    assert chain.wants_seed(100 + PATIENCE_MS)


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
