"""The stages of a maintenance, exact to the millisecond."""

from dataclasses import replace

import pytest

from tai2.model.maintenance import Maintenance, Progress, Stage
from tests.builders.market import NOW

MINUTE = 60_000
PLANNED = Maintenance(
    title="upgrade",
    progress=Progress.SCHEDULED,
    begin_ms=NOW,
    end_ms=NOW + 10 * MINUTE,
    touches_trading=True,
)


@pytest.mark.parametrize(
    ("at_ms", "stage"),
    [
        (-15 * MINUTE - 1, Stage.NONE),
        (-15 * MINUTE, Stage.ANNOUNCED),
        (-5 * MINUTE - 1, Stage.ANNOUNCED),
        (-5 * MINUTE, Stage.NEAR),
        (-1, Stage.NEAR),
        (0, Stage.ONGOING),
        (60 * MINUTE, Stage.ONGOING),
    ],
)
def test_planned_maintenance_holds_until_the_exchange_says_that_it_is_over(
    at_ms: int, stage: Stage
) -> None:
    assert PLANNED.stage(NOW + at_ms, None, 0) is stage


@pytest.mark.parametrize("progress", [Progress.ONGOING, Progress.PRE_OPEN])
def test_maintenance_under_way_counts_before_its_time(progress: Progress) -> None:
    assert replace(PLANNED, progress=progress).stage(NOW - MINUTE, None, 0) is Stage.ONGOING


@pytest.mark.parametrize(
    ("after_ms", "swept_ms", "stage"),
    [
        (2 * MINUTE - 1, NOW + 1, Stage.SETTLING),
        (2 * MINUTE, NOW + 1, Stage.NONE),
        (9 * MINUTE, NOW, Stage.SETTLING),
    ],
)
def test_it_settles_for_two_minutes_and_until_all_is_reconciled(
    after_ms: int, swept_ms: int, stage: Stage
) -> None:
    over = replace(PLANNED, progress=Progress.COMPLETED)
    assert over.stage(NOW + after_ms, NOW, swept_ms) is stage


@pytest.mark.parametrize("change", [{"progress": Progress.CANCELED}, {"touches_trading": False}])
def test_cancelled_and_foreign_ones_ask_nothing(change: dict[str, object]) -> None:
    assert replace(PLANNED, **change).stage(NOW, None, 0) is Stage.NONE  # type: ignore[arg-type]
