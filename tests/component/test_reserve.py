"""A full disk halts the desk and cancels what rests, once; the daemon stays up."""

from pathlib import Path

from tai2.daemon.reserve import Reserve
from tai2.model.controls import TradingState
from tai2.store.journal.ballast import Ballast
from tests.builders.desk import DeskRig

MIB = 2**20


async def test_full_disk_halts_with_its_reason_and_says_so_until_there_is_room(
    tmp_path: Path,
) -> None:
    rig = await DeskRig().start()
    ballast, withdrawn = Ballast(tmp_path, MIB), []

    async def withdraw() -> bool:
        withdrawn.append(rig.engine.controls.current.trading_state)
        return True

    health = rig.engine.health
    reserve = Reserve(ballast, rig.engine.alarm, withdraw, health.report, rig.clock)
    ballast.keep()
    await reserve.look()
    assert withdrawn == []
    ballast.release()
    for _ in range(2):
        await reserve.look()
    current = rig.engine.controls.current
    assert current.trading_state is TradingState.HALTED
    assert current.state_reason == "journal: the disk is full: make room, then resume"
    assert withdrawn == [TradingState.HALTED]
    assert [part.is_ok for part in health.parts() if part.part == "disk"] == [False]
    ballast.keep()
    await reserve.look()
    assert [part.is_ok for part in health.parts() if part.part == "disk"] == [True]
