"""HISTORY: executed trades and round trips, sorted and filtered by the daemon, and their sums.

Pages of rows are read as they are asked for; the CSV is streamed page by page by serving's own
route, from the same code as `tai2 history --csv`.
"""

from typing import Final
from urllib.parse import urlencode

from nicegui import ui

from tai2.model.ids import InstId
from tai2.ports.history import Sort
from tai2.view.palette import Tone
from tai2.view.panels import period, trades, trips
from tai2.view.panels.line import Line, Span, line
from tai2.view.rows import TradeRow
from tai2.view.text import safe
from tai2.web.desk import WebDesk
from tai2.web.paint import LinesView, TableView, button, card
from tai2.wire.codec import recast
from tai2.wire.past import TRADES, TotalsRow, TradesParams
from tai2.wire.performance import PERFORMANCE, TRIPS, PerformanceParams, TripRow
from tai2.wire.rpc import Fault

DAY_MS: Final = 86_400_000
_RANGES: Final = {"1d": 1, "7d": 7, "30d": 30, "all": None}
_FILLS, _TRIPS = "executed trades", "round trips"
_COLUMNS: Final = 150
"""Room of the summary's line, in characters."""


def history(desk: WebDesk) -> None:
    """Build the page."""
    page = _History(desk)
    ui.timer(0, page.reload, once=True)


class _History:
    """The page of one visitor."""

    def __init__(self, desk: WebDesk) -> None:
        self._desk = desk
        self._fills: list[TradeRow] = []
        self._trips: list[TripRow] = []
        self._totals: TotalsRow | None = None
        self._next: str | None = None
        with card():
            self._sums = LinesView(classes="mono")
            self._choices()
        with card():
            self._note = LinesView()
            self._table = TableView("Executed trades", self._open)
            self._more = button("More", self._read)
        with card("Sheet"):
            self._sheet = LinesView(classes="mono")
        desk.changed.subscribe(self._on_change)

    def _choices(self) -> None:
        state = self._desk.outlook.state
        insts = ["all", *(state.tickers.rows if state else ())]
        with ui.element("div").classes("tools"):
            self._what = ui.select([_FILLS, _TRIPS], value=_FILLS, label="Show")
            self._range = ui.select(list(_RANGES), value="7d", label="Range")
            self._inst = ui.select(insts, value="all", label="Instrument")
            self._side = ui.select(["all", "buy", "sell"], value="all", label="Side")
            self._sort = ui.select([each.value for each in Sort], value=Sort.TIME, label="Sort by")
            self._order = ui.select(["descending", "ascending"], value="descending", label="Order")
            for choice in (
                *(self._what, self._range, self._inst, self._side),
                *(self._sort, self._order),
            ):
                choice.props("dense outlined").on_value_change(self.reload)
            button("CSV", self._download)

    async def reload(self) -> None:
        """Read the first page and the sums of what is chosen."""
        self._fills, self._trips, self._next = [], [], None
        await self._read()
        await self._summarise()

    async def _on_change(self, changed: frozenset[str]) -> None:
        is_at_top = len(self._fills) + len(self._trips) <= 50 and self._order.value == "descending"
        if "trades" in changed and is_at_top:
            await self.reload()

    def _params(self) -> TradesParams:
        days = _RANGES[str(self._range.value)]
        now = self._desk.outlook.now_ms() or 0
        return TradesParams(
            since_ms=0 if days is None else max(now - days * DAY_MS, 0),
            symbol=None if self._inst.value == "all" else InstId(str(self._inst.value)),
            side=None if self._side.value == "all" else str(self._side.value),
            sort=Sort(str(self._sort.value)),
            is_ascending=self._order.value == "ascending",
            after=self._next,
        )

    async def _read(self) -> None:
        if self._what.value == _TRIPS:
            closed = await self._desk.session.call(TRIPS, self._params())
            if isinstance(closed, Fault):
                self._refuse(closed)
                return
            self._trips += closed.trips
            self._next = closed.next
            self._table.show(trips.table(self._trips))
        else:
            found = await self._desk.session.call(TRADES, self._params())
            if isinstance(found, Fault):
                self._refuse(found)
                return
            self._fills += [recast(TradeRow, row) for row in found.trades]
            self._next, self._totals = found.next, found.totals or self._totals
            self._table.show(trades.table(self._fills))
        self._more.set_visibility(self._next is not None)
        self._note.show(self._nothing())

    async def _summarise(self) -> None:
        asked = self._params()
        params = PerformanceParams(since_ms=asked.since_ms, symbol=asked.symbol, side=asked.side)
        reply = await self._desk.session.call(PERFORMANCE, params)
        if isinstance(reply, Fault):
            self._refuse(reply)
            return
        lines = [period.summary(str(self._range.value), reply, _COLUMNS)]
        if self._totals is not None and self._what.value == _FILLS:
            lines.append(trades.totals_line(self._totals, len(self._fills)))
        self._sums.show(lines)

    def _open(self, key: str) -> None:
        """Show the sheet of a row."""
        fill = next((row for row in self._fills if row.fill_id == key), None)
        trip = next((row for row in self._trips if row.trip_id == key), None)
        if fill is not None:
            same = [row for row in self._fills if row.ord_id == fill.ord_id]
            self._sheet.show(trades.sheet(fill, same))
        elif trip is not None:
            self._sheet.show(trips.sheet(trip))

    def _download(self) -> None:
        asked = self._params()
        query = {"trips": int(self._what.value == _TRIPS), "since_ms": asked.since_ms}
        chosen = {"symbol": asked.symbol, "side": asked.side}
        named = {name: text for name, text in chosen.items() if text}
        ui.navigate.to(f"/history.csv?{urlencode(query | named)}")

    def _nothing(self) -> tuple[Line, ...]:
        if self._fills or self._trips:
            return ()
        words = f"No {self._what.value} yet. They appear here as they happen."
        return (line(Span(words, Tone.DIM)),)

    def _refuse(self, fault: Fault) -> None:
        self._note.show((line(Span(safe(f"{fault.message}. {fault.hint}"), Tone.WARN)),))
