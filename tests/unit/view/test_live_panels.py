"""LIVE in words: what the cards, tables and lines say of a desk, and of one not known."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.model.controls import TradingState
from tai2.model.money import Contracts
from tai2.view.freshness import is_stale
from tai2.view.palette import Tone
from tai2.view.panels.card import Card
from tai2.view.panels.cards import cards, waiting
from tai2.view.panels.figures import decimals, gain, moved, sparkline
from tai2.view.panels.last import last_decision
from tai2.view.panels.line import Line, text_of
from tai2.view.panels.markets import in_order, market, market_strip
from tai2.view.panels.orders import orders
from tai2.view.panels.positions import (
    nothing_held,
    position_sheet,
    positions,
    positions_title,
)
from tai2.view.state import EMPTY, OrdersView, PositionsView, ViewState
from tests.builders.views import BTC, NOW, decision, desk, order, position, stop, ticker
from tests.unit.view.panel_text import cells


def words(lines: tuple[Line, ...]) -> list[str]:
    return [text_of(line).rstrip() for line in lines]


def card_of(state: ViewState, columns: int) -> Card:
    (only,) = in_order(state)
    return market(only, NOW, columns)


def row(state: ViewState) -> dict[str, str]:
    table = positions(state, NOW)
    (found,) = table.rows
    pairs = zip(table.columns, found.cells, strict=True)
    return {column.heading: cell.text for column, cell in pairs}


def test_the_cards_say_what_the_wireframe_says() -> None:
    equity, day, exposure, following = cards(desk(), NOW)
    assert words(equity.lines) == ["10,030.12", "avail 7,511.20  used 25%"]
    assert words(day.lines) == ["▲+84.20  ▲+0.85%", "halts at -3.00%"]
    assert words(exposure.lines) == ["0.80x  long  max 2.00x", "██████░░░░░░░░░░"]
    assert words(following.lines) == ["0:42", "every 5m · scripted"]


def test_an_unknown_desk_shows_no_zero() -> None:
    said = "\n".join(text_of(line) for card in cards(EMPTY, None) for line in card.lines)
    assert "0" not in said.replace("0 (", "")
    assert "–" in said


def test_a_position_is_one_row_of_figures_by_its_tick() -> None:
    assert row(desk()) == {
        "Instrument": "BTC-USDT-SWAP",
        "Side": "▲ LONG 3x",
        "Size": "0.12",
        "Entry": "66,420.0",
        "Mark": "66,671.0",
        "uPnL": "▲+30.12",
        "uPnL%": "▲+0.38%",
        "SL": "65,900.0",
        "TP": "67,800.0",
        "Liq": "58,110.0",
        "Age": "2h14m",
        "Protected?": "✓ exchange",
    }


def test_a_narrow_table_keeps_seven_columns_and_the_protection() -> None:
    kept = [column.name for column in positions(desk(), NOW).narrowed().columns]
    money = ["size", "entry_px", "mark_px", "upnl", "stop_px"]
    assert kept == ["inst_id", "side", *money, "protected"]


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"protected": False}, "✗ NO STOP"),
        ({"protected": None}, "…"),
        ({"protected": None, "foreign": True}, "not ours"),
    ],
)
def test_protection_is_told_apart_from_not_knowing(over: dict[str, object], said: str) -> None:
    held = PositionsView(rev=1, asof=NOW, rows={BTC: position(**over)})
    assert row(desk(positions=held))["Protected?"] == said


def test_the_sheet_tells_what_a_narrow_row_leaves_out() -> None:
    said = "\n".join(words(position_sheet(position(), desk(), NOW)))
    for figure in ("12 contracts = 0.12 BTC", "67,800.0", "58,110.0", "2h14m", "8,000.52"):
        assert figure in said


def test_an_empty_table_says_what_comes_next() -> None:
    flat = desk(positions=PositionsView(rev=1, asof=NOW))
    assert text_of(nothing_held(flat, NOW)) == "No positions. Next decision: 0:42"
    assert "not been read" in text_of(nothing_held(EMPTY, NOW))


def test_orders_come_before_stops_and_doubt_is_said() -> None:
    doubtful = order(state="unknown")
    working = replace(desk().orders, rows={"t2main7": doubtful})
    assert cells(orders(desk(orders=working), NOW)) == [
        ["BTC", "entry", "buy", "12", "66,420.0", "? unknown 2 filled"],
        ["BTC", "SL", "sell", "all", "65,900.0", "reduce-only"],
        ["BTC", "TP", "sell", "all", "67,800.0", "reduce-only"],
    ]


def test_a_stop_of_a_part_says_of_how_much() -> None:
    smaller = replace(stop(), contracts=Contracts(Decimal(5)))
    part = OrdersView(stops={"7": smaller})
    assert cells(orders(desk(orders=part), NOW))[0][3] == "5"


def test_no_orders_are_no_rows() -> None:
    assert orders(desk(orders=OrdersView()), NOW).rows == ()


def test_the_title_counts_what_is_held_and_what_works() -> None:
    assert positions_title(desk()) == "Positions 1 · orders 0 · stops 1"


def test_an_order_s_age_counts_from_its_sending() -> None:
    working = replace(desk().orders, rows={"t2main7": order(sent_ms=NOW - 14_000)}, stops={})
    assert cells(orders(desk(orders=working), NOW))[0][5] == "live 2 filled 14s"


def test_the_last_decision_says_what_blocked_it() -> None:
    card = last_decision(desk(), 60)
    assert text_of(card.title) == "Last decision 09:45 BUY BTC p(up) 62%"
    assert words(card.lines) == ["Above VWAP; CVD flat."]
    assert text_of(card.foot) == "blocked by: cooldown, max positions"


def test_a_model_s_escape_sequences_never_reach_the_screen() -> None:
    evil = decision(justification="\x1b[2J\u202ebuy[/red]\n<b>now")
    card = last_decision(desk(decisions=replace(desk().decisions, rows={"C1": evil})), 60)
    said = "".join(words(card.lines))
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "buy[/red] <b>now" in said


def test_a_halt_takes_the_place_of_the_countdown_and_names_its_cause() -> None:
    halted = replace(
        desk().meta,
        trading_state=TradingState.HALTED,
        state_by="operator",
        state_reason="news",
    )
    said = waiting(desk(meta=halted), NOW)
    assert (said.text, said.tone) == ("HALTED by operator · news", Tone.ERROR)


def test_ticker_cards_carry_price_change_funding_and_closes() -> None:
    assert words(card_of(desk(), 40).lines) == ["66,671.0 ▲+1.01% fund +0.0100% 3h12m", "▁▃▅▃█"]
    assert words(card_of(desk(), 34).lines)[0] == "66,671.0 ▲+1.01% f+0.0100% 3h12m"
    assert words(card_of(desk(), 30).lines)[0] == "66,671.0 ▲+1.01% f+0.0100%"
    assert words(card_of(desk(), 20).lines)[0] == "66,671.0 ▲+1.01%"


def test_a_book_that_can_t_be_trusted_is_said() -> None:
    blind = replace(desk().tickers, rows={BTC: ticker(book_ok=False)})
    assert "✗ no book" in text_of(card_of(desk(tickers=blind), 60).lines[0])


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (86, "BTC 66,671.0 ▲+1.01% ▁▃▅▃█ f+0.0100%  ETH 66,671.0 ▲+1.01% ▁▃▅▃█ f+0.0100%"),
        (70, "BTC 66,671.0 ▲+1.01% ▁▃▅▃█  ETH 66,671.0 ▲+1.01% ▁▃▅▃█"),
        (45, "BTC 66,671.0 ▲+1.01%  ETH 66,671.0 ▲+1.01%"),
        (30, "BTC 66,671.0 ▲+1.01%  +1"),
    ],
)
def test_the_strip_leaves_out_whole_figures_never_parts(columns: int, said: str) -> None:
    two = [ticker(), ticker(base_ccy="ETH")]
    assert text_of(market_strip(two, columns)).rstrip() == said


@pytest.mark.parametrize(
    ("ratio", "said", "tone"),
    [
        (Decimal("0.0101"), "▲+1.01%", Tone.UP),
        (Decimal("-0.0042"), "▼-0.42%", Tone.DOWN),
        (Decimal("0.000001"), "•0.00%", Tone.DIM),
        (None, "–", Tone.DIM),
    ],
)
def test_a_change_has_arrow_sign_and_tone(ratio: Decimal | None, said: str, tone: Tone) -> None:
    assert (moved(ratio).text, moved(ratio).tone) == (said, tone)


def test_a_sparkline_of_equal_closes_is_flat_and_of_none_empty() -> None:
    assert sparkline((5.0, 5.0, 5.0), 9).text == "▁▁▁"
    assert sparkline((), 9).text == ""
    assert len(sparkline(tuple(float(n) for n in range(99)), 9).text) == 9


def test_closes_that_are_no_numbers_draw_a_flat_line() -> None:
    assert sparkline((1.0, float("inf")), 9).text == "▁▁"
    assert sparkline((float("nan"), 1.0), 9).text == "▁▁"


def test_a_gain_that_rounds_to_nothing_has_no_direction() -> None:
    nothing = gain(Decimal("0.00001"))
    assert (nothing.text, nothing.tone) == ("•0.00", Tone.DIM)


@pytest.mark.parametrize(("tick", "places"), [("0.1", 1), ("0.00010", 4), ("1", 0), ("10", 0)])
def test_decimals_follow_the_tick(tick: str, places: int) -> None:
    assert decimals(Decimal(tick)) == places


def test_only_what_the_exchange_feeds_grows_stale() -> None:
    assert is_stale("account", 16_000)
    assert not is_stale("account", 14_000)
    assert not is_stale("config", 10**9)
    assert is_stale("config", 1, is_attached=False)
    assert not is_stale("account", None)
