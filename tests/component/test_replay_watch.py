"""The replay keeps watch between decisions, as the desk does: no model is asked to get out."""

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tai2.daemon.replay import ReplayRequest, replayed
from tai2.daemon.summary import ReplaySummary
from tai2.settings.sections import Settings
from tests.fakes.reasoners import ScriptedReasoner, buy

HOURS = 5
SLOW_S = Decimal(10_800)
"""Between decisions: longer than the horizon of one."""


def quiet_market(path: Path) -> Path:
    """Write some hours of minutes in which no stop and no target is reached."""
    chance, px = random.Random(3), 40_000.0
    lines = ["timestamp,open,high,low,close,volume"]
    for minute in range(HOURS * 60):
        close = 40_000.0 + chance.gauss(0, 4)
        top, low = max(px, close) + 1, min(px, close) - 1
        prices = ",".join(f"{each:.1f}" for each in (px, top, low, close))
        lines.append(f"2022-01-01 {minute // 60:02}:{minute % 60:02}:00,{prices},5")
        px = close
    file = path / "quiet.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


async def replay(path: Path, **said: Any) -> ReplaySummary:
    request = ReplayRequest(
        path=quiet_market(path),
        inst_id="BTC-USDT-SWAP",
        from_ms=None,
        to_ms=None,
        equity="10000",
        volume_unit="base",
        out=None,
    )
    settings = Settings().model_copy(update={"ws_update_interval": SLOW_S})
    return await replayed(settings, request, lambda *_: None, ScriptedReasoner(buy(50, **said)))


@pytest.mark.parametrize(("horizon_min", "legs"), [(60, {"entry", "emergency"}), (240, {"entry"})])
async def test_idea_that_nobody_renews_ends_at_its_horizon(
    tmp_path: Path, horizon_min: int, legs: set[str]
) -> None:
    summary = await replay(tmp_path, time_horizon_minutes=horizon_min)
    assert set(summary.sections["fills_by_leg"]) == legs
