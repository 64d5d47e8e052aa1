"""TA: the chart of one instrument and bar width, the indicators beside it, funding and flow.

The chart follows by push: a moving bar sends its numbers, a new one the whole once. Choosing
another instrument or width watches another chart; the old one is no longer sent.
"""

from collections.abc import Callable
from typing import Final

from nicegui import context, ui

from tai2.model.ids import InstId
from tai2.model.market import Bar
from tai2.view.chart import ChartSeries
from tai2.view.palette import Tone, palette
from tai2.view.panels.chart import decimals, legend, statistics
from tai2.view.panels.indicators import indicators
from tai2.view.panels.line import Line, Span, line
from tai2.web.chart import Painter
from tai2.web.desk import ALL, WebDesk
from tai2.web.paint import LineView, TableView, card
from tai2.wire.watch import chart_topic

_SHOWN: Final = frozenset({"tickers", "ta"})
_WAITING: Final[Line] = line(Span("waiting for the first candles …", Tone.DIM))
_DARK: Final = "matchMedia('(prefers-color-scheme: dark)').matches"


def ta(desk: WebDesk) -> None:
    """Build the page."""
    page = _Ta(desk)
    ui.timer(0, page.start, once=True)


class _Ta:
    """The page of one visitor."""

    def __init__(self, desk: WebDesk) -> None:
        self._desk = desk
        self._painter = Painter(palette(desk.palette), is_dark=True)
        self._topic = ""
        self._leave: Callable[[], None] | None = None
        self._drawn: ChartSeries | None = None
        state = desk.outlook.state
        insts = list(state.tickers.rows) if state else []
        with ui.element("div").classes("tools"):
            self._inst = ui.select(insts, value=insts[0] if insts else None, label="Instrument")
            self._bar = ui.select([bar.value for bar in Bar], value=Bar.M1.value, label="Bars")
            for choice in (self._inst, self._bar):
                choice.props("dense outlined").on_value_change(self._choose)
        with ui.element("div"):
            self._legend, self._statistics = LineView(), LineView()
        with ui.element("section").classes("card"):
            self._note = LineView(_WAITING)
            self._chart = ui.echart({}).classes("chart")
        with card("Indicators and flow"):
            self._table = TableView("Indicators and flow")
        desk.changed.subscribe(self._paint)
        desk.ticked.subscribe(lambda: self._paint(frozenset({"tickers"})))
        context.client.on_delete(self._stop)

    async def start(self) -> None:
        """Take the page's colours and begin to follow."""
        is_dark = bool(await ui.run_javascript(_DARK, timeout=5.0))
        self._painter = Painter(palette(self._desk.palette), is_dark=is_dark)
        self._choose()

    def _choose(self) -> None:
        self._stop()
        if not self._inst.value:
            return
        inst_id, bar = InstId(str(self._inst.value)), Bar(str(self._bar.value))
        self._topic, self._drawn = chart_topic(inst_id, bar), None
        self._leave = self._desk.follow(self._topic)
        self._paint(ALL | {self._topic})

    def _stop(self) -> None:
        if self._leave is not None:
            self._leave()
            self._leave = None

    def _paint(self, changed: frozenset[str]) -> None:
        state = self._desk.outlook.state
        if state is None:
            return
        if not self._inst.value and state.tickers.rows:
            self._inst.set_options(list(state.tickers.rows), value=next(iter(state.tickers.rows)))
        inst_id, bar = str(self._inst.value), str(self._bar.value)
        if changed & _SHOWN:
            now = self._desk.outlook.now_ms()
            ticker, series = state.tickers.rows.get(inst_id), self._series()
            places = decimals(ticker, series)
            self._legend.show(legend(series, ticker, places))
            self._statistics.show(statistics(ticker, now))
            self._table.show(indicators(state.ta.rows.get(inst_id), bar, places, now))
        if self._topic in changed:
            self._draw()

    def _series(self) -> ChartSeries | None:
        return self._desk.outlook.chart(self._topic)

    def _draw(self) -> None:
        series = self._series()
        if series is None or not series.bars:
            return
        before, self._drawn = self._drawn, series
        if before is not None and before.bars[:-1] == series.bars[:-1]:
            step = self._painter.step(series, before)
            if step["series"]:
                self._chart.run_chart_method("setOption", step)
            return
        self._note.show(())
        self._chart.options.clear()
        self._chart.options.update(self._painter.whole(series))
        self._chart.update()
