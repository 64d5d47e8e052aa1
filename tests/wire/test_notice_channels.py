"""Notices over a real socket: what a webhook gets, what apprise sends, what failure looks like."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from aiohttp import web

from tai2.daemon.notices.channels import ChannelFailed, open_channels
from tai2.daemon.notices.mailbag import MailRule
from tai2.daemon.notices.notifier import NoticePlan, Notifier, Outlook
from tai2.engine.bus import Bus
from tai2.engine.clock import StepClock
from tai2.engine.service import Pulse
from tai2.model.controls import TradingState
from tai2.model.errors import ConfigError
from tai2.model.events import ControlsChanged
from tai2.model.notice import Grade, Notice
from tests.builders.market import NOW, controls

NOTICE = Notice(grade=Grade.URGENT, key="k", title="Trading is HALTED", text="Why.", ts=NOW)
SENDER = "tai2 main (sim)"
# apprise imports it on Python below 3.13
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@dataclass
class Inbox:
    """An HTTP server that keeps what it is sent."""

    url: str = ""
    status: int = 200
    got: "asyncio.Queue[dict[str, Any]]" = field(default_factory=asyncio.Queue)

    async def take(self, request: web.Request) -> web.Response:
        self.got.put_nowait(json.loads(await request.text()))
        return web.Response(status=self.status)

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(60):
            return await self.got.get()


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    inbox, app = Inbox(), web.Application()
    app.router.add_post("/hook/canary-token", inbox.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    inbox.url = f"127.0.0.1:{port}/hook/canary-token"
    yield inbox
    await runner.cleanup()


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


async def test_a_webhook_gets_the_notice_as_json(inbox: Inbox, client: httpx.AsyncClient) -> None:
    (channel,) = open_channels(f"http://{inbox.url}", SENDER, client)
    await channel.send(NOTICE)
    assert await inbox.next() == {
        "schema": "tai2.notice/1",
        "sender": SENDER,
        "grade": "urgent",
        "key": "k",
        "title": "Trading is HALTED",
        "text": "Why.",
        "time": "2023-11-14T22:13:20.000Z",
    }


async def test_apprise_delivers_to_its_own_services(
    inbox: Inbox, client: httpx.AsyncClient
) -> None:
    (channel,) = open_channels(f"json://{inbox.url}", SENDER, client)
    await channel.send(NOTICE)
    got = await inbox.next()
    assert channel.name == "json-1"
    assert (got["title"], got["message"]) == (f"{SENDER}: Trading is HALTED", "Why.")
    assert got["type"] == "failure"


@pytest.mark.parametrize("scheme", ["http", "json"])
async def test_a_refusal_is_a_failure_that_hides_the_address(
    inbox: Inbox, client: httpx.AsyncClient, scheme: str
) -> None:
    inbox.status = 500
    (channel,) = open_channels(f"{scheme}://{inbox.url}", SENDER, client)
    with pytest.raises(ChannelFailed) as failure:
        await channel.send(NOTICE)
    assert "canary" not in str(failure.value)


async def test_nobody_listening_is_a_failure(client: httpx.AsyncClient) -> None:
    (channel,) = open_channels("http://127.0.0.1:1/canary", SENDER, client)
    with pytest.raises(ChannelFailed, match="webhook-1: ConnectError"):
        await channel.send(NOTICE)


@pytest.mark.parametrize("address", ["canary-no-scheme", "nosuchservice://canary"])
async def test_a_malformed_address_is_refused_without_repeating_it(
    client: httpx.AsyncClient, address: str
) -> None:
    with pytest.raises(ConfigError) as error:
        open_channels(address, SENDER, client)
    assert "canary" not in error.value.message + error.value.hint


@dataclass
class Watched:
    """A running notifier and the bus that it watches."""

    bus: Bus
    clock: StepClock

    async def advance(self, step_s: float) -> None:
        """Move the clock once everything that is ready has run."""
        for _ in range(20):
            await asyncio.sleep(0)
        self.clock.advance_to(self.clock.now_ms() + round(step_s * 1000))


@pytest.fixture
async def watched(inbox: Inbox, client: httpx.AsyncClient) -> AsyncIterator[Watched]:
    bus, clock = Bus(), StepClock(NOW)
    plan = NoticePlan(
        channels=open_channels(f"http://{inbox.url} http://127.0.0.1:1/gone", SENDER, client),
        rule=MailRule(least=Grade.WARNING, repeat_ms=900_000, per_hour=30),
        heartbeat_s=3_600,
    )
    outlook = Outlook(bus=bus, state=TradingState.ACTIVE, summary=lambda: "all is well")
    notifier = Notifier(plan, outlook, clock)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(notifier.run(Pulse(clock)))
        yield Watched(bus, clock)
        task.cancel()


async def test_a_halt_reaches_the_owner_beside_a_dead_channel(
    inbox: Inbox, watched: Watched
) -> None:
    halted = controls(trading_state=TradingState.HALTED, changed_by="guard", state_reason="loss")
    watched.bus.publish(ControlsChanged(controls=halted))
    assert (await inbox.next())["title"] == "Trading is HALTED"


async def test_a_desk_gives_signs_of_life(inbox: Inbox, watched: Watched) -> None:
    await watched.advance(3_600)
    got = await inbox.next()
    assert (got["title"], got["text"]) == ("Still running", "all is well")


async def test_an_urgent_notice_is_tried_again(inbox: Inbox, watched: Watched) -> None:
    inbox.status = 503
    halted = controls(trading_state=TradingState.HALTED, changed_by="guard", state_reason="loss")
    watched.bus.publish(ControlsChanged(controls=halted))
    first = await inbox.next()
    inbox.status = 200
    async with asyncio.timeout(60):
        while inbox.got.empty():
            await watched.advance(1)
    assert await inbox.next() == first
