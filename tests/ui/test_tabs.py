"""LIVE and TA obey their keys and show what the desk knows."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tai2.model.market import Bar
from tai2.view.chart import ChartBar, ChartSeries
from tai2.wire.watch import chart_topic
from tests.ui.desks import BTC, ETH, NOW_MS, StillDesk, full_state
from tests.ui.screens import SHORT, TALL, shown
from tests.unit.view.plot.drawn import series


def charted() -> StillDesk:
    """Return a desk that also has a chart of five-minute bars."""
    drawn = series()
    shift = NOW_MS // 300_000 * 300_000 - drawn.ts[-1]
    lines = zip(
        *(drawn.ts, drawn.opens, drawn.highs, drawn.lows, drawn.closes, drawn.volumes),
        *(drawn.lower, drawn.vwap, drawn.upper, drawn.vwap, drawn.cvd),
        *(drawn.stoch_k, drawn.stoch_d),
        strict=True,
    )
    bars = tuple(ChartBar(ts + shift, *rest) for ts, *rest in lines)
    desk = StillDesk(full_state())
    topic = chart_topic(BTC, Bar.M5)
    desk._picture.charts[topic] = ChartSeries(
        inst_id=BTC, bar=Bar.M5, rev=1, asof=NOW_MS, bars=bars
    )
    return desk


def two_positions() -> StillDesk:
    state = full_state()
    one = state.positions.rows[BTC]
    rows = {BTC: one, ETH: replace(one, inst_id=ETH)}
    return StillDesk(replace(state, positions=replace(state.positions, rows=rows)))


@pytest.mark.parametrize("extent", [TALL, SHORT], ids=["120x40", "80x24"])
async def test_live_shows_money_markets_positions_and_the_decision(extent: Any) -> None:
    async with shown(StillDesk(full_state()), extent) as terminal:
        seen = await terminal.look()
    for wanted in ("10,030.12", "▲+84.20", "0.80x", "▼-0.42%", "▲ LONG 3x", "blocked by: cooldown"):
        assert wanted in seen


async def test_live_says_that_it_waits_before_anything_came() -> None:
    desk = StillDesk()
    desk.attach()
    async with shown(desk, SHORT) as terminal:
        seen = await terminal.look()
    assert "waiting for the first picture" in seen
    assert "The account has not been read yet." in seen


@pytest.mark.parametrize(("down", "up"), [("j", "k"), ("down", "up"), ("G", "g"), ("end", "home")])
async def test_cursor_moves_among_the_positions(down: str, up: str) -> None:
    async with shown(two_positions()) as terminal:
        assert "▸BTC" in await terminal.look()
        assert "▸ETH" in await terminal.press(down)
        assert "▸BTC" in await terminal.press(up)


async def test_close_asks_for_the_position_under_the_cursor() -> None:
    desk = two_positions()
    async with shown(desk) as terminal:
        await terminal.press("j", "X")
    (name, params), *_rest = desk.asked
    assert (name, params.verb, params.inst_id) == ("prepare", "close", ETH)


async def test_close_without_a_position_says_so() -> None:
    state = full_state()
    desk = StillDesk(replace(state, positions=replace(state.positions, rows={})))
    async with shown(desk) as terminal:
        assert "no position is chosen" in await terminal.press("X")
    assert desk.asked == []


def foreign_position() -> StillDesk:
    """Return a desk whose one position is somebody else's."""
    state = full_state()
    theirs = replace(state.positions.rows[BTC], foreign=True, protected=None)
    rows = replace(state.positions, rows={BTC: theirs})
    return StillDesk(replace(state, positions=rows))


async def test_adopt_asks_for_a_stop_and_then_for_a_ticket() -> None:
    desk = foreign_position()
    async with shown(desk, SHORT) as terminal:
        seen = await terminal.press("A")
        assert "ADOPT · BTC-USDT-SWAP" in seen
        assert "▸BTC-USDT-SWAP" in seen
        await terminal.press(*"1.5", "enter")
    (name, params), *_rest = desk.asked
    assert (name, params.verb, params.inst_id) == ("prepare", "adopt", BTC)
    assert params.stop_pct == Decimal("1.5")


@pytest.mark.parametrize("keys", [["escape"], ["enter"]])
async def test_adopt_without_a_figure_does_nothing(keys: list[str]) -> None:
    desk = foreign_position()
    async with shown(desk) as terminal:
        assert "adopt: cancelled, nothing was done" in await terminal.press("A", *keys)
    assert desk.asked == []


async def test_ignore_asks_for_a_ticket_of_the_chosen_position() -> None:
    desk = foreign_position()
    async with shown(desk) as terminal:
        await terminal.press("I")
    (name, params), *_rest = desk.asked
    assert (name, params.verb, params.inst_id) == ("prepare", "ignore", BTC)


@pytest.mark.parametrize(("key", "verb"), [("A", "adopt"), ("I", "ignore")])
async def test_our_own_position_is_neither_adopted_nor_ignored(key: str, verb: str) -> None:
    desk = StillDesk(full_state())
    async with shown(desk) as terminal:
        seen = await terminal.press(key)
        assert f"{verb}: the position on BTC-USDT-SWAP is ours already" in seen
        desk.lose()
        assert f"{verb}: not connected" in await terminal.press(key)
    assert desk.asked == []


async def test_enter_shows_all_of_the_chosen_position() -> None:
    async with shown(StillDesk(full_state()), SHORT) as terminal:
        seen = await terminal.press("enter")
        for wanted in ("67,800.0", "58,110.0", "2h14m", "12 contracts = 0.12 BTC"):
            assert wanted in seen
        assert "58,110.0" not in await terminal.press("escape")


async def test_enter_without_a_position_shows_the_last_decision() -> None:
    state = full_state()
    desk = StillDesk(replace(state, positions=replace(state.positions, rows={})))
    async with shown(desk) as terminal:
        assert "Decisions" in await terminal.press("enter")


async def test_copy_takes_the_position_s_row() -> None:
    async with shown(StillDesk(full_state())) as terminal:
        await terminal.look()
        seen = await terminal.press("y")
    assert terminal.app.clipboard.startswith("BTC-USDT-SWAP ▲ LONG 3x 0.12 66,420.0")
    assert "copied: BTC-USDT-SWAP" in seen


async def test_a_lost_daemon_takes_the_colours_from_live() -> None:
    desk = StillDesk(full_state())
    async with shown(desk) as terminal:
        await terminal.look()
        board = terminal.app.query_one("#live-page")
        bright = {segment.style.color for row in board.rows for segment in row}
        desk.lose()
        await terminal.look()
        dim = {segment.style.color for row in board.rows for segment in row}
    assert len(dim) < len(bright)
    assert len(dim) <= 2


async def test_frozen_live_stands_still() -> None:
    desk = StillDesk(full_state())
    async with shown(desk) as terminal:
        await terminal.look()
        await terminal.press("space")
        state = full_state()
        desk.fill(replace(state, account=replace(state.account, day_pnl=None)))
        assert "▲+84.20" in await terminal.look()
        assert "▲+84.20" not in await terminal.press("space")


async def test_ta_watches_the_chart_that_it_shows() -> None:
    desk = charted()
    async with shown(desk) as terminal:
        await terminal.press("2")
        assert chart_topic(BTC, Bar.M5) in desk.watched
        await terminal.press("t")
        assert chart_topic(BTC, Bar.H1) in desk.watched
        await terminal.press("o")
        assert chart_topic(ETH, Bar.H1) in desk.watched
        await terminal.press("1")
        assert not [topic for topic in desk.watched if topic.startswith("chart:")]


@pytest.mark.parametrize("extent", [TALL, SHORT], ids=["120x40", "80x24"])
async def test_ta_draws_candles_panes_and_figures(extent: Any) -> None:
    async with shown(charted(), extent) as terminal:
        seen = await terminal.press("2")
    for wanted in ("BTC-USDT-SWAP", "BB20,2", "VOL", "CVD", "┃", "◂", "UTC"):
        assert wanted in seen
    assert ("StochRSI" in seen) == (extent == TALL)


async def test_ta_without_a_chart_says_so() -> None:
    async with shown(StillDesk(full_state()), SHORT) as terminal:
        assert "No candles yet: BTC-USDT-SWAP 5m" in await terminal.press("2")


@pytest.mark.parametrize(
    "keys", [("plus",), ("h",), ("left",), ("B",), ("V",), ("i",), ("plus", "minus", "h")]
)
async def test_ta_looks_otherwise_after_its_keys(keys: tuple[str, ...]) -> None:
    async with shown(charted(), SHORT) as terminal:
        await terminal.press("2")
        board = terminal.app.query_one("#ta-page")
        before = board.rows
        await terminal.press(*keys)
        assert board.rows != before


@pytest.mark.parametrize("back", [("l",), ("right",), ("G",), ("end",)])
async def test_ta_pans_back_to_the_newest_candle(back: tuple[str, ...]) -> None:
    async with shown(charted(), TALL) as terminal:
        await terminal.press("2")
        assert "bars back · G newest" in await terminal.press("h")
        assert "bars back" not in await terminal.press(*back)


async def test_plain_has_no_boxes_and_ascii_candles() -> None:
    async with shown(charted(), SHORT, is_plain=True) as terminal:
        live = await terminal.look()
        seen = await terminal.press("2")
    assert not set("╭╮╰╯") & set(live)
    assert not [sign for sign in seen if 0x2800 <= ord(sign) < 0x2900]
    assert "#" in seen
