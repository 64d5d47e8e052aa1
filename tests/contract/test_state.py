"""One suite for every StateService, and what Redis alone can do to one."""

import asyncio
import os
import shutil
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from tai2.engine.clock import StepClock
from tai2.indicators.columns import columns_of
from tai2.indicators.technical import blank, technical_set
from tai2.model.errors import ConfigError
from tai2.model.ids import InstId, SnapshotId
from tai2.model.instrument import Side
from tai2.model.market import Bar, Candle, Liquidation
from tai2.model.money import BaseQty, Contracts, Px
from tai2.model.snapshot import Snapshot
from tai2.ports.state import StateService
from tai2.store.memory import MemoryState
from tai2.store.redis import PAUSE_S, RedisState, connect_redis
from tests.builders import market as m
from tests.fakes.redis_server import RedisServer
from tests.fakes.relay import Relay

ETH = InstId("ETH-USDT-SWAP")
RIGHTS = "reset on >s3cret resetchannels ~tai2:* &tai2:* +get +set +publish +multi +exec +ping"
OPENSSL = shutil.which("openssl")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    made = RedisServer(tmp_path_factory.mktemp("redis"))
    yield made
    made.kill()


@pytest.fixture
async def admin(server: RedisServer) -> AsyncIterator[Redis]:
    async with Redis.from_url(server.url) as client:
        await client.flushall()
        yield client


@asynccontextmanager
async def redis_state(url: str, clock: StepClock | None = None) -> AsyncIterator[RedisState]:
    client = connect_redis(url)
    yield RedisState(client, clock or StepClock(m.NOW), instance="main", ttl_s=60)
    await client.aclose()


@pytest.fixture(params=["memory", "redis"])
async def state(request: pytest.FixtureRequest, server: RedisServer) -> AsyncIterator[StateService]:
    if request.param == "memory":
        yield MemoryState()
        return
    async with redis_state(os.environ.get("REDIS_URL", server.url)) as made:
        yield made


@pytest.fixture
async def relay(server: RedisServer) -> AsyncIterator[Relay]:
    async def upstream() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", server.port)

    async with Relay(upstream).listening() as made:
        yield made


def through(relay: Relay) -> str:
    return f"redis://127.0.0.1:{relay.port}/0"


def full_snapshot() -> Snapshot:
    candles = [
        Candle(
            inst_id=m.INST,
            ts_event=m.NOW + n * 60_000,
            ts_recv=m.NOW,
            bar=Bar.M1,
            open_px=Px(Decimal(100)),
            high_px=Px(Decimal(102)),
            low_px=Px(Decimal(99)),
            close_px=Px(Decimal(100 + n % 7)),
            base_vol=BaseQty(Decimal(n)),
            is_closed=True,
        )
        for n in range(80)
    ]
    forced = Liquidation(
        inst_id=m.INST,
        ts_event=m.NOW,
        ts_recv=m.NOW,
        side=Side.SELL,
        bk_px=Px(Decimal("99.50")),
        contracts=Contracts(Decimal("3.0")),
    )
    technical = (m.fresh(technical_set(Bar.M1, columns_of(candles))), m.stale(blank(Bar.H1)))
    return m.snapshot(technical=technical, liquidations=(forced,), position=m.missing())


async def test_snapshot_comes_back_equal(state: StateService) -> None:
    await state.put(full_snapshot())
    assert await state.latest(m.INST) == full_snapshot()


async def test_newer_snapshot_takes_the_place_of_the_older(state: StateService) -> None:
    newer = m.snapshot(snapshot_id=SnapshotId("newer"), ts=m.NOW + 1)
    await state.put(m.snapshot())
    await state.put(newer)
    assert await state.latest(m.INST) == newer


async def test_instruments_are_kept_apart_and_unknown_ones_absent(state: StateService) -> None:
    await state.put(m.snapshot())
    assert await state.latest(ETH) is None
    await state.put(m.snapshot(inst_id=ETH))
    assert (await state.latest(m.INST), await state.latest(ETH)) == (
        m.snapshot(),
        m.snapshot(inst_id=ETH),
    )


async def test_another_process_reads_the_snapshot_equal(server: RedisServer, admin: Redis) -> None:
    async with redis_state(server.url) as writer, redis_state(server.url) as reader:
        await writer.put(full_snapshot())
        assert await reader.latest(m.INST) == full_snapshot()
        assert 0 < await admin.ttl(writer.key(m.INST)) <= 60


async def test_each_refresh_is_published_to_subscribers(server: RedisServer, admin: Redis) -> None:
    async with redis_state(server.url) as state, admin.pubsub() as heard:
        await heard.subscribe(state.key(m.INST))
        await heard.get_message(timeout=30)
        await state.put(m.snapshot())
        message = await heard.get_message(timeout=30)
    assert message is not None
    assert msgspec.json.decode(message["data"], type=Snapshot) == m.snapshot()


async def test_instances_do_not_see_each_other(server: RedisServer, admin: Redis) -> None:
    async with redis_state(server.url) as state:
        await state.put(m.snapshot())
    client = connect_redis(server.url)
    assert await RedisState(client, StepClock(0), instance="two").latest(m.INST) is None
    await client.aclose()


async def test_acl_user_may_do_what_the_state_needs(server: RedisServer, admin: Redis) -> None:
    await admin.execute_command("ACL", "SETUSER", "desk", *RIGHTS.split())
    async with redis_state(server.url.replace("//", "//desk:s3cret@")) as state:
        await state.put(m.snapshot())
        assert state.is_reachable
    async with redis_state(server.url.replace("//", "//desk:wrong@")) as state:
        with capture_logs() as logs:
            await state.put(m.snapshot())
    assert [line["event"] for line in logs] == ["redis_lost"]
    assert "wrong" not in str(logs)


async def test_hung_redis_costs_less_than_half_a_second_once(relay: Relay, admin: Redis) -> None:
    clock = StepClock(m.NOW)
    async with redis_state(through(relay), clock) as state:
        await state.put(m.snapshot())
        relay.hang()
        started = time.monotonic()
        await state.put(m.snapshot(ts=m.NOW + 1))
        first_s = time.monotonic() - started
        assert await state.latest(m.INST) == m.snapshot(ts=m.NOW + 1)
        for _ in range(20):
            await state.put(m.snapshot(ts=m.NOW + 2))
        assert first_s <= 0.5
        assert time.monotonic() - started < 1.0
        relay.release()


@pytest.mark.parametrize("accepts", [True, False], ids=["hangs at connecting", "reply is slow"])
async def test_no_first_call_takes_longer_than_half_a_second(
    relay: Relay, admin: Redis, accepts: bool
) -> None:
    if accepts:
        relay.hang()
    relay.latency_s = 0.3
    async with redis_state(through(relay)) as state:
        started = time.monotonic()
        await state.latest(m.INST)
        assert time.monotonic() - started <= 0.5
        assert not state.is_reachable


async def test_outage_is_said_once_at_its_start_and_once_at_its_end(
    server: RedisServer, admin: Redis
) -> None:
    clock = StepClock(m.NOW)
    async with redis_state(server.url, clock) as state:
        await state.put(m.snapshot())
        with capture_logs() as logs:
            server.kill()
            for _ in range(5):
                await state.put(m.snapshot())
                clock.advance_to(clock.now_ms() + 6_000)
            server.start()
            for _ in range(3):
                await state.put(m.snapshot())
    assert [line["event"] for line in logs] == ["redis_lost", "redis_back"]
    assert logs[1]["outage_s"] == 30.0


async def test_redis_is_asked_again_after_a_pause(relay: Relay, admin: Redis) -> None:
    clock = StepClock(m.NOW)
    async with redis_state(through(relay), clock) as state:
        await state.put(m.snapshot())
        relay.cut()
        await state.put(m.snapshot(ts=m.NOW + 1))
        assert not state.is_reachable
        clock.advance_to(clock.now_ms() + round(PAUSE_S * 1000))
        await state.put(m.snapshot(ts=m.NOW + 2))
        assert state.is_reachable
        stored = await admin.get(state.key(m.INST))
    assert msgspec.json.decode(stored, type=Snapshot).ts == m.NOW + 2


async def test_full_redis_is_an_outage_and_no_error(server: RedisServer, admin: Redis) -> None:
    await admin.config_set("maxmemory", "1")
    try:
        async with redis_state(server.url) as state:
            with capture_logs() as logs:
                await state.put(m.snapshot())
            assert await state.latest(m.INST) == m.snapshot()
    finally:
        await admin.config_set("maxmemory", "0")
    assert [line["event"] for line in logs] == ["redis_lost"]
    assert "maxmemory" in logs[0]["reason"]


async def test_flushed_redis_loses_nothing_that_we_know(server: RedisServer, admin: Redis) -> None:
    async with redis_state(server.url) as state:
        await state.put(m.snapshot())
        await admin.flushall()
        assert await state.latest(m.INST) == m.snapshot()


async def test_foreign_bytes_under_the_key_are_no_snapshot(
    server: RedisServer, admin: Redis
) -> None:
    async with redis_state(server.url) as state:
        await admin.set(state.key(m.INST), b'{"snapshot_id": 7}')
        assert await state.latest(m.INST) is None
        assert not state.is_reachable


async def test_cancelled_call_leaves_no_reply_for_the_next(relay: Relay, admin: Redis) -> None:
    clock = StepClock(m.NOW)
    async with redis_state(through(relay), clock) as writer:
        await writer.put(m.snapshot())
        await writer.put(m.snapshot(inst_id=ETH))
    async with redis_state(through(relay), clock) as reader:
        relay.latency_s = 0.25
        assert await reader.latest(m.INST) is None
        relay.latency_s = 0.0
        clock.advance_to(clock.now_ms() + 6_000)
        assert (await reader.latest(ETH)) == m.snapshot(inst_id=ETH)


def test_address_that_is_none_is_refused_without_quoting_it() -> None:
    with pytest.raises(ConfigError) as caught:
        connect_redis("http://desk:s3cret@host")
    assert "s3cret" not in caught.value.message + caught.value.hint


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    if OPENSSL is None:
        pytest.skip("openssl makes the certificate")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(cert)]
    command = [OPENSSL, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run([*command, *subject, *files], check=True, capture_output=True, timeout=120)
    return cert, key


async def test_tls_is_spoken_and_strangers_are_refused(
    server: RedisServer, admin: Redis, certificate: tuple[Path, Path]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    async def upstream() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", server.port)

    async with Relay(upstream, context).listening() as relay:
        url = f"rediss://127.0.0.1:{relay.port}/0"
        for query, is_trusted in ((f"?ssl_ca_certs={certificate[0]}", True), ("", False)):
            async with redis_state(url + query) as state:
                await state.put(m.snapshot())
                assert state.is_reachable is is_trusted
