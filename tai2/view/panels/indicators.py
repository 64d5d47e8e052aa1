"""The table of indicators beside the chart, and the one line of them below it.

TA and the web page show it. Each figure comes with the word for what it means in the usual
reading, so that no colour and no memory of thresholds is needed; it's no advice and nothing
here decides. None is –, never 0.
"""

from collections.abc import Iterator
from typing import Final

from tai2.model.instrument import Side
from tai2.model.snapshot import Freshness
from tai2.view.palette import Tone
from tai2.view.panels.chart import number_short, ratio_text
from tai2.view.panels.line import Column, Line, Span, Table, TableRow, line, padded
from tai2.view.plot.numbers import price, short
from tai2.view.rows import BarRow, TaRow
from tai2.view.text import UNKNOWN, age, figure, number, percent

WAITING: Final[Line] = line(Span("Waiting for indicators …", Tone.DIM))
COLUMNS: Final = (
    Column(name="indicator", heading="Indicator"),
    Column(name="reading", heading="Value", is_number=True),
    Column(name="means", heading="Means"),
)
_WIDTHS: Final = (11, 10)
"""Columns of label and figure where the table stands beside the chart."""
_OVERBOUGHT, _OVERSOLD = 80.0, 20.0
_LOUD_Z: Final = 2.0
_MOST_LIQUIDATIONS: Final = 5

Row = tuple[str, str, str]
"""Label, figure, word."""


def indicators(ta: TaRow | None, bar: str, places: int, now_ms: int | None) -> Table:
    """Return every indicator of one bar width, the flow and the market's statistics.

    Args:
        ta: Of one instrument; None = not known yet, which gives an empty table.
        bar: Width, as in 5m.
        places: Decimals of a price.
        now_ms: The daemon's clock.
    """
    if ta is None:
        return Table(columns=COLUMNS, rows=())
    found = ta.bars.get(bar)
    is_old = found is not None and found.freshness is Freshness.STALE
    rows = [
        *([_row(("Bars", bar, "stale"), Tone.WARN)] if is_old else []),
        *(map(_row, _bar_rows(found, places)) if found else []),
        *map(_row, _flow_rows(ta)),
        *([_row(("Flow", "!", "has a gap"), Tone.WARN)] if ta.flow_has_gap else []),
        *map(_row, _market_rows(ta, now_ms)),
        *_liquidations(ta, now_ms),
    ]
    return Table(columns=COLUMNS, rows=tuple(rows))


def _row(row: Row, tone: Tone = Tone.PLAIN) -> TableRow:
    label, reading, word = row
    cells = (Span(label, Tone.DIM), Span(reading, tone), Span(word, Tone.DIM))
    return TableRow(key=label, cells=cells)


def beside_chart(table: Table) -> list[Line]:
    """Return the table as lines of fixed columns, without headings."""
    if not table.rows:
        return [line(" ", *WAITING)]
    lines = []
    for label, reading, word in (row.cells for row in table.rows):
        lines.append(
            line(
                Span(f" {padded(label.text, _WIDTHS[0])}", label.tone),
                Span(padded(reading.text, _WIDTHS[1], is_number=True), reading.tone),
                Span(f" {word.text}", word.tone),
            )
        )
    return lines


def strip(ta: TaRow | None, bar: str, now_ms: int | None) -> Line:
    """Return the most telling figures in one line."""
    if ta is None:
        return line(" ", *WAITING)
    found = ta.bars.get(bar)
    spans: list[str | Span] = [" "]
    if found:
        spans += [
            f"%K{_whole(found.stoch_rsi_k)} %D{_whole(found.stoch_rsi_d)} ",
            Span(_stoch_word(found.stoch_rsi_k), Tone.DIM),
            Span("│", Tone.BORDER),
            f"%B {_places(found.percent_b, 2)}",
            Span("│", Tone.BORDER),
        ]
    spans += [f"CVD {short(ta.cvd_session)}", Span("│", Tone.BORDER)]
    left = "" if ta.funding_ms is None or now_ms is None else f" {age(ta.funding_ms - now_ms)}"
    spans += [f"fund {percent(ta.funding_rate, 4)}{left}", Span("│", Tone.BORDER)]
    change = "" if ta.oi_change_ratio is None else f" {ratio_text(ta.oi_change_ratio)}"
    spans += [f"OI {number_short(ta.open_interest)}{change}"]
    return line(*spans, Span("  i", Tone.ACCENT), Span(" table", Tone.DIM))


def _bar_rows(row: BarRow, places: int) -> list[Row]:
    def px(figure: float | None) -> str:
        return UNKNOWN if figure is None else price(figure, places)

    stoch = f"{_whole(row.stoch_rsi_k)}/{_whole(row.stoch_rsi_d)}"
    trend = ""
    if row.ema20 is not None and row.ema50 is not None:
        trend = "20 over 50" if row.ema20 > row.ema50 else "20 under 50"
    return [
        ("%B", _places(row.percent_b, 2), _band_word(row.percent_b)),
        ("StochRSI", stoch, _stoch_word(row.stoch_rsi_k)),
        ("RSI14", _places(row.rsi14, 1), _stoch_word(row.rsi14, 70.0, 30.0)),
        ("VWAP dist", ratio_text(row.vwap_ratio), _above(row.vwap_ratio)),
        ("EMA20", px(row.ema20), trend),
        ("ATR14", px(row.atr14), ratio_text(row.atr_ratio, is_signed=False)),
        (
            "Volume",
            short(row.volume),
            "" if row.volume_ratio is None else f"x{row.volume_ratio:.1f} of mean",
        ),
    ]


def _flow_rows(ta: TaRow) -> list[Row]:
    return [
        ("CVD day", short(ta.cvd_session), _above(ta.cvd_session, "buyers", "sellers")),
        ("CVD slope", _z(ta.cvd_slope_z), _loud(ta.cvd_slope_z)),
        ("OFI 1m", short(ta.ofi_bar), _flow_word(ta.ofi_z)),
        ("Book 5", ratio_text(ta.imbalance_5), _above(ta.imbalance_5, "bids", "asks")),
        ("Book 20", ratio_text(ta.imbalance_20), _above(ta.imbalance_20, "bids", "asks")),
    ]


def _market_rows(ta: TaRow, now_ms: int | None) -> list[Row]:
    left = "" if ta.funding_ms is None or now_ms is None else f"in {age(ta.funding_ms - now_ms)}"
    return [
        ("Funding", percent(ta.funding_rate, 4), left),
        ("Open int.", number_short(ta.open_interest), _in_1h(ta.oi_change_ratio)),
    ]


def _liquidations(ta: TaRow, now_ms: int | None) -> Iterator[TableRow]:
    if not ta.liquidations:
        yield _row(("Liquidated", "none", "in 1h"))
        return
    longs = sum(each.side is Side.SELL for each in ta.liquidations)
    count = len(ta.liquidations)
    yield _row(("Liquidated", str(count), f"in 1h: {longs} long, {count - longs} short"))
    for place, each in enumerate(ta.liquidations[: -_MOST_LIQUIDATIONS - 1 : -1]):
        is_short = each.side is Side.BUY
        since = age(max(now_ms - each.ts_event, 0)) if now_ms else UNKNOWN
        cells = (
            Span("  short" if is_short else "  long", Tone.UP if is_short else Tone.DOWN),
            Span(f"{figure(each.contracts)} ct"),
            Span(f"@ {number(each.px)} {since}", Tone.DIM),
        )
        yield TableRow(key=f"liquidation {place}", cells=cells)


def _whole(figure: float | None) -> str:
    return UNKNOWN if figure is None else f"{figure:.0f}"


def _places(figure: float | None, places: int) -> str:
    return UNKNOWN if figure is None else f"{figure:.{places}f}"


def _z(figure: float | None) -> str:
    return UNKNOWN if figure is None else f"z {figure:+.1f}"


def _flow_word(z: float | None) -> str:
    return "" if z is None else f"{_z(z)} {_loud(z)}".rstrip()


def _in_1h(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio_text(ratio)} in 1h"


def _loud(figure: float | None) -> str:
    return "unusual" if figure is not None and abs(figure) >= _LOUD_Z else ""


def _above(figure: float | None, above: str = "above", below: str = "below") -> str:
    if not figure:
        return ""
    return above if figure > 0 else below


def _band_word(percent_b: float | None) -> str:
    if percent_b is None:
        return ""
    if percent_b > 1 or percent_b < 0:
        return "above the band" if percent_b > 1 else "below the band"
    thirds = ("lower third", "middle third", "upper third")
    return thirds[min(int(percent_b * 3), 2)]


def _stoch_word(figure: float | None, high: float = _OVERBOUGHT, low: float = _OVERSOLD) -> str:
    if figure is None:
        return ""
    return "overbought" if figure >= high else "oversold" if figure <= low else ""
