"""TA: where price is in its range and whether flow confirms: legend, table, chart's series.

Terminal, web and `tai2 ta` show them. Words beside a number say what it means in the usual
reading; they are no advice and nothing here decides.
"""

from decimal import Decimal
from typing import Final

from tai2.model.instrument import Side
from tai2.model.snapshot import Freshness
from tai2.view.chart import ChartSeries
from tai2.view.palette import Tone
from tai2.view.panels.figures import decimals, figure, large, moved, px, share
from tai2.view.panels.line import Column, Line, Span, Table, TableRow, line
from tai2.view.plot.series import Level, LevelKind, Mark, Series
from tai2.view.rows import BarRow, TaRow, TickerRow
from tai2.view.state import ViewState
from tai2.view.text import UNKNOWN, age, percent, safe

OVERBOUGHT: Final = 80.0
OVERSOLD: Final = 20.0
LOUD: Final = 2.0
"""A standard score beyond this is worth a word."""


def legend(state: ViewState, inst_id: str, bar: str, *, is_wide: bool) -> Line:
    """Return the line above the chart: price, change, bands, VWAP."""
    ticker, found = state.tickers.rows.get(inst_id), _bar(state, inst_id, bar)
    if ticker is None:
        return line(Span(f"{safe(inst_id)} isn't followed.", Tone.WARN))
    name = () if is_wide else (Span(f"{safe(inst_id)} {bar} ", Tone.DIM),)
    places = decimals(ticker.tick_sz)
    bands = vwap = UNKNOWN
    if found:
        bands = f"{figure(found.bb_lower, places)}–{figure(found.bb_upper, places)}"
        vwap = figure(found.vwap, places)
    label = "BB20,2" if is_wide else "BB"
    return line(
        *name,
        Span(px(ticker.last_px, ticker.tick_sz), Tone.STRONG),
        " ",
        moved(ticker.change_ratio),
        Span(f"  {label} ", Tone.BAND),
        bands,
        Span("  VWAP ", Tone.VWAP),
        vwap,
    )


def statistics(state: ViewState, inst_id: str, now_ms: int | None) -> Line:
    """Return funding with its countdown and open interest with its change."""
    ticker = state.tickers.rows.get(inst_id)
    if ticker is None:
        return ()
    left = None if ticker.funding_ms is None or now_ms is None else ticker.funding_ms - now_ms
    return line(
        Span("fund ", Tone.DIM),
        f"{percent(ticker.funding_rate, 4)} {age(left)}",
        Span("  OI ", Tone.DIM),
        f"{large(ticker.open_interest)} {share(ticker.oi_change_ratio)}",
    )


_TABLE: Final = (
    Column(name="indicator", heading="Indicator"),
    Column(name="reading", heading="Value", is_number=True),
    Column(name="means", heading=""),
)


def indicators(state: ViewState, inst_id: str, bar: str) -> Table:
    """Return every indicator of one bar width and the flow beside it."""
    found, row = _bar(state, inst_id, bar), state.ta.rows.get(inst_id)
    ticker = state.tickers.rows.get(inst_id)
    places = decimals(ticker.tick_sz) if ticker else 2
    cells = (
        *(_of_bar(found, places) if found else ()),
        *(_of_flow(row, ticker) if row else ()),
    )
    return Table(
        columns=_TABLE,
        rows=tuple(
            TableRow(key=name, cells=(Span(name, Tone.DIM), Span(text, tone), word))
            for name, text, tone, word in cells
        ),
    )


_Cell = tuple[str, str, Tone, Span]


def _of_bar(row: BarRow, places: int) -> tuple[_Cell, ...]:
    tone = Tone.PLAIN if row.freshness is Freshness.FRESH else Tone.DIM
    old = Span("" if row.freshness is Freshness.FRESH else "stale", Tone.WARN)
    stoch = f"{figure(row.stoch_rsi_k, 0)}/{figure(row.stoch_rsi_d, 0)}"
    return (
        ("Close", figure(row.close, places), tone, old),
        ("%B", figure(row.percent_b), tone, _third(row.percent_b)),
        ("StochRSI", stoch, tone, _extreme(row.stoch_rsi_k)),
        ("RSI14", figure(row.rsi14, 1), tone, Span("")),
        ("VWAP dist", share(row.vwap_ratio), tone, _above(row.vwap_ratio)),
        ("EMA20", figure(row.ema20, places), tone, _trend(row)),
        ("EMA50", figure(row.ema50, places), tone, Span("")),
        ("ATR14", figure(row.atr14, places), tone, Span(share(row.atr_ratio).lstrip("+"))),
        ("Volume", large(row.volume), tone, _multiple(row.volume_ratio)),
    )


def _of_flow(row: TaRow, ticker: TickerRow | None) -> tuple[_Cell, ...]:
    gap = Span("gap in the feed", Tone.WARN) if row.flow_has_gap else Span("")
    interest = ticker.open_interest if ticker else row.open_interest
    longs = sum(liq.side is Side.SELL for liq in row.liquidations)
    shorts = len(row.liquidations) - longs
    return (
        ("CVD session", _flow(row.cvd_session), Tone.PLAIN, gap),
        (
            "CVD 30m",
            _flow(sum(row.cvd_minutes) if row.cvd_minutes else None),
            Tone.PLAIN,
            _loud(row.cvd_slope_z),
        ),
        ("OFI 1m", _flow(row.ofi_bar), Tone.PLAIN, _loud(row.ofi_z)),
        ("Book 5", figure(row.imbalance_5, 2, is_signed=True), Tone.PLAIN, _heavier(row)),
        ("Funding", percent(row.funding_rate, 4), Tone.PLAIN, _payer(row.funding_rate)),
        ("OI", large(interest), Tone.PLAIN, Span(f"{share(row.oi_change_ratio)} 1h", Tone.DIM)),
        (
            "Liq 1h",
            str(len(row.liquidations)),
            Tone.PLAIN,
            Span(f"{longs} long {shorts} short" if row.liquidations else "", Tone.DIM),
        ),
    )


def _flow(base_qty: float | None) -> str:
    if base_qty is None:
        return UNKNOWN
    return f"{'+' if base_qty > 0 else ''}{large(base_qty)}"


def _third(place: float | None) -> Span:
    if place is None:
        return Span("")
    if not 0 <= place <= 1:
        return Span("above the band" if place > 1 else "below the band", Tone.WARN)
    return Span("upper third" if place > 2 / 3 else "lower third" if place < 1 / 3 else "middle")


def _extreme(k: float | None) -> Span:
    if k is None or OVERSOLD <= k <= OVERBOUGHT:
        return Span("")
    return Span("overbought" if k > OVERBOUGHT else "oversold", Tone.WARN)


def _above(ratio: float | None) -> Span:
    return Span("" if ratio is None else "above" if ratio >= 0 else "below")


def _trend(row: BarRow) -> Span:
    if row.ema20 is None or row.ema50 is None:
        return Span("")
    return Span("over EMA50", Tone.UP) if row.ema20 >= row.ema50 else Span("under EMA50", Tone.DOWN)


def _multiple(ratio: float | None) -> Span:
    return Span("" if ratio is None else f"x{ratio:.1f} of mean", Tone.DIM)


def _loud(z: float | None) -> Span:
    if z is None:
        return Span("")
    return Span(f"z {z:+.1f}", Tone.WARN if abs(z) >= LOUD else Tone.DIM)


def _heavier(row: TaRow) -> Span:
    if row.imbalance_5 is None:
        return Span("")
    return Span("bids heavier" if row.imbalance_5 >= 0 else "asks heavier")


def _payer(rate: Decimal | None) -> Span:
    return Span("" if not rate else "longs pay" if rate > 0 else "shorts pay", Tone.DIM)


def plotted(series: ChartSeries, tick_sz: Decimal) -> Series:
    """Return a chart's series as the plot draws it."""
    bars = series.bars
    kinds = (
        (LevelKind.ENTRY, series.levels.entry),
        (LevelKind.STOP, series.levels.stop),
        (LevelKind.TARGET, series.levels.target),
        (LevelKind.LIQUIDATION, series.levels.liquidation),
    )
    return Series(
        title=f"{safe(series.inst_id)} {series.bar.value}",
        bar_ms=series.bar.ms,
        decimals=decimals(tick_sz),
        ts=tuple(bar.ts for bar in bars),
        opens=tuple(bar.open for bar in bars),
        highs=tuple(bar.high for bar in bars),
        lows=tuple(bar.low for bar in bars),
        closes=tuple(bar.close for bar in bars),
        volumes=tuple(bar.volume for bar in bars),
        upper=tuple(bar.bb_upper for bar in bars),
        lower=tuple(bar.bb_lower for bar in bars),
        vwap=tuple(bar.vwap for bar in bars),
        cvd=tuple(bar.cvd for bar in bars),
        stoch_k=tuple(bar.stoch_k for bar in bars),
        stoch_d=tuple(bar.stoch_d for bar in bars),
        marks=tuple(
            Mark(ts=fill.ts, px=fill.px, is_buy=fill.side is Side.BUY) for fill in series.fills
        ),
        levels=tuple(Level(kind=kind, px=found) for kind, found in kinds if found is not None),
    )


def _bar(state: ViewState, inst_id: str, bar: str) -> BarRow | None:
    row = state.ta.rows.get(inst_id)
    return row.bars.get(bar) if row else None
