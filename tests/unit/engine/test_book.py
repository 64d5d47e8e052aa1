"""The book follows the exchange's sequence or says that it can't be trusted."""

import random
from decimal import Decimal

from tai2.engine.book import OrderBook
from tai2.model.ids import InstId
from tai2.model.market import BookDelta, BookSnapshot, Level
from tai2.model.money import Contracts, Px

INST = InstId("BTC-USDT-SWAP")


def levels(*pairs: tuple[str, str]) -> tuple[Level, ...]:
    return tuple((Px(Decimal(px)), Contracts(Decimal(sz))) for px, sz in pairs)


BIDS = levels(("100", "4"), ("99.9", "9"))
ASKS = levels(("100.1", "5"), ("100.2", "7"))


def loaded(seq: int = 10) -> OrderBook:
    book = OrderBook()
    book.load(BookSnapshot(inst_id=INST, ts_event=1, ts_recv=1, bids=BIDS, asks=ASKS, seq_id=seq))
    return book


def delta(
    prev: int, seq: int, bids: tuple[Level, ...] = (), asks: tuple[Level, ...] = ()
) -> BookDelta:
    return BookDelta(
        inst_id=INST, ts_event=2, ts_recv=2, bids=bids, asks=asks, prev_seq_id=prev, seq_id=seq
    )


def test_book_is_invalid_before_its_first_snapshot() -> None:
    assert OrderBook().top() is None


def test_snapshot_gives_best_levels_first() -> None:
    top = loaded().top()
    assert top is not None
    assert (top.best_bid, top.best_ask, top.mid) == (100, Decimal("100.1"), Decimal("100.05"))


def test_delta_replaces_and_removes_levels() -> None:
    book = loaded()
    changes = levels(("100.1", "0"), ("100.15", "2"))
    assert book.apply(delta(10, 15, asks=changes))
    top = book.top()
    assert top is not None
    assert top.asks == levels(("100.15", "2"), ("100.2", "7"))


def test_heartbeat_keeps_the_book() -> None:
    book = loaded()
    assert book.apply(delta(10, 10))
    assert book.top() is not None


def test_sequence_reset_after_maintenance_is_followed() -> None:
    book = loaded(15)
    assert book.apply(delta(15, 3))
    assert book.apply(delta(3, 5))


def test_gap_invalidates_until_the_next_snapshot() -> None:
    book = loaded()
    assert not book.apply(delta(11, 12))
    assert book.top() is None
    assert not book.apply(delta(12, 13))
    book.load(BookSnapshot(inst_id=INST, ts_event=3, ts_recv=3, bids=BIDS, asks=ASKS, seq_id=20))
    assert book.top() is not None


def test_crossed_or_one_sided_book_is_invalid() -> None:
    assert not loaded().apply(delta(10, 11, bids=levels(("101", "1"))))
    assert not loaded().apply(delta(10, 11, asks=levels(("100.1", "0"), ("100.2", "0"))))


def test_random_deltas_equal_a_naive_rebuild() -> None:
    rng = random.Random(5)
    book, naive = loaded(), {"b": dict(BIDS), "a": dict(ASKS)}
    for seq in range(11, 400):
        side = rng.choice("ba")
        offset = Decimal(rng.randint(0, 40)) / 10
        px = Px(Decimal("99.9") - offset if side == "b" else Decimal("100.2") + offset)
        sz = Contracts(Decimal(rng.choice([0, 1, 2, 3])))
        naive[side][px] = sz
        changes = ((px, sz),)
        if side == "b":
            assert book.apply(delta(seq - 1, seq, bids=changes))
        else:
            assert book.apply(delta(seq - 1, seq, asks=changes))
    top = book.top()
    assert top is not None
    bids = sorted(((p, s) for p, s in naive["b"].items() if s), reverse=True)[:20]
    asks = sorted((p, s) for p, s in naive["a"].items() if s)[:20]
    assert (list(top.bids), list(top.asks)) == (bids, asks)
