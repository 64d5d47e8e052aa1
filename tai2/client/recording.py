"""A watch as a file: one frame a line, as `tai2 watch --json` prints them, and read back.

Every frame holds the daemon's time, so the lines are the recording and nothing else is
needed. The replay and tests read it; a line that isn't a frame is an error with its number.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tai2.client.picture import Picture
from tai2.model.errors import DataInvalid, UsageError
from tai2.wire.watch import WatchFrame


def line_of(frame: WatchFrame) -> str:
    """Return a frame as one line of JSON, without a line feed."""
    tree = {"topic": frame.topic, "now": frame.now, "base": frame.base, "rev": frame.rev}
    given = {key: item for key, item in tree.items() if item is not None}
    return json.dumps(given | {"body": frame.body}, separators=(",", ":"))


def frames(path: Path) -> Iterator[WatchFrame]:
    """Yield the frames of a recording, oldest first.

    Raises:
        UsageError: The file can't be read.
        DataInvalid: A line isn't a frame.
    """
    try:
        with path.open("rb") as lines:
            for number, text in enumerate(lines, 1):
                if text.strip():
                    yield _frame(text, f"{path.name}, line {number}")
    except OSError as exc:
        raise UsageError(f"can't read {path}: {exc.strerror or exc}", "Check the path.") from exc


def _frame(text: bytes, where: str) -> WatchFrame:
    try:
        return msgspec.json.decode(text, type=WatchFrame)
    except msgspec.DecodeError as exc:
        raise DataInvalid(f"{where}: not a frame of a watch", "Record: tai2 watch --json") from exc


def last_picture(path: Path) -> Picture:
    """Return what a recording shows at its end.

    Raises:
        UsageError: The file can't be read.
        DataInvalid: A line isn't a frame, or a frame doesn't follow.
    """
    picture = Picture()
    for frame in frames(path):
        picture.apply(frame)
    return picture
