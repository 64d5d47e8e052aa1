"""The login of private sockets: one key, signed at the exchange's own time.

The channels of the private and the business socket share it. It must never be logged, nor
handed to a tap.
"""

from collections.abc import Awaitable, Callable

from tai2.okx.credentials import Credentials
from tai2.okx.sdk import login_arg
from tai2.okx.server_clock import ServerClock


class Login:
    """Signs the logins of one account."""

    def __init__(
        self,
        credentials: Credentials,
        server_clock: ServerClock,
        measure_clock: Callable[[], Awaitable[int]],
    ) -> None:
        self._credentials = credentials
        self._server_clock = server_clock
        self._measure_clock = measure_clock
        self._is_clock_stale = False

    def on_stale_clock(self) -> None:
        """Measure the exchange's clock before the next login."""
        self._is_clock_stale = True

    async def sign(self) -> dict[str, str]:
        """Return the login's argument, signed with the exchange's time."""
        if self._is_clock_stale:
            await self._measure_clock()
            self._is_clock_stale = False
        return login_arg(self._credentials, self._server_clock.now_ms() // 1000)
