"""The StateService over Redis: each refresh is stored with a time to live and published.

Compose uses it when REDIS_URL is set; other programs read the key or subscribe to the channel
of the same name. It holds cache only: whatever Redis does, no call may take more than 0.5 s
or raise, and the copy in memory goes on answering.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeVar

import msgspec
import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from tai2.model.errors import ConfigError
from tai2.model.ids import InstId
from tai2.model.snapshot import Snapshot
from tai2.ports.clock import Clock

log = structlog.get_logger()

T = TypeVar("T")

DEADLINE_S: Final = 0.4
"""One call in total, connecting included: leaves room below the 0.5 s that are promised."""
PAUSE_S: Final = 5.0
"""After a failure Redis isn't asked again for so long: cycles don't queue behind it."""
HEALTH_CHECK_S: Final = 15
TTL_S: Final = 3_600


def connect_redis(url: str) -> "Redis":
    """Return a client of a Redis server; nothing is sent yet.

    Args:
        url: redis:// or rediss:// (TLS) or unix://, with user and password of an ACL user.

    Raises:
        ConfigError: The address can't be understood.
    """
    try:
        return Redis.from_url(
            url,
            # The default retries ten times: one lost reply would run a command eleven times.
            retry=Retry(NoBackoff(), 0),
            socket_timeout=DEADLINE_S,
            socket_connect_timeout=DEADLINE_S,
            health_check_interval=HEALTH_CHECK_S,
        )
    except (ValueError, RedisError) as exc:
        # The library's message may quote the address, which carries a password.
        raise ConfigError(
            "REDIS_URL can't be understood", "Write redis://user:password@host:6379/0"
        ) from exc


class RedisState:
    """ports.state.StateService."""

    def __init__(self, client: "Redis", clock: Clock, *, instance: str, ttl_s: int = TTL_S) -> None:
        """Keep snapshots of one instance of tai2.

        Args:
            client: From connect_redis; closed by close().
            clock: Times the pause after a failure.
            instance: Keeps the keys of several desks apart.
            ttl_s: A snapshot that isn't refreshed vanishes after so many seconds.
        """
        self._redis = client
        self._clock = clock
        self._prefix = f"tai2:{instance}:snapshot:"
        self._ttl_s = ttl_s
        self._own: dict[InstId, Snapshot] = {}
        self._lost_s: float | None = None
        self._ask_again_s = clock.monotonic_s()

    def key(self, inst_id: InstId) -> str:
        """Return the key of a snapshot, which is also its channel."""
        return self._prefix + inst_id

    @property
    def is_reachable(self) -> bool:
        """False from the first failure of an outage until a call succeeds again."""
        return self._lost_s is None

    async def put(self, snapshot: Snapshot) -> None:
        """Keep a snapshot in place of the previous one and tell subscribers."""
        self._own[snapshot.inst_id] = snapshot
        key, document = self.key(snapshot.inst_id), msgspec.json.encode(snapshot)

        async def store() -> None:
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.set(key, document, ex=self._ttl_s)
                pipe.publish(key, document)
                await pipe.execute()

        await self._attempt(store)

    async def latest(self, inst_id: InstId) -> Snapshot | None:
        """Return the newest snapshot.

        Our own copy is never older than Redis's; Redis answers for what was put before a
        restart or by another process.
        """
        if inst_id in self._own:
            return self._own[inst_id]

        async def fetch() -> Snapshot | None:
            document = await self._redis.get(self.key(inst_id))
            return None if document is None else msgspec.json.decode(document, type=Snapshot)

        return await self._attempt(fetch)

    async def close(self) -> None:
        """Close the connections, whatever state they are in."""
        with suppress(RedisError, OSError):
            async with asyncio.timeout(DEADLINE_S):
                await self._redis.aclose()

    async def _attempt(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """Return what work gives, None when Redis fails or is given a pause."""
        if self._clock.monotonic_s() < self._ask_again_s:
            return None
        try:
            async with asyncio.timeout(DEADLINE_S):
                found = await work()
        except (RedisError, OSError, msgspec.DecodeError) as exc:
            self._note_failure(exc)
            return None
        self._note_success()
        return found

    def _note_failure(self, exc: Exception) -> None:
        now_s = self._clock.monotonic_s()
        self._ask_again_s = now_s + PAUSE_S
        if self._lost_s is None:
            self._lost_s = now_s
            log.warning("redis_lost", reason=f"{type(exc).__name__}: {exc}")

    def _note_success(self) -> None:
        if self._lost_s is not None:
            outage_s = round(self._clock.monotonic_s() - self._lost_s, 1)
            self._lost_s = None
            log.info("redis_back", outage_s=outage_s)
