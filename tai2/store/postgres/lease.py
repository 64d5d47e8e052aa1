"""The account's lock in PostgreSQL: whoever's session has it may trade, all others stand by.

The server frees a session's advisory lock the moment the session ends, and gives it to whoever
asks next. So the holder proves each second that its session still has it, sends nothing later
than LEASE_S after the last proof, and never takes it up again: a lost lock ends the process.
Whoever gets it stays quiet for QUIET_S, until nothing of an earlier holder's can still arrive.
"""

import hashlib
from typing import Final

import asyncpg

from tai2.model.errors import ConfigError, LeaseLost
from tai2.ports.clock import Clock
from tai2.store.postgres.database import ACQUIRE_S, CLOSE_S, Outage

PROOF_S: Final = 1.0
LEASE_S: Final = 5.0
SEND_S: Final = 4.0
"""A request that was let go leaves within so long (connect and pool) or not at all."""
QUIET_S: Final = LEASE_S + SEND_S + 1.0
Silence: Final = (*Outage, asyncpg.InternalClientError)
"""What a session without its server makes asyncpg raise, in whatever state that ended it."""
_SERVER: Final = {
    "application_name": "tai2 account lock",
    "statement_timeout": "4s",
    "tcp_keepalives_idle": "4",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}
"""The server notices a dead machine, too, within ten seconds."""
_TAKE: Final = "SELECT pg_try_advisory_lock($1)"
_PROVE: Final = """
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid() AND objsubid = 1
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND classid::bigint = ($1::bigint >> 32) & 4294967295
  AND objid::bigint = $1::bigint & 4294967295
"""
"""Not `SELECT 1`: behind a pooler that shares sessions, ours may not be the one with the lock."""


def lock_key(account: str) -> int:
    """Return the 64-bit key of an account's lock."""
    digest = hashlib.sha256(f"tai2 account {account}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


class AccountLease:
    """One account's lock, held by one session."""

    def __init__(self, dsn: str, clock: Clock) -> None:
        """Connect to nothing yet.

        Args:
            dsn: The database that every desk on the account names.
            clock: Ages the last proof.
        """
        self._dsn = dsn
        self._key = 0
        self._clock = clock
        self._connection: asyncpg.Connection | None = None
        self._proven: tuple[float, int] | None = None

    def is_held(self) -> bool:
        """Return whether the lock was proven to be ours so lately that a request may leave.

        By both clocks: the monotonic one stands still while a machine sleeps.
        """
        if self._proven is None:
            return False
        monotonic_s, wall_ms = self._proven
        return (
            self._clock.monotonic_s() - monotonic_s < LEASE_S
            and abs(self._clock.now_ms() - wall_ms) < LEASE_S * 1_000
        )

    async def take(self, account: str) -> bool:
        """Ask once for an account's lock; True = our session has it; `prove` has to confirm it.

        Raises:
            Silence: The server can't be asked.
            ConfigError: Its address can't be understood.
        """
        self._key = lock_key(account)
        connection = await self._connected()
        try:
            return bool(await connection.fetchval(_TAKE, self._key, timeout=LEASE_S))
        except Silence:
            await self.close()
            raise

    async def prove(self) -> None:
        """Have the server confirm that our session has the lock.

        Raises:
            LeaseLost: It hasn't, or that can't be known. Another desk may have it.
        """
        asked = self._clock.monotonic_s(), self._clock.now_ms()
        connection = self._connection
        try:
            found = connection and await connection.fetchval(_PROVE, self._key, timeout=LEASE_S)
        except Silence as exc:
            self._proven = None
            raise LeaseLost(f"the account's lock can't be proven: {type(exc).__name__}") from exc
        if not found:
            self._proven = None
            raise LeaseLost("the account's lock isn't ours any more")
        self._proven = asked

    async def close(self) -> None:
        """End the session; the lock is free from then on."""
        self._proven = None
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            await connection.close(timeout=CLOSE_S)
        except Silence:
            connection.terminate()

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            try:
                self._connection = await asyncpg.connect(
                    self._dsn, timeout=ACQUIRE_S, command_timeout=LEASE_S, server_settings=_SERVER
                )
            except (ValueError, asyncpg.ClientConfigurationError) as exc:
                raise ConfigError(
                    "DATABASE_URL can't be understood",
                    "Write postgresql://user:password@host/tai2",
                ) from exc
        return self._connection
