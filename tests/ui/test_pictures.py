"""Each tab looks as it did, at both sizes, from one recorded desk."""

import asyncio
import gzip
from pathlib import Path

import pytest

from tai2.tui.app import Terminal
from tai2.tui.options import Options
from tai2.tui.playback import Playback
from tests.ui.picture import compare, drawn
from tests.ui.screens import SHORT, TALL

RECORDING = Path(__file__).parent / "desk.ndjson.gz"


@pytest.fixture(autouse=True)
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw as in a terminal that says nothing about colours."""
    monkeypatch.delenv("NO_COLOR", raising=False)


async def picture(
    tab: str, extent: tuple[int, int], palette: str = "cb", glyphs: str = "box"
) -> str:
    """Play the recording to its end and return the screen."""
    desk = Playback(RECORDING, is_instant=True, monotonic=lambda: 0.0)
    options = Options(tab=tab, is_replay=True, palette=palette, glyphs=glyphs)
    app = Terminal(desk, options)
    async with app.run_test(size=extent) as pilot:
        for _round in range(5):
            app.repaint()
            await pilot.pause()
        return drawn(app)


@pytest.mark.parametrize("extent", [TALL, SHORT], ids=["120x40", "80x24"])
@pytest.mark.parametrize("tab", ["LIVE", "TA"])
async def test_tab_looks_as_it_did(tab: str, extent: tuple[int, int]) -> None:
    columns, rows = extent
    compare(f"{tab.lower()}-{columns}x{rows}", await picture(tab, extent))


async def test_chart_without_colours_looks_as_it_did() -> None:
    compare("ta-mono-80x24", await picture("TA", SHORT, palette="mono", glyphs="hollow"))


async def test_a_recording_is_a_desk_that_answers_nothing() -> None:
    desk = Playback(RECORDING, is_instant=True)
    async with asyncio.timeout(60):
        await desk.run()
    assert desk.state is not None
    assert desk.state.meta.mode == "sim"
    assert len(gzip.decompress(RECORDING.read_bytes()).splitlines()) > 5
