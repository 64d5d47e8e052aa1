"""A paced channel keeps its rate when rounds come late, and never speaks much too soon."""

import itertools
import random

from tai2.sim.server.slots import GRACE_MS, Slots

LEAST_MS = 100
ROUND_MS = 20
START_MS = 1_725_003_123_456


def told(late_ms: int, rounds: int = 3_000, start_ms: int = START_MS) -> list[int]:
    """Return when frames go out of a state that changes all the time, rounds being late."""
    rng, slots = random.Random(late_ms), Slots(LEAST_MS)
    slots.open(start_ms)
    moments = [start_ms]
    for number in range(1, rounds + 1):
        now_ms = start_ms + number * ROUND_MS + rng.randint(0, late_ms)
        if slots.is_due(now_ms):
            slots.spend(now_ms)
            moments.append(now_ms)
    return moments


def test_rounds_on_time_tell_ten_times_a_second() -> None:
    assert len(told(0)) == 601


def test_late_rounds_cost_no_frame() -> None:
    moments = told(15)
    assert len(moments) in (600, 601)
    gaps = [after - before for before, after in itertools.pairwise(moments)]
    assert min(gaps) >= LEAST_MS - GRACE_MS


def test_silence_is_not_made_up_for() -> None:
    slots = Slots(LEAST_MS)
    slots.open(START_MS)
    slots.spend(START_MS + 5_030)
    assert not slots.is_due(START_MS + 5_129)
    assert slots.is_due(START_MS + 5_130)
    assert slots.silent_ms(START_MS + 5_130) == LEAST_MS


def test_second_follower_leaves_the_schedule_alone() -> None:
    slots = Slots(LEAST_MS)
    slots.open(START_MS)
    slots.open(START_MS + 90)
    assert slots.is_due(START_MS + 100)
