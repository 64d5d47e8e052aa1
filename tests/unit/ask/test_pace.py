"""Six questions a minute, sixty an hour, by the clock."""

from tai2.ask.pace import Pace
from tai2.engine.clock import StepClock


def test_the_seventh_of_a_minute_waits_for_the_first_to_age() -> None:
    clock = StepClock(0)
    pace = Pace(clock)
    for second in range(6):
        clock.advance_to(second * 1_000)
        assert pace.admit() == 0
    assert pace.admit() == 55
    clock.advance_to(59_999)
    assert pace.admit() == 1
    clock.advance_to(60_000)
    assert pace.admit() == 0


def test_the_sixty_first_of_an_hour_waits() -> None:
    clock = StepClock(0)
    pace = Pace(clock)
    for number in range(60):
        clock.advance_to(number * 10_000)
        assert pace.admit() == 0
    clock.advance_to(600_000)
    assert pace.admit() == 3_000
    clock.advance_to(3_600_000)
    assert pace.admit() == 0


def test_a_refused_question_is_not_counted() -> None:
    clock = StepClock(0)
    pace = Pace(clock, per_minute=1)
    assert [pace.admit(), pace.admit(), pace.admit()] == [0, 60, 60]
    clock.advance_to(60_000)
    assert pace.admit() == 0
