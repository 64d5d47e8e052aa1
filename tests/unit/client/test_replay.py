"""A recorded watch played back: the same picture, and nobody to ask."""

import asyncio
from pathlib import Path

import pytest

from tai2.client.condition import Attached, Connecting
from tai2.client.picture import Gap, Picture
from tai2.client.recording import frames, last_picture, line_of
from tai2.client.replay import Replay
from tai2.model.errors import DataInvalid, UsageError
from tai2.view.patch import pruned
from tai2.wire import rpc
from tai2.wire.codec import to_tree
from tai2.wire.method import NoParams
from tai2.wire.status import STATUS
from tai2.wire.watch import BEAT, STATE, WatchFrame
from tests.builders.views import NOW, desk

WHOLE = WatchFrame(topic=STATE, now=NOW, body=pruned(to_tree(desk())))
PATCH = WatchFrame(
    topic="meta", now=NOW + 60_000, base=1, rev=2, body={"rev": 2, "state_reason": "news"}
)


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    path = tmp_path / "desk.ndjson"
    lines = (line_of(WHOLE), "", line_of(WatchFrame(topic=BEAT, now=NOW + 1)), line_of(PATCH))
    path.write_text("\n".join(lines) + "\n")
    return path


def test_frames_survive_the_file(recorded: Path) -> None:
    assert tuple(frames(recorded)) == (WHOLE, WatchFrame(topic=BEAT, now=NOW + 1), PATCH)


def test_a_whole_state_reads_back_as_it_was() -> None:
    picture = Picture()
    picture.apply(WHOLE)
    assert picture.state == desk()


def test_the_end_of_a_recording_is_a_picture(recorded: Path) -> None:
    state = last_picture(recorded).state
    assert state is not None
    assert (state.meta.state_reason, state.account) == ("news", desk().account)


async def test_a_replay_looks_like_an_attached_session(recorded: Path) -> None:
    replay = Replay(recorded, speed=0)
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        task = group.create_task(replay.run())
        while replay.state is None or replay.state.meta.rev < 2:
            await replay.changes()
        task.cancel()
    assert isinstance(replay.condition, Attached)
    assert replay.condition.hello.mode == "paper"
    assert replay.now_ms() is not None


async def test_nothing_can_be_asked_of_a_recording(recorded: Path) -> None:
    answer = await Replay(recorded).call(STATUS, NoParams())
    assert isinstance(answer, rpc.Fault)
    assert "recording" in answer.message


async def test_a_line_that_is_no_frame_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.ndjson"
    path.write_text(line_of(WHOLE) + "\n{\n")
    with pytest.raises(DataInvalid, match=r"bad\.ndjson, line 2"):
        last_picture(path)
    replay = Replay(path, speed=0)
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        task = group.create_task(replay.run())
        while not isinstance(replay.condition, Connecting) or not replay.condition.reason:
            await replay.changes()
        task.cancel()
    assert replay.state is not None


def test_a_missing_recording_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't read"):
        tuple(frames(tmp_path / "none"))


@pytest.mark.parametrize("base", [0, 2, None])
def test_a_patch_on_another_revision_is_a_gap(base: int | None) -> None:
    picture = Picture()
    picture.apply(WHOLE)
    with pytest.raises(Gap):
        picture.apply(WatchFrame(topic="meta", now=NOW, base=base, rev=3, body={"rev": 3}))


def test_an_unreadable_section_names_its_topic() -> None:
    picture = Picture()
    picture.apply(WHOLE)
    with pytest.raises(DataInvalid, match="a frame of account"):
        picture.apply(
            WatchFrame(topic="account", now=NOW, base=1, rev=2, body={"equity": {"x": 1}})
        )
