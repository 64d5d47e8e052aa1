"""The process that has pandas: `python -m tai2.indicators.child LIBRARY`.

daemon.indicator_worker starts it and talks to it over its standard streams, frames with their
length before them. It ends with its standard input, so with the daemon, however that ended;
it must never write to the pipe anything but answers.
"""

import os
import sys
from typing import BinaryIO, Final

import msgspec

from tai2.indicators.jobs import AnyJob
from tai2.indicators.library import Library, choose, pandas_ta

LENGTH_BYTES: Final = 4
DONE: Final = b"+"
FAILED: Final = b"-"
"""First byte of an answer: a result follows, or the name of what went wrong."""


def framed(body: bytes) -> bytes:
    """Return a frame: its length, big-endian, then the body."""
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def answer(body: bytes) -> bytes:
    """Return the answer to the body of a request."""
    try:
        job: AnyJob = msgspec.msgpack.decode(body, type=AnyJob)
        return DONE + msgspec.msgpack.encode(job.run())
    except Exception as exc:  # noqa: BLE001 - whatever pandas raises, the daemon hears of it
        return FAILED + f"{type(exc).__name__}: {exc}".encode()


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    while len(head := requests.read(LENGTH_BYTES)) == LENGTH_BYTES:
        answers.write(framed(answer(requests.read(int.from_bytes(head, "big")))))
        answers.flush()


def main() -> None:
    """Serve on the standard streams; a library that prints does so on stderr."""
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    choose(Library(sys.argv[1]))
    pandas_ta()
    serve(sys.stdin.buffer, pipe)


if __name__ == "__main__":
    main()
