"""Whatever the adapter receives is on disk as it came, in parts that stand alone, within bounds."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tai2.model.errors import KeysRejected, UsageError
from tai2.model.ids import InstId
from tai2.model.recording import PART_GLOB, Channel, RecordedFrame, read_frames
from tai2.okx.connect import connect
from tai2.okx.credentials import Credentials, Endpoints
from tai2.okx.recorder import RecordingWriter, record
from tai2.sim.exchange.records import NewOrder, Stop
from tai2.sim.server.credentials import ApiKey
from tai2.sim.server.session import Session
from tests.wire.okx_loopback import QuickClock
from tests.wire.sim_server_support import INST, Sim, quote
from tests.wire.sim_server_support import running as serving

MEBIBYTE = 1 << 20


def writer(
    directory: Path, part_bytes: int = MEBIBYTE, max_bytes: int = MEBIBYTE
) -> RecordingWriter:
    return RecordingWriter(directory, part_bytes=part_bytes, max_bytes=max_bytes)


def parts(directory: Path) -> list[Path]:
    return sorted(directory.glob(PART_GLOB))


def frames(path: Path) -> Iterator[RecordedFrame]:
    with path.open("rb") as part:
        yield from read_frames(part)


def text(number: int) -> bytes:
    return json.dumps({"arg": {"channel": "trades"}, "data": [number] * 40}).encode()


def test_frames_come_back_as_they_came(tmp_path: Path) -> None:
    made = writer(tmp_path)
    for number in range(5):
        made.take("public", number, text(number))
    made.take("business", 9, '{"é":1}'.encode())
    made.flush()
    (part,) = parts(tmp_path)
    read = list(frames(part))
    assert [one.raw for one in read[:5]] == [text(number).decode() for number in range(5)]
    assert read[5] == RecordedFrame(ts_recv=9, channel=Channel.BUSINESS, raw='{"é":1}')
    assert (part.stat().st_mode & 0o777, made.frames) == (0o600, 6)


def test_answer_is_kept_as_path_and_body(tmp_path: Path) -> None:
    made = writer(tmp_path)
    made.take_answer("/api/v5/public/instruments?instType=SWAP", 7, [b'{"a":"1"}', b'{"a":"2"}'])
    made.flush()
    (one,) = frames(parts(tmp_path)[0])
    told = json.loads(one.raw)
    assert (one.channel, told["path"]) == (
        Channel.REST,
        "/api/v5/public/instruments?instType=SWAP",
    )
    assert told["body"] == {"code": "0", "msg": "", "data": [{"a": "1"}, {"a": "2"}]}


def test_full_part_is_followed_by_another(tmp_path: Path) -> None:
    made = writer(tmp_path, part_bytes=300, max_bytes=MEBIBYTE)
    turned = []
    for number in range(60):
        made.take("public", number, text(number * 7919))
        turned.append(made.flush())
    assert any(turned)
    assert len(parts(tmp_path)) == sum(turned) + 1 == made.parts
    stamps = [one.ts_recv for part in parts(tmp_path) for one in frames(part)]
    assert stamps == list(range(60))


def test_disk_is_bounded_and_the_oldest_part_goes_first(tmp_path: Path) -> None:
    made = writer(tmp_path, part_bytes=300, max_bytes=1_500)
    for number in range(200):
        made.take("public", number, text(number * 7919))
        made.flush()
        assert sum(path.stat().st_size for path in parts(tmp_path)) <= 1_500
    stamps = [one.ts_recv for part in parts(tmp_path) for one in frames(part)]
    assert stamps == list(range(stamps[0], 200))
    assert stamps[0] > 0


def test_next_recording_continues_behind_the_last_part(tmp_path: Path) -> None:
    for number in range(2):
        made = writer(tmp_path)
        made.take("public", number, text(number))
        made.flush()
    assert [path.name for path in parts(tmp_path)] == [
        "okx-000001.jsonl.gz",
        "okx-000002.jsonl.gz",
    ]


def test_directory_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="can't write the recording"):
        writer(tmp_path / "file" / "below")


async def test_recording_begins_with_instruments_and_each_part_with_a_whole_book(
    tmp_path: Path,
) -> None:
    async with serving() as sim:
        made = writer(tmp_path, part_bytes=2_000, max_bytes=MEBIBYTE)
        here = Endpoints(rest_url=sim.server.rest_url, ws_url=sim.server.ws_url, is_demo=False)
        feed, _venue = connect(here, None, QuickClock(), tap=made.take)
        task = asyncio.ensure_future(record(feed, made, [InstId(INST)], QuickClock()))
        async with asyncio.timeout(60):
            while made.parts < 4:
                quote(sim.exchange, str(100_000 + made.frames % 50))
                sim.exchange.advance(sim.server.clock.now_ms())
                await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.wait([task])
        made.flush()
        await feed.aclose()
    for part in parts(tmp_path)[:3]:
        read = list(frames(part))
        assert [one.channel for one in read].count(Channel.REST) == 1
        assert "snapshot" in [json.loads(one.raw).get("action") for one in read]


CANARIES = {"key": "canary-key-7Q", "secret": "canary-secret-7Q", "passphrase": "canary-pass-7Q"}


async def recorded(sim: Sim, directory: Path, *, key: Credentials | None) -> list[RecordedFrame]:
    """Record until books, and the account when there is a key, are on disk."""
    made = writer(directory)
    here = Endpoints(rest_url=sim.server.rest_url, ws_url=sim.server.ws_url, is_demo=False)
    feed, venue = connect(here, key, QuickClock(), tap=made.take)
    wanted = {"books"} | ({"account", "positions", "orders", "orders-algo"} if key else set())
    task = asyncio.ensure_future(
        record(feed, made, [InstId(INST)], QuickClock(), venue if key else None)
    )
    read: list[RecordedFrame] = []
    try:
        async with asyncio.timeout(60):
            while not wanted <= channels(read):
                trade_with_a_stop(sim)
                await asyncio.sleep(0.1)
                assert not task.done(), task.exception()
                made.flush()
                read = list(frames(parts(directory)[-1]))
    finally:
        task.cancel()
        await asyncio.wait([task])
        await feed.aclose()
    return read


def trade_with_a_stop(sim: Sim) -> None:
    """Buy one contract with a stop attached, so that every private channel speaks."""
    quote(sim.exchange)
    sim.exchange.advance(sim.server.clock.now_ms())
    stop = Stop(sl_trigger_px=Decimal(97_000), sl_trigger_px_type="mark")
    px = Decimal("100000.1")
    order = NewOrder(inst_id=INST, side="buy", ord_type="ioc", sz=Decimal("0.01"), px=px)
    assert sim.exchange.place(replace(order, stops=(stop,))).s_code == "0"


def channels(read: list[RecordedFrame]) -> set[str]:
    return {json.loads(one.raw).get("arg", {}).get("channel", "") for one in read}


async def test_account_s_pushes_are_recorded_without_any_secret(tmp_path: Path) -> None:
    heard: list[str] = []
    async with serving(key=ApiKey(**CANARIES)) as sim:
        receive = sim.server.hub._desk.receive

        def overhear(session: Session, text: str) -> None:
            heard.append(text)
            receive(session, text)

        sim.server.hub._desk.receive = overhear  # type: ignore[method-assign]
        key = Credentials(
            api_key=CANARIES["key"],
            secret_key=CANARIES["secret"],
            passphrase=CANARIES["passphrase"],
        )
        read = await recorded(sim, tmp_path, key=key)
    kept = "".join(one.raw for one in read)
    logins = [json.loads(text)["args"][0] for text in heard if '"login"' in text]
    assert len(logins) == 2
    secrets = {*CANARIES.values(), *(login["sign"] for login in logins), '"sign"', '"login"'}
    assert [secret for secret in secrets if secret in kept] == []
    of_channel = {json.loads(one.raw).get("arg", {}).get("channel"): one.channel for one in read}
    assert (of_channel["orders"], of_channel["orders-algo"]) == (Channel.PRIVATE, Channel.BUSINESS)


async def test_recording_without_an_account_opens_no_private_socket(tmp_path: Path) -> None:
    async with serving() as sim:
        read = await recorded(sim, tmp_path, key=None)
    assert {one.channel for one in read} <= {Channel.PUBLIC, Channel.BUSINESS, Channel.REST}
    assert channels(read).isdisjoint({"account", "positions", "orders", "orders-algo"})


async def test_refused_key_ends_the_recording_with_its_error(tmp_path: Path) -> None:
    key = Credentials(api_key="other", secret_key="sim", passphrase="sim")
    made = writer(tmp_path)
    async with serving() as sim:
        here = Endpoints(rest_url=sim.server.rest_url, ws_url=sim.server.ws_url, is_demo=False)
        feed, venue = connect(here, key, QuickClock(), tap=made.take)
        with pytest.raises(KeysRejected, match="60005"):
            await record(feed, made, [InstId(INST)], QuickClock(), venue)
        await feed.aclose()
