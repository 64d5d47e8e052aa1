"""The TA tab: the chart of one instrument and bar width, and a table of its indicators.

It keeps how the reader looks at it (zoom, pan, overlays) and asks the shell to watch the
chart that is shown. The picture is built only when it changed.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, Final

from textual.binding import BindingType
from textual.widget import Widget

from tai2.model.ids import InstId
from tai2.model.market import Bar
from tai2.tui.board import Board
from tai2.tui.feed import Feed
from tai2.tui.inks import Inks, Row
from tai2.tui.key import Place
from tai2.tui.keys import bindings
from tai2.tui.options import Options
from tai2.tui.tab import Tab
from tai2.view.chart import ChartSeries
from tai2.view.palette import Tone
from tai2.view.panels.box import bare, boxed
from tai2.view.panels.chart import (
    BARS,
    Chosen,
    Moment,
    decimals,
    heading,
    legend,
    plot_series,
)
from tai2.view.panels.indicators import beside_chart, indicators, strip
from tai2.view.panels.line import Line, Span, line
from tai2.view.plot.build import build, figures
from tai2.view.plot.glyphs import ASCII, BOX, GLYPHS
from tai2.view.plot.series import MAX_ZOOM, Look
from tai2.view.rows import TaRow, TickerRow
from tai2.wire.watch import chart_topic

_TABLE: Final = 38
"""Columns of the table of indicators."""
_WIDE: Final = 100


class Picture(Tab):
    """Chart and indicators as they are looked at."""

    NAME = "TA"
    PLACE = Place.TA
    SECTIONS = frozenset({"tickers", "ta"})
    DEFAULT_CSS = "Picture Board { height: 1fr; }"

    def __init__(self, desk: Feed, inks: Inks, options: Options) -> None:
        super().__init__(desk, inks, options)
        self._board = Board(id="ta-page")
        self._inst_id = ""
        self._bar = Bar.M5
        self._look = Look()
        self._has_table: bool | None = None
        """None = where there is room."""

    def compose(self) -> Iterator[Widget]:
        """One board for all of it."""
        yield self._board

    def on_mount(self) -> None:
        """Choose the signs."""
        name = ASCII.name if self.options.is_plain else self.options.glyphs
        self._look = replace(self._look, glyphs=GLYPHS.get(name, BOX))

    def topics(self) -> frozenset[str]:
        """Return what to watch: the shown chart among it."""
        chosen = self._instrument()
        return self.SECTIONS | ({chart_topic(InstId(chosen), self._bar)} if chosen else set())

    def paint(self, changed: frozenset[str]) -> None:
        """Place heading, legend, picture and table."""
        del changed
        if self._instrument() != self._inst_id:
            self._inst_id = self._instrument()
            self.watch_anew()
        columns, rows = self.size
        is_wide = columns >= _WIDE
        has_table = is_wide if self._has_table is None else self._has_table
        series, ticker = self._series(), self._ticker()
        places = decimals(ticker, series)
        lines = [legend(series, ticker, places)]
        if is_wide or self._look.pan:
            moment = Moment(age_ms=self._age_ms(), now_ms=self.desk.now_ms())
            lines.insert(0, heading(self._chosen(), ticker, moment, columns))
        else:
            lines[0] = line(Span(f" {self._inst_id} {self._bar.value}", Tone.STRONG), *lines[0])
        tail = [] if has_table else [strip(self._ta(), self._bar.value, self.desk.now_ms())]
        height = rows - len(lines) - len(tail)
        width = columns - (_TABLE if has_table else 0)
        drawn = build(plot_series(series, self._chosen(), places), width, height, self._look)
        picture = [self.inks.strip(each, is_dim=self.is_old) for each in drawn]
        if has_table:
            side = self._table(places, height)
            picture = [(*left, *right) for left, right in zip(picture, side, strict=True)]
        self._board.show([*self._rows(lines), *picture, *self._rows(tail)])

    def _rows(self, lines: list[Line]) -> list[Row]:
        return [self.inks.line(each, is_dim=self.is_old) for each in lines]

    def _table(self, places: int, height: int) -> list[Row]:
        found = self._ta()
        lines = beside_chart(indicators(found, self._bar.value, places, self.desk.now_ms()))
        frame = bare if self.options.is_plain else boxed
        title = line(Span(f"Indicators {self._bar.value}", Tone.DIM))
        return self._rows(list(frame(title, lines, _TABLE, height)))

    def _known(self) -> tuple[str, ...]:
        state = self.desk.state
        return tuple(sorted(state.tickers.rows)) if state else ()

    def _instrument(self) -> str:
        known = self._known()
        return self._inst_id if self._inst_id in known or not known else known[0]

    def _chosen(self) -> Chosen:
        return Chosen(inst_id=self._inst_id, bar=self._bar, look=self._look)

    def _series(self) -> ChartSeries | None:
        return self.desk.chart(chart_topic(InstId(self._inst_id), self._bar))

    def _ticker(self) -> TickerRow | None:
        state = self.desk.state
        return state.tickers.rows.get(self._inst_id) if state else None

    def _ta(self) -> TaRow | None:
        state = self.desk.state
        return state.ta.rows.get(self._inst_id) if state else None

    def _age_ms(self) -> int | None:
        series, now = self._series(), self.desk.now_ms()
        return None if series is None or now is None else max(now - series.asof, 0)

    def _looked(self, **changes: object) -> None:
        self._look = replace(self._look, **changes)  # type: ignore[arg-type] # names of Look
        self.paint(frozenset())


class Ta(Picture):
    """The picture with its keys."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.TA)]

    def copied(self) -> str:
        """Return the newest bar in one line."""
        places = decimals(self._ticker(), self._series())
        return figures(plot_series(self._series(), self._chosen(), places))

    def action_step_symbol(self) -> None:
        """Show the next instrument."""
        known = self._known()
        if known:
            at = known.index(self._inst_id) if self._inst_id in known else -1
            self._inst_id = known[(at + 1) % len(known)]
            self.watch_anew()
            self._looked(pan=0)

    def action_step_bar(self) -> None:
        """Show the next bar width."""
        self._bar = BARS[(BARS.index(self._bar) + 1) % len(BARS)]
        self.watch_anew()
        self._looked(pan=0)

    def action_zoom(self, step: int) -> None:
        """Draw candles wider or narrower."""
        self._looked(zoom=min(max(self._look.zoom + step, 1), MAX_ZOOM))

    def action_pan(self, step: int) -> None:
        """Move to older or newer bars, an eighth of the width at a time."""
        bars = max(self.size.width // self._look.zoom // 8, 1) * step
        series = self._series()
        most = max(len(series.bars) - 1, 0) if series else 0
        self._looked(pan=min(max(self._look.pan + bars, 0), most))

    def action_pan_newest(self) -> None:
        """Move to the newest bar."""
        self._looked(pan=0)

    def action_toggle_bands(self) -> None:
        """Show or hide the Bollinger Bands."""
        self._looked(has_bands=not self._look.has_bands)

    def action_toggle_vwap(self) -> None:
        """Show or hide VWAP."""
        self._looked(has_vwap=not self._look.has_vwap)

    def action_toggle_table(self) -> None:
        """Show or hide the table of indicators."""
        is_shown = self.size.width >= _WIDE if self._has_table is None else self._has_table
        self._has_table = not is_shown
        self.paint(frozenset())
