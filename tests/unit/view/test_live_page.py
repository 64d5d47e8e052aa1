"""LIVE says what is open, what is old and what happens next, in exactly its extent."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai2.model.controls import TradingState
from tai2.view.palette import Tone
from tai2.view.panels.box import Block, wide, wrapped
from tai2.view.panels.line import Span, text_of
from tai2.view.panels.live_page import Scene, live_page
from tai2.view.panels.masthead import Link, masthead
from tai2.view.state import PositionsView, ViewState
from tests.ui.desks import BTC, NOW_MS, full_state

FRESH = {"account": 0, "positions": 0, "tickers": 0}


def scene(state: ViewState | None = None, **changes: object) -> Scene:
    made = Scene(state=state or full_state(), now_ms=NOW_MS, ages=dict(FRESH))
    return replace(made, **changes)


def text(block: Block) -> str:
    return "\n".join(map(text_of, block))


def tone_of(block: Block, wanted: str) -> Tone:
    """Return the tone of the first span that holds a text."""
    return next(span.tone for row in block for span in row if wanted in span.text)


@given(columns=st.integers(60, 220), rows=st.integers(13, 70), is_plain=st.booleans())
def test_page_has_its_exact_extent(columns: int, rows: int, *, is_plain: bool) -> None:
    for state in (full_state(), ViewState()):
        page = live_page(scene(state, is_plain=is_plain), columns, rows)
        assert len(page) == rows
        assert {wide(row) for row in page} == {columns}


@pytest.mark.parametrize("extent", [(120, 37), (80, 21)], ids=["wide", "narrow"])
def test_position_shows_side_prices_gain_and_stop(extent: tuple[int, int]) -> None:
    page = text(live_page(scene(), *extent))
    for wanted in ("▲ LONG 3x", "66,420.0", "66,671.0", "▲+30.12", "65,900.0", "✓ exchange"):
        assert wanted in page


def test_wide_page_has_the_columns_that_the_narrow_one_leaves_out() -> None:
    wide_page, narrow = text(live_page(scene(), 120, 37)), text(live_page(scene(), 80, 21))
    for wanted in ("67,800.0", "58,110.0", "2h14m", "▲+0.38%"):
        assert wanted in wide_page
        assert wanted not in narrow


def test_position_without_a_stop_catches_the_eye() -> None:
    state = full_state()
    bare = replace(state.positions.rows[BTC], protected=False, stop_px=None)
    state = replace(state, positions=replace(state.positions, rows={BTC: bare}))
    page = live_page(scene(state), 120, 37)
    assert tone_of(page, "NO STOP") is Tone.ERROR


def test_position_of_somebody_else_says_so() -> None:
    state = full_state()
    theirs = replace(state.positions.rows[BTC], foreign=True, protected=None)
    state = replace(state, positions=replace(state.positions, rows={BTC: theirs}))
    assert "not ours" in text(live_page(scene(state), 120, 37))


def test_empty_desk_says_what_comes_next() -> None:
    read = PositionsView(rev=1, asof=NOW_MS)
    state = replace(ViewState(), meta=full_state().meta, positions=read)
    page = text(live_page(scene(state), 120, 37))
    assert "No positions. Next decision: 0:42" in page
    assert "No open orders." in page
    assert "No decision yet." in page
    assert "Waiting for prices …" in page


def test_old_section_says_its_age_and_loses_its_colours() -> None:
    old = scene(ages=FRESH | {"positions": 120_000})
    page = live_page(old, 120, 37)
    assert "◐ 2m00s old" in text(page)
    assert tone_of(page, "▲ LONG") is Tone.DIM
    assert tone_of(live_page(scene(), 120, 37), "▲ LONG") is Tone.UP


def test_last_decision_names_what_blocked_it_and_its_words_stay_text() -> None:
    page = text(live_page(scene(), 120, 37))
    assert "blocked by: cooldown, max positions" in page
    assert "[bold]CVD[/bold]" in page


def test_broken_book_is_said_beside_the_price() -> None:
    state = full_state()
    broken = replace(state.tickers.rows[BTC], book_ok=False)
    state = replace(state, tickers=replace(state.tickers, rows={BTC: broken}))
    assert "✗ no book" in text(live_page(scene(state), 120, 37))


def test_halted_desk_says_it_on_its_card() -> None:
    state = full_state()
    halted = replace(state.meta, trading_state=TradingState.HALTED, state_reason="news")
    page = text(live_page(scene(replace(state, meta=halted)), 120, 37))
    assert "HALTED · news" in page


def test_unknown_figures_are_dashes_and_never_zero() -> None:
    state = full_state()
    blank = replace(state.account, equity=None, available=None, day_pnl=None, day_ratio=None)
    page = text(live_page(scene(replace(state, account=blank)), 120, 37))
    equity = next(row for row in page.splitlines() if "LONG" not in row and "0.80x" in row)
    assert equity.count("–") >= 3


@given(columns=st.integers(30, 200))
def test_masthead_fits_one_row_and_keeps_mode_and_state(columns: int) -> None:
    state = full_state()
    halted = replace(state, meta=replace(state.meta, trading_state=TradingState.HALTED))
    shown = masthead(halted, Link(is_attached=True), NOW_MS, columns)
    assert text_of(shown).startswith(" SIM ")
    assert "HALTED" in text_of(shown)


def test_masthead_names_the_part_that_is_ill() -> None:
    state = full_state()
    ill = replace(state.health.rows["journal"], ok=False, detail="disk full")
    rows = state.health.rows | {"journal": ill}
    sick = replace(state, health=replace(state.health, rows=rows))
    shown = masthead(sick, Link(is_attached=True), NOW_MS, 120)
    assert Span("✗ journal", Tone.ERROR) in shown


def test_reducing_is_said_in_the_masthead() -> None:
    state = full_state()
    meta = replace(state.meta, trading_state=TradingState.REDUCING)
    shown = masthead(replace(state, meta=meta), Link(is_attached=True), NOW_MS, 120)
    assert "REDUCING" in text_of(shown)


@given(words=st.text("ab ", max_size=80), columns=st.integers(1, 20), rows=st.integers(1, 4))
def test_wrapped_lines_fit(words: str, columns: int, rows: int) -> None:
    lines = wrapped(words, columns, rows)
    assert len(lines) <= rows
    assert all(len(each) <= columns for each in lines)


def test_used_share_of_equity_is_shown() -> None:
    state = full_state()
    assert state.account.equity == Decimal("10030.12")
    assert "used 25%" in text(live_page(scene(), 120, 37))
