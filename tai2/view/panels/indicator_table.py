"""The table of indicators beside the chart, and the one line of them below it.

TA and the web page show it. Each figure comes with the word for what it means, so that no
colour and no memory of thresholds is needed. None is –, never 0.
"""

from decimal import Decimal
from typing import Final

from tai2.model.instrument import Side
from tai2.view.palette import Tone
from tai2.view.panels.chart import number_short
from tai2.view.panels.line import Line, Span, line, padded
from tai2.view.plot.numbers import price, short
from tai2.view.rows import BarRow, TaRow
from tai2.view.text import UNKNOWN, age, number, percent

_LABEL: Final = 11
_FIGURE: Final = 10
_OVERBOUGHT, _OVERSOLD = 80.0, 20.0
_LOUD_Z: Final = 2.0
_MOST_LIQUIDATIONS: Final = 5

Row = tuple[str, str, str]
"""Label, figure, word."""


def table(ta: TaRow | None, bar: str, places: int, now_ms: int | None) -> list[Line]:
    """Return the table for one bar width."""
    if ta is None:
        return [line(Span(" Waiting for indicators …", Tone.DIM))]
    found = ta.bars.get(bar)
    rows = [
        *(_bar_rows(found, places) if found else []),
        *_flow_rows(ta),
        *_market_rows(ta, now_ms),
    ]
    lines = [_line(*row) for row in rows]
    if ta.flow_has_gap:
        lines.append(line(Span(" ! order flow has a gap", Tone.WARN)))
    return lines + _liquidations(ta, now_ms)


def strip(ta: TaRow | None, bar: str, now_ms: int | None) -> Line:
    """Return the most telling figures in one line."""
    if ta is None:
        return line(Span(" Waiting for indicators …", Tone.DIM))
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
    spans += [f"OI {number_short(ta.open_interest)} {_change(ta.oi_change_ratio)}"]
    return line(*spans, Span("  i", Tone.ACCENT), Span(" table", Tone.DIM))


def _line(label: str, figure: str, word: str) -> Line:
    return line(
        Span(f" {padded(label, _LABEL)}", Tone.DIM),
        padded(figure, _FIGURE, is_number=True),
        Span(f" {word}", Tone.DIM),
    )


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
        ("VWAP dist", _ratio(row.vwap_ratio), _above(row.vwap_ratio)),
        ("EMA20", px(row.ema20), trend),
        ("ATR14", px(row.atr14), _ratio(row.atr_ratio, is_signed=False)),
        ("Volume", short(row.volume), f"x{_places(row.volume_ratio, 1)} of mean"),
    ]


def _flow_rows(ta: TaRow) -> list[Row]:
    return [
        ("CVD day", short(ta.cvd_session), _above(ta.cvd_session, "buyers", "sellers")),
        ("CVD slope", _z(ta.cvd_slope_z), _loud(ta.cvd_slope_z)),
        ("OFI 1m", short(ta.ofi_bar), f"{_z(ta.ofi_z)} {_loud(ta.ofi_z)}".rstrip()),
        ("Book 5", _ratio(ta.imbalance_5), _above(ta.imbalance_5, "bids", "asks")),
        ("Book 20", _ratio(ta.imbalance_20), _above(ta.imbalance_20, "bids", "asks")),
    ]


def _market_rows(ta: TaRow, now_ms: int | None) -> list[Row]:
    left = "" if ta.funding_ms is None or now_ms is None else f"in {age(ta.funding_ms - now_ms)}"
    return [
        ("Funding", percent(ta.funding_rate, 4), left),
        ("Open int.", number_short(ta.open_interest), f"{_change(ta.oi_change_ratio)} in 1h"),
    ]


def _liquidations(ta: TaRow, now_ms: int | None) -> list[Line]:
    if not ta.liquidations:
        return [_line("Liquidated", "none", "in 1h")]
    lines = [_line("Liquidated", str(len(ta.liquidations)), "in 1h")]
    for each in ta.liquidations[: -_MOST_LIQUIDATIONS - 1 : -1]:
        who = Span("short", Tone.UP) if each.side is Side.BUY else Span("long ", Tone.DOWN)
        since = age(max(now_ms - each.ts_event, 0)) if now_ms else UNKNOWN
        lines.append(
            line(
                "  ",
                who,
                f" {number(each.contracts)} ct @ {number(each.px)}",
                Span(f" {since}", Tone.DIM),
            )
        )
    return lines


def _whole(figure: float | None) -> str:
    return UNKNOWN if figure is None else f"{figure:.0f}"


def _places(figure: float | None, places: int) -> str:
    return UNKNOWN if figure is None else f"{figure:.{places}f}"


def _ratio(ratio: float | None, *, is_signed: bool = True) -> str:
    if ratio is None:
        return UNKNOWN
    return f"{ratio * 100:+.2f}%" if is_signed else f"{ratio * 100:.2f}%"


def _change(ratio: float | None) -> str:
    if ratio is None:
        return UNKNOWN
    return percent(Decimal(str(round(ratio, 6))))


def _z(figure: float | None) -> str:
    return UNKNOWN if figure is None else f"z {figure:+.1f}"


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
