"""Record a watch of a running desk for `tai2 tui --replay` and for the pictures of the tests.

Run by hand: `python -m tests.ui.record FILE SECONDS`, with TAI2_SOCKET set as for any command.
Each line of the file is a frame as it came.
"""

import asyncio
import sys
from pathlib import Path
from typing import IO

import msgspec

from tai2.client.session import Session
from tai2.model.ids import InstId
from tai2.model.market import Bar
from tai2.view.state import SECTIONS
from tai2.wire.watch import WatchFrame, chart_topic

INSTRUMENTS = ("BTC-USDT-SWAP", "ETH-USDT-SWAP")


class Recorder(Session):
    """A session that also writes down what it hears."""

    def __init__(self, into: IO[bytes]) -> None:
        charts = {chart_topic(InstId(each), Bar.M5) for each in INSTRUMENTS}
        super().__init__(topics={*SECTIONS, "decision", "fill", "log", *charts}, max_hz=1)
        self._into = into

    def _take(self, frame: WatchFrame) -> None:
        self._into.write(msgspec.json.encode(frame) + b"\n")
        super()._take(frame)


async def record(file: Path, seconds: float) -> None:
    with file.open("wb") as into:
        session = Recorder(into)
        try:
            async with asyncio.timeout(seconds):
                await session.run()
        except TimeoutError:
            print(f"{file}: {into.tell()} bytes")


if __name__ == "__main__":
    asyncio.run(record(Path(sys.argv[1]), float(sys.argv[2])))
