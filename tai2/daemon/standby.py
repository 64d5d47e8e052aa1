"""One desk an account: waits until the account's lock is ours, and says so meanwhile.

The start path waits here before it reconciles, so that a desk which takes over finds what the
other one left. Without account_lock there is no waiting, and nothing fences the exchange.
"""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Final

import structlog

from tai2.daemon import systemd
from tai2.engine.service import OnEnd, Pulse, Service
from tai2.model.errors import ConfigError
from tai2.ports.clock import Clock
from tai2.settings.sections import Mode, Settings
from tai2.store.postgres.lease import PROOF_S, QUIET_S, AccountLease, Silence

log = structlog.get_logger()

TRY_S: Final = 1.0
TELL_S: Final = 60.0
HELD: Final = "another desk trades on this account"
AWAY: Final = "PostgreSQL can't say who trades on this account"


class Standby:
    """The wait for an account's lock."""

    def __init__(self, lease: AccountLease, account: str, clock: Clock) -> None:
        """account: names it among all that share the database: mode and account id."""
        self._lease = lease
        self._account = account
        self._clock = clock

    async def wait(self, say_waiting: Callable[[str], None]) -> None:
        """Return once the lock is ours; systemd hears that we are alive meanwhile.

        Args:
            say_waiting: Hears why, at first and whenever the reason changes.

        Raises:
            ConfigError: The database's address can't be understood.
        """
        said, told_s = "", 0.0
        while (reason := await self._ask()) is not None:
            if reason != said:
                say_waiting(reason)
            if reason != said or self._clock.monotonic_s() - told_s >= TELL_S:
                log.warning("standing_by", reason=reason)
                told_s = self._clock.monotonic_s()
            said = reason
            systemd.notify("WATCHDOG=1")
            await self._clock.sleep(TRY_S)

    async def stay_quiet(self) -> None:
        """Let pass what an earlier holder may still have sent."""
        log.info("account_lock_taken", quiet_s=QUIET_S)
        await self._clock.sleep(QUIET_S)
        systemd.notify("WATCHDOG=1")

    def service(self) -> Service:
        """Return what proves from now on that the lock is ours; without it the desk must end."""
        return Service(name="account-lock", work=self, on_end=OnEnd.EXIT)

    async def run(self, pulse: Pulse) -> None:
        """Prove it each second, until cancelled.

        Raises:
            LeaseLost: Another desk may trade on the account.
        """
        while True:
            await self._lease.prove()
            pulse.beat()
            await self._clock.sleep(PROOF_S)

    async def _ask(self) -> str | None:
        try:
            return None if await self._lease.take(self._account) else HELD
        except Silence:
            return AWAY


def open_lease(settings: Settings, clock: Clock, stack: AsyncExitStack) -> AccountLease | None:
    """Return the lock that other desks may want, not yet asked for; None = nobody shares ours.

    Only an account at an exchange outside is shared; the stack frees the lock at the end.

    Raises:
        ConfigError: There is no database to keep it.
    """
    if not settings.account_lock:
        return None
    if settings.database_url is None:
        raise ConfigError(
            "account_lock needs the database that the desks share",
            "Set DATABASE_URL, or account_lock = false.",
        )
    if settings.mode is Mode.PAPER or (settings.mode is Mode.SIM and not settings.okx.rest_url):
        return None
    lease = AccountLease(settings.database_url.get_secret_value(), clock)
    stack.push_async_callback(lease.close)
    return lease
