"""Writes what the exchange sends to disk, part by part, and never more than it was allowed.

`tai2 record` runs it on public data and, with a key, on the account's pushes; the format is
`model.recording`'s. It must never change, drop or reorder a frame, nor let a part begin in the
middle of a book, nor hear of anything that we send: a login isn't pushed, so it can't be kept.
"""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import structlog

from tai2.model.errors import KeysRejected, UsageError, VenueUnavailable
from tai2.model.ids import InstId
from tai2.model.market import MarketEvent
from tai2.model.recording import (
    PART_GLOB,
    PART_NAME,
    Channel,
    RecordedFrame,
    pack_frame,
    pack_member,
)
from tai2.okx.feed import OkxFeed
from tai2.okx.venue import OkxVenue
from tai2.ports.clock import Clock
from tai2.ports.venue import PrivateEvent

MEMBER_BYTES: Final = 1 << 20
"""Unpacked text of a gzip member: a crash loses at most so much, or what came since a flush."""
FLUSH_S: Final = 2.0

log = structlog.get_logger(__name__)


class RecordingWriter:
    """A directory of parts that grows at its end and is cut at its beginning."""

    def __init__(self, directory: Path, *, part_bytes: int, max_bytes: int) -> None:
        """Begin a part behind those that are there already.

        Args:
            directory: Made when it isn't there.
            part_bytes: A part that has grown so large is followed by another.
            max_bytes: All parts together; the oldest are removed.

        Raises:
            UsageError: The directory can't be written.
        """
        self.frames = 0
        self.bytes_written = 0
        self.parts = 0
        self._directory = directory
        self._part_bytes = part_bytes
        self._max_bytes = max_bytes
        self._lines: list[bytes] = []
        self._pending_bytes = 0
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as failure:
            raise _unwritable(directory, failure) from failure
        numbers = [int(path.name[4:10]) for path in sorted(directory.glob(PART_GLOB))]
        self._number = max(numbers, default=0)
        self._part = self._next_part()

    def take(self, name: str, ts_recv: int, text: bytes) -> None:
        """Keep one frame of a socket (a tap of the streams).

        Raises:
            UsageError: The disk takes no more.
        """
        self._keep(RecordedFrame(ts_recv=ts_recv, channel=Channel(name), raw=text.decode()))

    def take_answer(self, path: str, ts_recv: int, rows: Sequence[bytes]) -> None:
        """Keep the rows of an answer to a public GET."""
        body = '{"code":"0","msg":"","data":[' + b",".join(rows).decode() + "]}"
        raw = '{"path":' + msgspec.json.encode(path).decode() + ',"body":' + body + "}"
        self._keep(RecordedFrame(ts_recv=ts_recv, channel=Channel.REST, raw=raw))

    def flush(self) -> bool:
        """Write what is kept; True when the part is full and another one has begun.

        Raises:
            UsageError: The disk takes no more.
        """
        self._write()
        if self._part.stat().st_size < self._part_bytes:
            return False
        self._part = self._next_part()
        self._cut()
        return True

    def _keep(self, frame: RecordedFrame) -> None:
        line = pack_frame(frame)
        self._lines.append(line)
        self.frames += 1
        self._pending_bytes += len(line)
        if self._pending_bytes >= MEMBER_BYTES:
            self._write()

    def _write(self) -> None:
        if not self._lines:
            return
        member = pack_member(self._lines)
        try:
            with self._part.open("ab") as part:
                part.write(member)
        except OSError as failure:
            raise _unwritable(self._part, failure) from failure
        self.bytes_written += len(member)
        self._lines, self._pending_bytes = [], 0

    def _next_part(self) -> Path:
        self._number += 1
        self.parts += 1
        path = self._directory / PART_NAME.format(number=self._number)
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as failure:
            raise _unwritable(path, failure) from failure
        return path

    def _cut(self) -> None:
        """Remove the oldest parts until the rest, and a whole part more, are allowed."""
        parts = sorted(self._directory.glob(PART_GLOB))
        total = sum(path.stat().st_size for path in parts) + self._part_bytes
        for path in parts:
            if total <= self._max_bytes or path == self._part:
                return
            total -= path.stat().st_size
            path.unlink()
            log.info("recording_part_removed", part=path.name)


def _unwritable(path: Path, failure: OSError) -> UsageError:
    return UsageError(
        f"can't write the recording {path}: {failure.strerror}",
        "Name a directory of yours with room, or lower --max-mb.",
    )


Refusal = UsageError | KeysRejected


async def record(
    feed: OkxFeed,
    writer: RecordingWriter,
    inst_ids: Sequence[InstId],
    clock: Clock,
    account: OkxVenue | None = None,
) -> None:
    """Follow instruments until cancelled; `feed` must have been made with `writer.take` as tap.

    Each part begins with the instruments and gets a fresh snapshot of every book.

    Args:
        feed: Made together with the account by `connect`.
        writer: Takes what arrives.
        inst_ids: What to follow.
        clock: Paces the writing.
        account: Whose private sockets are recorded too; None = public data only.

    Raises:
        UsageError: An instrument doesn't exist, or the disk takes no more.
        KeysRejected: The exchange refuses the account's key.
        VenueUnavailable: The exchange can't be reached at the start.
    """
    await feed.instruments(inst_ids)
    await _introduce(feed, writer, inst_ids, clock)
    refusals: list[Refusal] = []
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(feed.stream(inst_ids, _nobody), name="record-stream")
            if account is not None:
                tasks.create_task(account.watch(_nobody, _nothing), name="record-account")
            await _keep_writing(feed, writer, inst_ids, clock)
    except* (UsageError, KeysRejected) as group:
        refusals += _plain(group)
    if refusals:
        raise refusals[0]


async def _keep_writing(
    feed: OkxFeed, writer: RecordingWriter, inst_ids: Sequence[InstId], clock: Clock
) -> None:
    while True:
        await clock.sleep(FLUSH_S)
        if not writer.flush():
            continue
        try:
            await _introduce(feed, writer, inst_ids, clock)
        except VenueUnavailable as failure:
            log.warning("instruments_not_recorded", reason=failure.message)
        for inst_id in inst_ids:
            feed.resync(inst_id)


def _plain(group: BaseExceptionGroup[Refusal]) -> list[Refusal]:
    """Return the errors of a group of groups."""
    plain: list[Refusal] = []
    for one in group.exceptions:
        plain += _plain(one) if isinstance(one, BaseExceptionGroup) else [one]
    return plain


async def _introduce(
    feed: OkxFeed, writer: RecordingWriter, inst_ids: Sequence[InstId], clock: Clock
) -> None:
    for path, rows in (await feed.instrument_rows(inst_ids)).items():
        writer.take_answer(path, clock.now_ms(), rows)


def _nobody(_event: MarketEvent | PrivateEvent) -> None:
    """The frames are kept as they come: nobody needs the events."""


def _nothing() -> None:
    """A gap in the account's pushes is a gap in the recording."""
