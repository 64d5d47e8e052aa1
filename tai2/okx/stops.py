"""Pushed stops: the orders-algo channel, which lives on the business socket behind a login.

`OkxVenue.watch` runs it beside the private socket. It makes a stop's end known at once; what is
live is for the list of pending stops to say, because the channel has no snapshot.
"""

from collections.abc import Callable, Sequence
from typing import Final

from tai2.model.errors import DataInvalid, VenueUnavailable
from tai2.okx.answer import decode_rows
from tai2.okx.decode.orders import AlgoRow, stop_update
from tai2.okx.frames import Arg, Frame
from tai2.okx.login import Login
from tai2.ports.venue import PrivateSink

STOPS: Final = Arg(channel="orders-algo", inst_type="ANY")


class StopChannels:
    """Stops of one login, on instruments of every type."""

    def __init__(self, login: Login, sink: PrivateSink, on_gap: Callable[[], None]) -> None:
        self._login = login
        self._sink = sink
        self._on_gap = on_gap

    def args(self) -> Sequence[Arg]:
        """Name the one channel."""
        return (STOPS,)

    def on_stale_clock(self) -> None:
        """Measure the exchange's clock before the next login."""
        self._login.on_stale_clock()

    async def login(self) -> dict[str, str]:
        """Sign a login with the exchange's time."""
        return await self._login.sign()

    def on_up(self) -> None:
        """Tell that pushes may have been missed."""
        self._on_gap()

    def on_down(self, reason: str) -> None:
        """Nothing: on_gap comes with the next connection, and the list is read all the time."""

    def on_refused(self, arg: Arg, reason: str) -> None:
        """Start over: without the channel the connection is of no use."""
        raise VenueUnavailable(f"subscription of {arg} refused: {reason}")

    def on_data(self, frame: Frame, _ts_recv: int) -> None:
        """Decode a frame and deliver its stops."""
        if frame.arg is None or frame.arg.channel != STOPS.channel:
            raise DataInvalid(f"rows of a channel that nobody asked for: {frame.arg}")
        try:
            for row in decode_rows(bytes(frame.data), AlgoRow):
                self._sink(stop_update(row))
        except DataInvalid:
            # A push that can't be read is a push that was missed.
            self._on_gap()
            raise
