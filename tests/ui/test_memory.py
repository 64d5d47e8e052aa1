"""What a terminal keeps of what it has shown: it's left open for days, so nothing may pile up."""

import gc
from dataclasses import replace
from decimal import Decimal

from rich.cells import cached_cell_len
from textual.geometry import Region

from tai2.client.picture import Picture
from tai2.model.money import Px
from tai2.tui import forget
from tai2.tui.debug.window import KEPT, LogWindow
from tai2.tui.lines import LineList
from tai2.view.panels import logs
from tai2.view.panels.line import Entry
from tai2.view.panels.listed import Listed
from tai2.wire.watch import LOG, LogRow, WatchFrame
from tests.ui.desks import BTC, StillDesk, full_state
from tests.ui.screens import Seen, shown

PAINTS = 60


async def move(terminal: Seen, desk: StillDesk, step: int) -> None:
    """Let every price move and the screen follow."""
    state = full_state()
    row = state.tickers.rows[BTC]
    moved = replace(row, last_px=Px(Decimal(60_000) + Decimal(step * step)))
    tickers = replace(state.tickers, rev=step, rows=state.tickers.rows | {BTC: moved})
    desk.fill(replace(state, tickers=tickers))
    await terminal.look()


async def test_a_painted_board_keeps_no_record_of_its_repaints() -> None:
    desk = StillDesk(full_state())
    async with shown(desk) as terminal:
        board = terminal.app.query_one("#live-page")
        for step in range(PAINTS):
            await move(terminal, desk, step)
        assert len(board._dirty_regions) == 0


async def test_painting_looks_up_no_widget_anew() -> None:
    desk = StillDesk(full_state())
    async with shown(desk) as terminal:
        await terminal.press("2", "1")
        known = terminal.app.screen_stack[0]._query_one_cache
        before = len(known)
        for step in range(PAINTS):
            await terminal.press("2" if step % 2 else "1")
        assert len(known) == before


async def test_measures_of_what_was_drawn_are_forgotten() -> None:
    desk = StillDesk(full_state())
    async with shown(desk) as terminal:
        await move(terminal, desk, 1)
        assert cached_cell_len.cache_info().currsize > 0
        forget.measures()
        assert cached_cell_len.cache_info().currsize == 0
        assert Region.intersection.cache_info().currsize == 0


def test_the_start_s_objects_are_frozen_once_and_only_after_a_start_without_collections() -> None:
    forget.beginnings()
    assert gc.get_freeze_count() == 0
    gc.disable()
    try:
        forget.beginnings()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
    finally:
        gc.enable()
        gc.unfreeze()


def record(seq: int) -> LogRow:
    return LogRow(seq=seq, ts=f"t{seq:06}", level="info", event="moved", fields={"n": str(seq)})


async def test_a_log_window_holds_the_newest_thousand_and_writes_only_what_it_draws() -> None:
    written: list[int] = []

    def write(each: logs.Record) -> Entry:
        written.append(each.seq)
        return logs.entry(each)

    async with shown(StillDesk(full_state()), tab="DEBUG") as terminal:
        window = terminal.app.query_one("#backend", LogWindow)
        window.take([record(n) for n in range(1, 3 * KEPT)])
        assert len(window.lines._entries) == KEPT
        assert window.record == record(3 * KEPT - 1)
        lines = window.query_one(LineList)
        lines.show(Listed([record(n) for n in range(KEPT)], write))
        await terminal.look()
        assert len(set(written)) <= 2 * terminal.app.size.height


def test_a_watched_log_keeps_a_bounded_number_of_records() -> None:
    picture = Picture()
    for n in range(1_200):
        body = [{"seq": n + 1, "ts": "t", "level": "info", "event": "e", "fields": {}}]
        picture.apply(WatchFrame(topic=LOG, now=1, body=body, base=n or None, rev=n + 1))
    kept = picture.items(LOG)
    assert len(kept) == 500
    assert isinstance(kept[-1], LogRow)
    assert kept[-1].seq == 1_200
