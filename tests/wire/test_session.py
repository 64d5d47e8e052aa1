"""A session with a daemon over a real socket: attaches, follows, loses, attaches again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tai2.client.condition import Attached, Connecting, Lost, Mismatch
from tai2.client.outlook import CONDITION
from tai2.client.session import Session
from tai2.daemon.server import SocketServer, owner_rules
from tai2.daemon.watch_handlers import WatchHandlers
from tai2.model.controls import TradingState
from tai2.model.errors import Refused
from tai2.wire import rpc
from tai2.wire.codec import Tree
from tai2.wire.controls import HALT, ReasonParams, TradingStateReply
from tai2.wire.method import HELLO, Hello, NoParams, bind, bind_stream
from tai2.wire.past import ASK, AskEvent, AskParams, AskReply, AskStep
from tai2.wire.status import STATUS
from tests.builders.desk import DeskRig
from tests.builders.watching import hub_of

US = Hello(protocol=rpc.PROTOCOL, version="0.1.0", mode="sim", instance="main", pid=1, state_dir="")


class Daemon:
    """A socket server over a real hub; stops and starts again on the same path."""

    def __init__(self, rig: DeskRig, path: Path) -> None:
        self.rig = rig
        self.path = path
        self.hub = hub_of(rig)
        self.hello = US
        self.ended = asyncio.Event()
        self.table: dict[str, Any] = {
            HELLO.name: bind(HELLO, self.greet),
            HALT.name: bind(HALT, self.halt),
            STATUS.name: self.strange,
            ASK.name: bind_stream(ASK, self.ask),
            **WatchHandlers(hub=self.hub).table(),
        }

    async def greet(self, _params: NoParams) -> Hello:
        return self.hello

    async def halt(self, params: ReasonParams) -> TradingStateReply:
        if params.reason == "no":
            raise Refused("not now", "later")
        return TradingStateReply(trading_state=TradingState.HALTED)

    async def strange(self, _params: dict[str, object]) -> Tree:
        return {"nothing": "known"}

    async def ask(self, _params: AskParams, emit: Callable[[AskEvent], None]) -> AskReply:
        emit(AskEvent(step=AskStep.DELTA, text="a"))
        try:
            await asyncio.Event().wait()
            raise AssertionError
        finally:
            self.ended.set()

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        server, ready = SocketServer(self.path, self.table, owner_rules()), asyncio.Event()
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(server.serve(ready.set))
            await ready.wait()
            try:
                yield
            finally:
                serving.cancel()


@pytest.fixture
async def daemon(tmp_path: Path) -> Daemon:
    return Daemon(await DeskRig().start(), tmp_path / "s")


@asynccontextmanager
async def attached(daemon: Daemon, **options: Any) -> AsyncIterator[Session]:
    session = Session({"TAI2_SOCKET": str(daemon.path)}, **options)
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        task = group.create_task(session.run())
        yield session
        task.cancel()


async def until(session: Session, is_so: Callable[[], bool]) -> None:
    while not is_so():
        await session.changes()


async def test_it_attaches_and_shows_the_daemon_s_state(daemon: Daemon) -> None:
    async with daemon.up(), attached(daemon) as session:
        await until(session, lambda: session.state is not None)
        assert session.condition == Attached(hello=US, since_s=session.condition.since_s)  # type: ignore[union-attr]
        assert session.state == daemon.hub.state
        assert session.age_ms("account") is not None
        assert session.age_ms("guards") is None


async def test_it_follows_what_changes(daemon: Daemon) -> None:
    async with daemon.up(), attached(daemon) as session:
        await until(session, lambda: session.state is not None)
        await daemon.rig.engine.controls.set_state(TradingState.HALTED, "test", "operator")
        daemon.rig.advance(1_000)
        await daemon.hub.step()
        await until(session, lambda: session.state.meta.state_reason == "test")  # type: ignore[union-attr]
        assert session.state == daemon.hub.state


async def test_no_daemon_is_a_condition_not_an_exception(daemon: Daemon) -> None:
    async with attached(daemon) as session:
        await until(
            session,
            lambda: isinstance(session.condition, Connecting) and bool(session.condition.reason),
        )
        answer = await session.call(HALT, ReasonParams(reason="x"))
        assert isinstance(answer, rpc.Fault)
        assert answer.kind == "DaemonNotRunning"
        assert session.state is None


async def test_a_lost_daemon_leaves_the_picture_and_comes_back(daemon: Daemon) -> None:
    async with attached(daemon) as session:
        async with daemon.up():
            await until(session, lambda: session.state is not None)
            before = session.state
        await until(session, lambda: isinstance(session.condition, Lost))
        assert session.state is before
        async with daemon.up():
            session.retry()
            await until(session, lambda: session.is_attached)
            await until(session, lambda: session.state is not before)
        assert session.state == daemon.hub.state


async def test_another_protocol_is_said_with_both_versions(daemon: Daemon) -> None:
    daemon.hello = replace(US, protocol=99, version="9.0")
    async with daemon.up(), attached(daemon) as session:
        await until(session, lambda: isinstance(session.condition, Mismatch))
        found = session.condition
        assert isinstance(found, Mismatch)
        assert (found.theirs, found.their_protocol, found.ours) == ("9.0", 99, rpc.PROTOCOL)
        assert session.state is None


async def test_calls_share_the_connection_with_the_watch(daemon: Daemon) -> None:
    async with daemon.up(), attached(daemon) as session:
        await until(session, lambda: session.is_attached)
        answer = await session.call(HALT, ReasonParams(reason="x"))
        assert answer == TradingStateReply(trading_state=TradingState.HALTED)


@pytest.mark.parametrize("reason", ["no"])
async def test_a_refusal_is_a_fault_in_its_own_words(daemon: Daemon, reason: str) -> None:
    async with daemon.up(), attached(daemon) as session:
        await until(session, lambda: session.is_attached)
        answer = await session.call(HALT, ReasonParams(reason=reason))
        assert isinstance(answer, rpc.Fault)
        assert (answer.kind, answer.message, answer.hint) == ("Refused", "not now", "later")


async def test_an_unreadable_answer_is_a_fault_and_the_line_lives(daemon: Daemon) -> None:
    async with daemon.up(), attached(daemon) as session:
        await until(session, lambda: session.is_attached)
        answer = await session.call(STATUS, NoParams())
        assert isinstance(answer, rpc.Fault)
        assert answer.kind == "ProtocolMismatch"
        assert session.is_attached


async def test_a_read_only_session_refuses_control_before_it_is_sent(daemon: Daemon) -> None:
    async with daemon.up(), attached(daemon, is_readonly=True) as session:
        await until(session, lambda: session.is_attached)
        answer = await session.call(HALT, ReasonParams(reason="x"))
        assert isinstance(answer, rpc.Fault)
        assert "read-only" in answer.message


async def test_an_abandoned_question_is_ended_at_the_daemon(daemon: Daemon) -> None:
    async with daemon.up(), attached(daemon) as session:
        await until(session, lambda: session.is_attached)
        told, heard = [], asyncio.Event()

        def happened(event: AskEvent) -> None:
            told.append(event.text)
            heard.set()

        async with asyncio.TaskGroup() as group:
            params = AskParams(question="why?")
            asking = group.create_task(session.stream(ASK, params, happened, 9.0))
            await heard.wait()
            asking.cancel()
        await daemon.ended.wait()
        assert told == ["a"]
        assert session.is_attached


async def test_a_silent_stream_meets_its_deadline(daemon: Daemon) -> None:
    async with daemon.up(), attached(daemon) as session:
        await until(session, lambda: session.is_attached)
        answer = await session.stream(ASK, AskParams(question="why?"), lambda _e: None, 0.05)
        assert isinstance(answer, rpc.Fault)
        assert answer.kind == "DeadlineExceeded"


async def test_a_frame_out_of_order_starts_the_watch_anew(daemon: Daemon) -> None:
    async with daemon.up(), attached(daemon) as session:
        await until(session, lambda: session.state is not None)
        session._picture._trees["meta"] = {"rev": 99}
        await daemon.rig.engine.controls.set_state(TradingState.HALTED, "test", "operator")
        daemon.rig.advance(1_000)
        await daemon.hub.step()
        await until(session, lambda: session.state.meta.state_reason == "test")  # type: ignore[union-attr]
        assert session.state == daemon.hub.state


async def test_what_is_watched_can_be_changed(daemon: Daemon) -> None:
    async with daemon.up(), attached(daemon, topics=("meta",)) as session:
        await until(session, lambda: session.state is not None)
        assert session.state is not None
        assert session.state.account.rev == 0
        session.watch(("meta", "account"))
        await until(session, lambda: session.state is not None and session.state.account.rev > 0)


async def test_listeners_hear_names_until_they_leave(daemon: Daemon) -> None:
    session = Session({"TAI2_SOCKET": str(daemon.path)})
    heard: list[frozenset[str]] = []
    leave = session.listen(heard.append)
    session._become(Connecting())
    leave()
    session._become(Connecting())
    assert heard == [frozenset({CONDITION})]


async def test_ages_and_the_daemon_s_clock_go_on_without_it(daemon: Daemon) -> None:
    passed = [0.0]
    async with daemon.up(), attached(daemon, monotonic=lambda: passed[0]) as session:
        await until(session, lambda: session.state is not None)
        now, old = session.now_ms(), session.age_ms("meta")
        passed[0] += 14.0
        assert now is not None
        assert old is not None
        assert session.now_ms() == now + 14_000
        assert session.age_ms("meta") == old + 14_000
        assert session.silence_ms() == 14_000
