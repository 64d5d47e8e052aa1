"""The chart shows what the series says, and has its exact extent whatever that is."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tai2.view.plot.build import build
from tai2.view.plot.glyphs import ASCII, GLYPHS, HOLLOW
from tai2.view.plot.series import Level, LevelKind, Look, Mark, Series
from tai2.view.plot.stroke import Frame, Ground, Stroke, plain
from tai2.view.text import width
from tests.unit.view.plot.drawn import BAR_MS, FIRST_MS, flat, series

anything = st.floats(width=64)
lines = st.lists(st.one_of(st.none(), anything), max_size=50).map(tuple)
prices = st.lists(anything, max_size=50).map(tuple)


@settings(deadline=None)
@given(
    drawn=st.builds(
        Series,
        title=st.text(max_size=30),
        bar_ms=st.integers(1, 10**10),
        decimals=st.integers(-3, 20),
        ts=st.lists(st.integers(-(10**15), 10**15), max_size=50).map(tuple),
        **dict.fromkeys(("opens", "highs", "lows", "closes", "volumes"), prices),
        **dict.fromkeys(("upper", "lower", "vwap", "cvd", "stoch_k", "stoch_d"), lines),
        marks=st.tuples(
            st.builds(Mark, ts=st.integers(), px=anything, is_buy=st.booleans()),
        ),
        levels=st.tuples(st.builds(Level, kind=st.sampled_from(LevelKind), px=anything)),
    ),
    columns=st.integers(-1, 90),
    rows=st.integers(-1, 45),
    look=st.builds(
        Look,
        zoom=st.integers(-1, 5),
        pan=st.integers(-5, 100),
        glyphs=st.sampled_from(list(GLYPHS.values())),
        has_bands=st.booleans(),
        has_vwap=st.booleans(),
    ),
)
def test_any_series_fills_the_exact_extent(
    drawn: Series, columns: int, rows: int, look: Look
) -> None:
    frame = plain(build(drawn, columns, rows, look))
    assert len(frame) == max(rows, 0)
    assert {width(row) for row in frame} <= {max(columns, 0)}


def style_at(frame: Frame, row: int, col: int) -> tuple[str, Stroke, Ground]:
    """Return the sign of one cell with its style."""
    for span in frame[row]:
        if col < len(span.text):
            return span.text[col], span.stroke, span.ground
        col -= len(span.text)
    raise AssertionError("no such cell")


def rows_with(frame: Frame, text: str) -> list[int]:
    return [at for at, row in enumerate(plain(frame)) if text in row]


@pytest.mark.parametrize(
    ("rows", "captions"),
    [
        (35, ["VOL", "CVD", "StochRSI"]),
        (19, ["VOL", "CVD"]),
        (13, ["VOL"]),
        (9, []),
    ],
)
def test_panes_are_shed_as_the_height_falls(rows: int, captions: list[str]) -> None:
    text = "\n".join(plain(build(series(), 80, rows)))
    assert [each for each in ("VOL", "CVD", "StochRSI") if each in text] == captions


def test_last_price_is_tagged_on_the_axis_and_drawn_across() -> None:
    drawn = series()
    frame = build(drawn, 120, 35)
    (row,) = rows_with(frame, "◂")
    assert f"{drawn.closes[-1]:,.1f}" in plain(frame)[row]
    assert style_at(frame, row, 119)[1:] == (Stroke.LAST, Ground.TAG)
    assert "╌" in plain(frame)[row]


def test_rising_and_falling_candles_differ_in_ink() -> None:
    drawn = replace(
        flat(1.0, 2.0), opens=(1.0, 2.0), closes=(2.0, 1.0), highs=(2.0, 2.0), lows=(1.0, 1.0)
    )
    frame = build(drawn, 40, 9)
    strokes = {style_at(frame, 3, col)[1] for col in (27, 28)}
    assert strokes == {Stroke.UP, Stroke.DOWN}


def test_hollow_candles_tell_up_from_down_without_colour() -> None:
    text = "".join(plain(build(series(), 80, 20, Look(glyphs=HOLLOW))))
    assert "║" in text
    assert "█" in text


def test_ascii_needs_no_other_sign() -> None:
    assert "".join(plain(build(series(), 80, 35, Look(glyphs=ASCII)))).isascii()


def test_wick_reaches_half_a_cell_beyond_the_body() -> None:
    drawn = replace(flat(10.0), opens=(4.0,), closes=(6.0,), highs=(10.0,), lows=(0.0,))
    column = [row[28] for row in plain(build(drawn, 40, 9))[:8]]
    assert set(column) <= set("│┃╽╿╷╵╻╹")
    assert column[0] in "│╷"
    assert "┃" in column or "╽" in column


def test_band_is_a_ground_between_its_edges() -> None:
    frame = build(series(), 120, 35)
    grounds = {span.ground for strip in frame for span in strip}
    bare = build(series(), 120, 35, Look(has_bands=False))
    assert Ground.BAND in grounds
    assert Ground.BAND not in {span.ground for strip in bare for span in strip}


def test_vwap_can_be_left_out() -> None:
    strokes = {span.stroke for strip in build(series(), 120, 35) for span in strip}
    bare = {
        span.stroke for strip in build(series(), 120, 35, Look(has_vwap=False)) for span in strip
    }
    assert Stroke.VWAP in strokes
    assert Stroke.VWAP not in bare


def test_own_fills_stand_at_their_bar() -> None:
    drawn = replace(flat(*range(1, 21)), levels=())
    marked = replace(drawn, marks=(Mark(ts=FIRST_MS + 5 * BAR_MS + 7, px=6.0, is_buy=True),))
    frame = build(marked, 41, 9)
    (row,) = rows_with(frame, "▲")
    assert plain(frame)[row].index("▲") == 41 - 11 - 20 + 5
    assert not rows_with(build(drawn, 41, 9), "▲")


def test_levels_are_named_where_they_lie() -> None:
    drawn = replace(
        flat(100.0, 110.0),
        levels=(Level(kind=LevelKind.STOP, px=102.0), Level(kind=LevelKind.ENTRY, px=105.0)),
    )
    frame = build(drawn, 60, 11)
    (stop,), (entry,) = rows_with(frame, "S 102.0"), rows_with(frame, "E 105.0")
    assert entry < stop
    assert style_at(frame, stop, 20)[:2] == ("┄", Stroke.STOP)


def test_level_beyond_the_range_is_named_at_the_edge() -> None:
    drawn = replace(flat(110.0, 100.0), levels=(Level(kind=LevelKind.TARGET, px=150.0),))
    assert "T▲150.0" in plain(build(drawn, 60, 11))[0]


def test_zoom_spreads_and_pan_moves_the_bars() -> None:
    drawn = flat(*(float(at) for at in range(200)))
    near, far = (build(drawn, 60, 9, Look(pan=pan)) for pan in (0, 50))
    assert rows_with(near, "◂")
    assert not rows_with(far, "◂")
    wide = build(flat(1.0, 2.0), 60, 9, Look(zoom=3))
    columns = [row.index("╻") for row in plain(wide)[:8] if "╻" in row]
    assert columns or "╹" in "".join(plain(wide))


def test_pan_stops_at_the_oldest_bar() -> None:
    drawn = series()
    assert build(drawn, 60, 20, Look(pan=10_000)) == build(drawn, 60, 20, Look(pan=160 - 49))


def test_times_are_round_and_midnight_is_a_date() -> None:
    times = plain(build(series(), 120, 35))[-1]
    assert "11-23" in times
    assert times.rstrip().endswith("UTC")
    assert "02:00" in times


def test_a_small_place_gets_one_line_of_numbers() -> None:
    first, *rest = plain(build(series(), 60, 7))
    assert first.startswith("BTC-USDT-SWAP 5m")
    assert f"{series().closes[-1]:,.1f}" in first
    assert set("".join(rest)) <= {" "}


def test_no_candle_is_said_in_words() -> None:
    frame = "\n".join(plain(build(Series(title="BTC 5m", bar_ms=1, decimals=1), 60, 12)))
    assert "No candles yet: BTC 5m" in frame


def test_missing_points_break_a_line() -> None:
    line = (50.0, None, 50.0)
    drawn = replace(flat(1.0, 1.0, 1.0), stoch_k=line, stoch_d=(None,) * 3)
    stoch = [row[26:29] for row in plain(build(drawn, 40, 35))[-6:-1]]
    dotted = [row for row in stoch if any(ord(sign) > 0x2800 for sign in row)]
    assert dotted
    assert all(row[1] in " ┈" for row in dotted)


def test_a_stranger_in_the_title_gives_no_orders() -> None:
    drawn = Series(title="\x1b[31m价格", bar_ms=1, decimals=1)
    text = "".join(plain(build(drawn, 40, 10)))
    assert "\x1b" not in text
    assert math.isclose(len(text), 400)
