"""Looking at the terminal as a person does: the screen as lines of text, key by key.

Waiting is for the app's own idle, never for time; the paint timer is fired by hand.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from tai2.tui.app import Terminal
from tai2.tui.options import Options
from tests.ui.desks import StillDesk

TALL, SHORT = (120, 40), (80, 24)


class Seen:
    """One running terminal."""

    def __init__(self, pilot: Pilot[Any], app: Terminal, desk: StillDesk) -> None:
        self.pilot, self.app, self.desk = pilot, app, desk

    async def press(self, *keys: str) -> str:
        """Press keys and return the screen."""
        await self.pilot.press(*keys)
        return await self.look()

    async def look(self) -> str:
        """Let it paint and return the screen as text."""
        await self.pilot.pause()
        await self.app.workers.wait_for_complete(
            [worker for worker in self.app.workers if worker.group != "session"]
        )
        self.app.repaint()
        for _round in range(3):
            await self.pilot.pause()
        return screen(self.app)

    async def until(self, wanted: str) -> str:
        """Let it run until a text is on the screen and return the screen."""
        for _round in range(200):
            if wanted in (seen := await self.look()):
                return seen
        raise AssertionError(f"{wanted!r} never came:\n{seen}")


def screen(app: Terminal) -> str:
    """Return what the terminal shows, line by line."""
    columns, rows = app.size
    strips = app.screen._compositor.render_strips()
    lines = ["".join(segment.text for segment in strip).rstrip() for strip in strips]
    assert len(lines) <= rows
    assert columns
    return "\n".join(lines)


@asynccontextmanager
async def shown(
    desk: StillDesk, extent: tuple[int, int] = TALL, **options: Any
) -> AsyncIterator[Seen]:
    """Run a terminal on a desk."""
    app = Terminal(desk, Options(**options))
    async with app.run_test(size=extent, notifications=True) as pilot:
        await pilot.pause()
        yield Seen(pilot, app, desk)
