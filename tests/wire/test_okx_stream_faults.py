"""Sockets that die in the middle of a word, and frames larger than anybody needs."""

import socket as sockets
import struct
from typing import Final

import pytest

from tai2.model.market import BookInvalid, BookSnapshot, MarkPx
from tests.wire.okx_loopback import Socket
from tests.wire.test_okx_stream import (
    PUBLIC_ARGS,
    SWAP,
    push,
    push_book,
    push_mark,
    streaming,
)

MIB: Final = 1 << 20
TEXT_OF_4096: Final = bytes((0x81, 126, 0x10, 0x00))
"""Head of a text frame that promises 4 096 bytes."""


def reset(socket: Socket) -> None:
    """End the connection with a TCP RST, whatever is still to be said."""
    raw = socket.connection.transport.get_extra_info("socket")
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
    socket.connection.transport.abort()


async def test_reset_in_the_middle_of_a_frame_reconnects_and_starts_the_book_anew() -> None:
    connections = 0

    async def story(socket: Socket) -> None:
        nonlocal connections
        connections += 1
        await socket.accept(PUBLIC_ARGS)
        await push_book(socket, "snapshot", -1, connections)
        if connections == 1:
            socket.connection.transport.write(TEXT_OF_4096 + b'{"arg":{"channel":"books"')
            reset(socket)
        await socket.stay()

    async with streaming(story) as (_feed, events):
        await events.until(BookSnapshot, 2)
    assert [type(one) for one in events.all] == [BookSnapshot, BookInvalid, BookSnapshot]


async def push_padded(socket: Socket, mib: int) -> None:
    row = {"instId": SWAP, "markPx": "100", "ts": "1", "pad": "x" * (mib * MIB)}
    await push(socket, "mark-price", row)


async def test_frame_of_two_mib_is_read_like_any_other() -> None:
    async def story(socket: Socket) -> None:
        await socket.accept(PUBLIC_ARGS)
        await push_padded(socket, 2)
        await socket.stay()

    async with streaming(story) as (_feed, events):
        (mark,) = await events.until(MarkPx)
    assert mark.px == 100


@pytest.mark.parametrize("mib", [20])
async def test_frame_of_twenty_mib_ends_its_connection_and_nothing_else(mib: int) -> None:
    connections = 0

    async def story(socket: Socket) -> None:
        nonlocal connections
        connections += 1
        await socket.accept(PUBLIC_ARGS)
        await push_book(socket, "snapshot", -1, connections)
        if connections == 1:
            await push_padded(socket, mib)
        else:
            await push_mark(socket)
        await socket.stay()

    async with streaming(story) as (_feed, events):
        assert len(await events.until(MarkPx)) == 1
    assert connections == 2
    assert BookInvalid in [type(one) for one in events.all]
