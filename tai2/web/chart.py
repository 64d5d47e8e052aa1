"""A chart's series as ECharts options: candles, bands, VWAP, volume, CVD, StochRSI.

The TA page draws them. Closed bars are sent once; the forming bar lives in series of its own,
so that a refresh carries a few numbers and not three hundred candles.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tai2.view.chart import ChartBar, ChartSeries
from tai2.view.palette import Palette, Tone

Options = dict[str, Any]
"""ECharts' own vocabulary: nested plain JSON."""

_PANES: Final = (("", 2, 54), ("Volume", 60, 8), ("CVD", 72, 8), ("StochRSI", 84, 9))
"""Heading, top and height in percent."""
_BARS_SHOWN: Final = 120


@dataclass(frozen=True, slots=True)
class _LineKind:
    """One line of the chart."""

    name: str
    pane: int
    tone: Tone
    of: Callable[[ChartBar], float | None]
    is_dashed: bool = False


_LINES: Final = (
    _LineKind("BB upper", 0, Tone.BAND, lambda bar: bar.bb_upper),
    _LineKind("BB mid", 0, Tone.BAND, lambda bar: bar.bb_mid, is_dashed=True),
    _LineKind("BB lower", 0, Tone.BAND, lambda bar: bar.bb_lower),
    _LineKind("VWAP", 0, Tone.VWAP, lambda bar: bar.vwap),
    _LineKind("CVD", 2, Tone.CVD, lambda bar: bar.cvd),
    _LineKind("StochRSI %K", 3, Tone.STOCH_K, lambda bar: bar.stoch_k),
    _LineKind("StochRSI %D", 3, Tone.STOCH_D, lambda bar: bar.stoch_d),
)


_CHANGING: Final = frozenset({"id", "data", "markLine"})


def _near(bars: Sequence[ChartBar]) -> tuple[float, float]:
    """Return the prices beyond which a line would stretch the pane: half its height away."""
    shown = bars[-_BARS_SHOWN:]
    if not shown:
        return 0.0, 0.0
    low, high = min(bar.low for bar in shown), max(bar.high for bar in shown)
    return low - (high - low) / 2, high + (high - low) / 2


def _plotted(kind: _LineKind, bar: ChartBar, near: tuple[float, float]) -> float | None:
    """Return a line's value at a bar as the chart gets it; None leaves a gap."""
    level = kind.of(bar)
    if level is None or (kind.tone is Tone.VWAP and not near[0] <= level <= near[1]):
        return None
    return float(f"{level:.8g}")


class Painter:
    """Writes options in the colours of a palette, for a dark or a light page."""

    def __init__(self, palette: Palette, *, is_dark: bool) -> None:
        self._colours: Mapping[Tone, str] = {
            tone: ink.hex if is_dark else ink.light for tone, ink in palette.items()
        }

    def whole(self, series: ChartSeries) -> Options:
        """Return the options of a chart, everything included."""
        closed, last = series.bars[:-1], series.bars[-1:]
        edge, dim = self._colours[Tone.BORDER], self._colours[Tone.DIM]
        return {
            "animation": False,
            "backgroundColor": "transparent",
            "textStyle": {"color": dim},
            "tooltip": {"trigger": "axis", "axisPointer": {"type": "cross"}, "confine": True},
            "axisPointer": {"link": [{"xAxisIndex": "all"}]},
            "title": [
                {
                    "text": heading,
                    "left": 4,
                    "top": f"{top - 4}%",
                    "textStyle": {"color": dim, "fontSize": 11, "fontWeight": "normal"},
                }
                for heading, top, _ in _PANES
            ],
            "grid": [
                {"left": 8, "right": 104, "top": f"{top}%", "height": f"{height}%"}
                for _, top, height in _PANES
            ],
            "xAxis": [self._time_axis(pane, edge) for pane in range(len(_PANES))],
            "yAxis": [self._value_axis(pane, edge, dim) for pane in range(len(_PANES))],
            "dataZoom": [
                {
                    "type": "inside",
                    "xAxisIndex": [0, 1, 2, 3],
                    "startValue": series.bars[-_BARS_SHOWN:][0].ts if series.bars else 0,
                }
            ],
            "series": [
                *self._bars("", closed),
                *self._bars("-last", last),
                *self._lines(closed, _near(series.bars)),
                *self._moving(series),
            ],
        }

    def step(self, series: ChartSeries, before: ChartSeries) -> Options:
        """Return what a refresh of the forming bar changes: numbers alone, styles stay."""
        olds = {each["id"]: each for each in self._refreshed(before)}
        changed = [each for each in self._refreshed(series) if each != olds[each["id"]]]
        return {"series": [{key: each[key] for key in _CHANGING & each.keys()} for each in changed]}

    def _refreshed(self, series: ChartSeries) -> list[Options]:
        return [*self._bars("-last", series.bars[-1:]), *self._moving(series)]

    def _moving(self, series: ChartSeries) -> list[Options]:
        """Return the ends of the lines, the last price, own levels and fills."""
        near = _near(series.bars)
        ends = [self._line(f"{kind.name}-end", kind, series.bars[-2:], near) for kind in _LINES]
        return [*ends, self._last(series), self._own(series)]

    def _bars(self, suffix: str, bars: Sequence[ChartBar]) -> list[Options]:
        up, down = self._colours[Tone.UP], self._colours[Tone.DOWN]
        return [
            {
                "id": f"candles{suffix}",
                "name": "Price",
                "type": "candlestick",
                "xAxisIndex": 0,
                "yAxisIndex": 0,
                "itemStyle": {
                    "color": up,
                    "color0": down,
                    "borderColor": up,
                    "borderColor0": down,
                },
                "data": [[bar.ts, bar.open, bar.close, bar.low, bar.high] for bar in bars],
            },
            {
                "id": f"volume{suffix}",
                "name": "Volume",
                "type": "bar",
                "xAxisIndex": 1,
                "yAxisIndex": 1,
                "data": [
                    {
                        "value": [bar.ts, bar.volume],
                        "itemStyle": {"color": up if bar.close >= bar.open else down},
                    }
                    for bar in bars
                ],
            },
        ]

    def _lines(self, bars: Sequence[ChartBar], near: tuple[float, float]) -> list[Options]:
        return [self._line(kind.name, kind, bars, near) for kind in _LINES]

    def _line(
        self, name: str, kind: _LineKind, bars: Sequence[ChartBar], near: tuple[float, float]
    ) -> Options:
        return {
            "id": name,
            "name": kind.name,
            "type": "line",
            "xAxisIndex": kind.pane,
            "yAxisIndex": kind.pane,
            "showSymbol": False,
            "lineStyle": {
                "color": self._colours[kind.tone],
                "width": 1.2,
                "type": "dashed" if kind.is_dashed else "solid",
            },
            "itemStyle": {"color": self._colours[kind.tone]},
            "data": [[bar.ts, _plotted(kind, bar, near)] for bar in bars],
        }

    def _last(self, series: ChartSeries) -> Options:
        """Return the last price as a line with its label on the right."""
        close = series.bars[-1].close if series.bars else None
        drawn = [] if close is None else [self._level("", close, Tone.WARN, "end")]
        return self._marks("last", [], drawn)

    def _own(self, series: ChartSeries) -> Options:
        """Return levels as lines, labelled on the left, and fills as marks."""
        levels = series.levels
        known = (
            ("entry", levels.entry, Tone.ACCENT),
            ("stop", levels.stop, Tone.ERROR),
            ("target", levels.target, Tone.SIM),
            ("liq", levels.liquidation, Tone.DIM),
        )
        fills = [
            {
                "value": [fill.ts, fill.px],
                "symbol": "triangle",
                "symbolRotate": 0 if fill.side.value == "buy" else 180,
                "itemStyle": {"color": self._colours[Tone.STRONG]},
            }
            for fill in series.fills
        ]
        lines = [
            self._level(name, px, tone, "insideStartTop")
            for name, px, tone in known
            if px is not None
        ]
        return self._marks("own", fills, lines)

    def _marks(self, name: str, points: list[Options], lines: list[Options]) -> Options:
        return {
            "id": name,
            "name": name,
            "type": "scatter",
            "xAxisIndex": 0,
            "yAxisIndex": 0,
            "symbolSize": 11,
            "data": points,
            "markLine": {"symbol": "none", "silent": True, "data": lines},
        }

    def _level(self, name: str, px: float, tone: Tone, position: str) -> Options:
        label = f"{name} {px:,.8g}".strip()
        return {
            "yAxis": px,
            "lineStyle": {"color": self._colours[tone], "type": "dashed", "width": 1},
            "label": {"formatter": label, "color": self._colours[tone], "position": position},
        }

    def _time_axis(self, pane: int, edge: str) -> Options:
        is_lowest = pane == len(_PANES) - 1
        return {
            "type": "time",
            "gridIndex": pane,
            "axisLine": {"lineStyle": {"color": edge}},
            "axisLabel": {"show": is_lowest, "hideOverlap": True},
            "axisTick": {"show": is_lowest},
            "splitLine": {"show": False},
        }

    def _value_axis(self, pane: int, edge: str, dim: str) -> Options:
        axis: Options = {
            "gridIndex": pane,
            "position": "right",
            "scale": pane != 1,
            "splitNumber": 5 if pane == 0 else 2,
            "axisLabel": {"color": dim, "hideOverlap": True},
            "splitLine": {"lineStyle": {"color": edge, "opacity": 0.5}},
        }
        return axis | ({"min": 0, "max": 100} if pane == 3 else {})
