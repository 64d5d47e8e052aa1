"""Order flow: hand-computed vectors and what must hold for any sequence of events."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai2.indicators.flow import (
    DAY_MS,
    CvdTracker,
    FlowTracker,
    OfiTracker,
    Quote,
    contribution,
    imbalance,
    micro_px,
)
from tai2.indicators.minutes import MINUTE_MS
from tai2.model.instrument import Side
from tai2.model.market import Level
from tai2.model.money import Contracts, Px
from tai2.model.snapshot import BookTop

NOON = 20_000 * DAY_MS + DAY_MS // 2
SIZES = st.integers(min_value=1, max_value=1_000).map(lambda lots: lots / 8)
TRADES = st.lists(st.tuples(st.integers(0, 90_000), st.sampled_from(Side), SIZES), max_size=40)
QUOTES = st.lists(
    st.tuples(st.integers(90, 110), SIZES, st.integers(1, 5), SIZES).map(
        lambda each: (float(each[0]), each[1], float(each[0] + each[2]), each[3])
    ),
    min_size=2,
    max_size=30,
)


def ladder(*levels: tuple[str, str]) -> tuple[Level, ...]:
    return tuple((Px(Decimal(px)), Contracts(Decimal(qty))) for px, qty in levels)


TOP = BookTop(
    bids=ladder(("100", "3"), ("99", "5")), asks=ladder(("101", "1"), ("102", "1")), seq_id=1
)


def test_nothing_seen_is_none() -> None:
    flow = FlowTracker()
    flow.mark_gap(NOON)
    assert flow.flow_set(NOON, TOP) is None


def test_cvd_sums_buys_minus_sells_per_closed_minute() -> None:
    flow = FlowTracker()
    flow.on_trade(NOON, Side.BUY, 2.0)
    flow.on_trade(NOON + 59_999, Side.SELL, 0.5)
    flow.on_trade(NOON + 60_000, Side.SELL, 4.0)
    found = flow.flow_set(NOON + 60_000, None)
    assert found is not None
    assert found.cvd_bars == (1.5,)
    assert found.cvd_session == -2.5


def test_bars_close_by_time_when_nothing_happens() -> None:
    flow = FlowTracker()
    flow.on_trade(NOON, Side.BUY, 2.0)
    found = flow.flow_set(NOON + 3 * MINUTE_MS, None)
    assert found is not None
    assert found.cvd_bars == (2.0, 0.0, 0.0)


def test_a_long_silence_keeps_thirty_bars_only() -> None:
    flow = FlowTracker()
    flow.on_trade(NOON, Side.BUY, 2.0)
    found = flow.flow_set(NOON + 500 * MINUTE_MS, None)
    assert found is not None
    assert found.cvd_bars == (0.0,) * 30


def test_the_session_starts_anew_at_midnight_utc() -> None:
    cvd = CvdTracker()
    cvd.on_trade(20_000 * DAY_MS - 1, Side.BUY, 9.0)
    cvd.on_trade(20_000 * DAY_MS, Side.SELL, 1.0)
    assert cvd.session == -1.0


def test_a_late_trade_counts_in_the_forming_minute() -> None:
    cvd = CvdTracker()
    cvd.on_trade(NOON + MINUTE_MS, Side.BUY, 1.0)
    cvd.on_trade(NOON, Side.BUY, 2.0)
    cvd.advance(NOON + 2 * MINUTE_MS)
    assert cvd.bars == (3.0,)


def test_slope_scores_the_newest_five_bars() -> None:
    cvd = CvdTracker()
    for minute in range(10):
        cvd.on_trade(NOON + minute * MINUTE_MS, Side.BUY, 1.0 if minute < 9 else 7.0)
    cvd.advance(NOON + 9 * MINUTE_MS)
    assert cvd.slope_z is None
    cvd.advance(NOON + 10 * MINUTE_MS)
    assert cvd.slope_z == pytest.approx(5**0.5)


def test_a_flat_flow_has_no_score() -> None:
    cvd = CvdTracker()
    for minute in range(20):
        cvd.on_trade(NOON + minute * MINUTE_MS, Side.BUY, 0.1)
    cvd.advance(NOON + 20 * MINUTE_MS)
    assert cvd.slope_z is None


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ((100.0, 7.0, 101.0, 4.0), 2.0),
        ((100.5, 7.0, 101.0, 4.0), 7.0),
        ((99.5, 7.0, 101.0, 4.0), -5.0),
        ((100.0, 5.0, 101.0, 9.0), -5.0),
        ((100.0, 5.0, 100.5, 9.0), -9.0),
        ((100.0, 5.0, 101.5, 9.0), 4.0),
        ((100.0, 5.0, 101.0, 4.0), 0.0),
    ],
)
def test_ofi_counts_each_kind_of_change(after: Quote, expected: float) -> None:
    assert contribution((100.0, 5.0, 101.0, 4.0), after) == expected


def test_ofi_does_not_bridge_a_gap() -> None:
    flow = FlowTracker()
    flow.on_top(NOON, 100.0, 5.0, 101.0, 4.0)
    flow.mark_gap(NOON + 1)
    flow.on_top(NOON + 2, 90.0, 5.0, 91.0, 4.0)
    flow.on_top(NOON + 3, 90.0, 6.0, 91.0, 4.0)
    found = flow.flow_set(NOON + MINUTE_MS, TOP)
    assert found is not None
    assert found.ofi_bar == 1.0
    assert found.has_gap


def test_ofi_scores_its_newest_bar() -> None:
    ofi = OfiTracker()
    for minute in range(11):
        bid_qty = 5.0 if minute < 9 else 8.0
        ofi.on_top(NOON + minute * MINUTE_MS, (100.0, bid_qty, 101.0, 4.0))
    assert ofi.bar == 3.0
    assert ofi.z == pytest.approx(3.0)


def test_a_gap_is_forgotten_after_thirty_minutes() -> None:
    cvd = CvdTracker()
    cvd.mark_gap(NOON)
    assert cvd.has_gap(NOON + 30 * MINUTE_MS)
    assert not cvd.has_gap(NOON + 30 * MINUTE_MS + 1)


def test_imbalance_counts_as_many_levels_as_asked() -> None:
    assert imbalance(TOP, 1) == pytest.approx(0.5)
    assert imbalance(TOP, 5) == pytest.approx(0.6)
    assert imbalance(None, 5) is None


def test_micro_price_leans_to_the_thinner_side() -> None:
    assert micro_px(TOP) == pytest.approx(100.75)
    assert micro_px(BookTop(bids=(), asks=(), seq_id=1)) is None
    assert imbalance(BookTop(bids=(), asks=(), seq_id=1), 5) is None


@given(TRADES)
def test_cvd_is_buys_minus_sells(trades: list[tuple[int, Side, float]]) -> None:
    cvd = CvdTracker()
    ordered = sorted(trades, key=lambda trade: trade[0])
    for offset, side, qty in ordered:
        cvd.on_trade(NOON + offset, side, qty)
    cvd.advance(NOON + 2 * MINUTE_MS)
    buys = sum(qty for _, side, qty in ordered if side is Side.BUY)
    sells = sum(qty for _, side, qty in ordered if side is Side.SELL)
    assert cvd.session == buys - sells
    assert sum(cvd.bars) == buys - sells


@given(QUOTES)
def test_a_mirrored_book_has_the_opposite_ofi(quotes: list[Quote]) -> None:
    mirrored = [(300 - ask, ask_qty, 300 - bid, bid_qty) for bid, bid_qty, ask, ask_qty in quotes]
    ofi, mirror = OfiTracker(), OfiTracker()
    for straight, turned in zip(quotes, mirrored, strict=True):
        ofi.on_top(NOON, straight)
        mirror.on_top(NOON, turned)
    ofi.advance(NOON + MINUTE_MS)
    mirror.advance(NOON + MINUTE_MS)
    assert ofi.bar is not None
    assert mirror.bar == -ofi.bar
