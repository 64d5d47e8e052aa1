"""From the desk's chart series to a picture: what the plot draws, and the line above it.

TA, `tai2 ta` and the web's text view share it. The newest figures stand in the legend, so
that the picture needs no reading of axes.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tai2.model.instrument import Side
from tai2.model.market import Bar
from tai2.view.chart import ChartBar, ChartSeries
from tai2.view.palette import Tone
from tai2.view.panels.figures import decimals as decimals_of
from tai2.view.panels.figures import moved, px
from tai2.view.panels.line import Line, Span, line
from tai2.view.plot.numbers import price, short
from tai2.view.plot.series import Level, LevelKind, Look, Mark, Series
from tai2.view.rows import TickerRow
from tai2.view.text import UNKNOWN, age, percent, safe

BARS: Final = tuple(Bar)
"""In the order in which the key steps through them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the reader looks at."""

    inst_id: str
    bar: Bar
    look: Look


def decimals(ticker: TickerRow | None, series: ChartSeries | None) -> int:
    """Return the decimals of a price: those of the exchange's tick, else a guess."""
    if ticker is not None:
        return decimals_of(ticker.tick_sz)
    newest = series.bars[-1].close if series and series.bars else 0.0
    return 1 if newest >= 1_000 else 4


def plot_series(series: ChartSeries | None, chosen: Chosen, places: int) -> Series:
    """Return what the plot draws; empty when nothing has arrived."""
    title = f"{safe(chosen.inst_id)} {chosen.bar.value}"
    if series is None:
        return Series(title=title, bar_ms=chosen.bar.ms, decimals=places)
    bars = series.bars
    levels = (
        (LevelKind.ENTRY, series.levels.entry),
        (LevelKind.STOP, series.levels.stop),
        (LevelKind.TARGET, series.levels.target),
        (LevelKind.LIQUIDATION, series.levels.liquidation),
    )
    return Series(
        title=title,
        bar_ms=chosen.bar.ms,
        decimals=places,
        ts=tuple(each.ts for each in bars),
        opens=tuple(each.open for each in bars),
        highs=tuple(each.high for each in bars),
        lows=tuple(each.low for each in bars),
        closes=tuple(each.close for each in bars),
        volumes=tuple(each.volume for each in bars),
        upper=tuple(each.bb_upper for each in bars),
        lower=tuple(each.bb_lower for each in bars),
        vwap=tuple(each.vwap for each in bars),
        cvd=tuple(each.cvd for each in bars),
        stoch_k=tuple(each.stoch_k for each in bars),
        stoch_d=tuple(each.stoch_d for each in bars),
        marks=tuple(
            Mark(ts=fill.ts, px=fill.px, is_buy=fill.side is Side.BUY) for fill in series.fills
        ),
        levels=tuple(Level(kind=kind, px=px) for kind, px in levels if px is not None),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """How old the chart is, and what the daemon's clock shows."""

    age_ms: int | None
    now_ms: int | None


def heading(chosen: Chosen, ticker: TickerRow | None, moment: Moment, columns: int) -> Line:
    """Return the choices: instrument, bar width, overlays, funding, open interest, age."""
    spans: list[str | Span] = [
        Span(f" {safe(chosen.inst_id)}", Tone.STRONG),
        Span("  tf", Tone.DIM),
    ]
    for bar in BARS:
        tone = Tone.CHOSEN if bar is chosen.bar else Tone.DIM
        spans += [" ", Span(f" {bar.value} ", tone)]
    for letter, name, is_on in (
        ("B", "Boll", chosen.look.has_bands),
        ("V", "Vwap", chosen.look.has_vwap),
    ):
        spans += [
            Span(f"  {letter} ", Tone.ACCENT),
            Span(f"{name} {'✓' if is_on else '·'}", Tone.DIM),
        ]
    if chosen.look.pan:
        spans.append(Span(f"  ◂ {chosen.look.pan} bars back · G newest", Tone.WARN))
    right = Span(f"as of {age(moment.age_ms)} ", Tone.DIM)
    if columns >= 100:
        spans += ["  ", *statistics(ticker, moment.now_ms)]
    used = sum(len(each.text if isinstance(each, Span) else each) for each in spans)
    return line(*spans, " " * max(columns - used - len(right.text), 1), right)


def statistics(ticker: TickerRow | None, now_ms: int | None) -> Line:
    """Return funding with its countdown and open interest with its change in an hour."""
    if ticker is None:
        return ()
    left = None if ticker.funding_ms is None or now_ms is None else ticker.funding_ms - now_ms
    change = ticker.oi_change_ratio
    return line(
        Span("fund ", Tone.DIM),
        percent(ticker.funding_rate, 4),
        Span(f" {age(left)}" if left is not None else "", Tone.DIM),
        Span("  OI ", Tone.DIM),
        number_short(ticker.open_interest),
        Span(f" {ratio_text(change)}" if change is not None else "", Tone.DIM),
    )


def legend(series: ChartSeries | None, ticker: TickerRow | None, places: int) -> Line:
    """Return the newest figures in the inks of their lines."""
    newest = series.bars[-1] if series and series.bars else None
    spans: list[str | Span] = [" "]
    if ticker is not None:
        spans += [
            Span(px(ticker.last_px, ticker.tick_sz), Tone.STRONG),
            " ",
            moved(ticker.change_ratio),
        ]
    if newest is None:
        return line(*spans)
    return line(*spans, *_overlays(newest, places))


def _overlays(newest: ChartBar, places: int) -> list[Span]:
    def figure(px: float | None) -> str:
        return UNKNOWN if px is None else price(px, places)

    return [
        Span("  BB20,2 ", Tone.DIM),
        Span(f"{figure(newest.bb_lower)}–{figure(newest.bb_upper)}", Tone.PLAIN),
        Span("  VWAP ", Tone.DIM),
        Span(figure(newest.vwap), Tone.VWAP),
        Span("  %K ", Tone.DIM),
        Span(_whole(newest.stoch_k), Tone.STOCH_K),
        Span("/%D ", Tone.DIM),
        Span(_whole(newest.stoch_d), Tone.STOCH_D),
        Span("  CVD ", Tone.DIM),
        Span(short(newest.cvd), Tone.CVD),
        Span("  Vol ", Tone.DIM),
        Span(short(newest.volume), Tone.PLAIN),
    ]


def _whole(figure: float | None) -> str:
    return UNKNOWN if figure is None else f"{figure:.0f}"


def number_short(figure: Decimal | None) -> str:
    """Write a large quantity that isn't own money shortly: 2.31B."""
    return UNKNOWN if figure is None else short(float(figure))


def ratio_text(ratio: float | None, *, is_signed: bool = True) -> str:
    """Write a float ratio as percent: +0.18%."""
    if ratio is None:
        return UNKNOWN
    return f"{ratio * 100:+.2f}%" if is_signed else f"{ratio * 100:.2f}%"
