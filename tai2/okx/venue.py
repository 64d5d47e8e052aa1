"""The private side of OKX as the Venue port: submit once, read, watch.

`connect` makes it, executor, ledger, reconcile, protector and accounts use it.
Its pushes must never be trusted across a gap: on_gap says that everything must be read again.
"""

import asyncio
import math
from collections.abc import Callable
from typing import Final

import structlog

from tai2.model.errors import DataInvalid, KeysRejected, VenueUnavailable
from tai2.okx.accounts import OkxAccounts
from tai2.okx.credentials import Credentials
from tai2.okx.login import Login
from tai2.okx.orders import OkxOrders
from tai2.okx.private import PrivateChannels
from tai2.okx.sdk import Transport
from tai2.okx.server_clock import ServerClock
from tai2.okx.sockets import Sockets
from tai2.okx.stops import StopChannels
from tai2.okx.stream import Stream
from tai2.ports.clock import Clock
from tai2.ports.venue import PrivateSink

SEED_RETRY_S: Final = 2.0

log = structlog.get_logger(__name__)


class OkxVenue(OkxOrders, OkxAccounts):
    """Private REST and the two sockets with a login of one account."""

    def __init__(
        self,
        transport: Transport,
        sockets: Sockets,
        credentials: Credentials | None,
        clock: Clock,
    ) -> None:
        OkxOrders.__init__(self, transport, clock)
        OkxAccounts.__init__(self, transport, clock)
        self._sockets = sockets
        self._credentials = credentials
        self._streams: tuple[Stream, ...] = ()

    @property
    def server_clock(self) -> ServerClock:
        """The exchange's clock, as far as it was measured."""
        return self._transport.server_clock

    async def watch(self, sink: PrivateSink, on_gap: Callable[[], None]) -> None:
        """Deliver pushes until cancelled.

        Raises:
            KeysRejected: There is no key, or the login was refused twice in a row.
        """
        if self._credentials is None:
            raise KeysRejected("There is no OKX API key.", "Set OKX_API_KEY and its secrets.")
        login = Login(self._credentials, self.server_clock, self._rest.measure_clock)
        channels = PrivateChannels(login, sink, on_gap)

        def stop_gap() -> None:
            # Before the private socket is up, its own on_gap is still to come.
            if private.is_up:
                on_gap()

        private = Stream(self._sockets, "private", channels)
        business = Stream(self._sockets, "business", StopChannels(login, sink, stop_gap))
        self._streams = private, business
        refusals: list[KeysRejected] = []
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(private.run(), name="okx-private")
                tasks.create_task(business.run(), name="okx-stops")
                tasks.create_task(self._seed_account(channels), name="okx-account-seed")
        except* KeysRejected as group:
            refusals += [one for one in group.exceptions if isinstance(one, KeysRejected)]
        if refusals:
            raise refusals[0]

    def heard_s(self) -> float:
        """Return when the quieter of the two sockets made progress."""
        return min((one.heard_s() for one in self._streams), default=math.inf)

    async def aclose(self) -> None:
        """Close the HTTP client, which the feed shares."""
        await self._transport.aclose()

    async def _seed_account(self, channels: PrivateChannels) -> None:
        """Read the whole account after each connection, until that succeeds."""
        while True:
            await channels.is_stale.wait()
            asked_ms = self._clock.now_ms()
            try:
                account = await self.account()
            except (VenueUnavailable, DataInvalid) as failure:
                log.warning("account_seed_failed", reason=failure.message)
                await self._clock.sleep(SEED_RETRY_S)
                continue
            channels.is_stale.clear()
            channels.seed(account, asked_ms)
