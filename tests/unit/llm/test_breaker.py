"""The breaker pauses a failing server and lets one probe through."""

from decimal import Decimal

import pytest

from tai2.engine.clock import StepClock
from tai2.llm.breaker import Breaker, Limits, Phase
from tai2.llm.chat import ChatFailed, Code, Completion, Usage

DOWN = ChatFailed(code=Code.SERVER, detail="HTTP 502")
FINE = Completion(
    text="x",
    tool_calls=(),
    message={},
    model="",
    provider="",
    generation_id="",
    usage=Usage(cost_usd=Decimal(0)),
)
LIMITS = Limits(failures=3, pause_s=60)


def opened() -> tuple[Breaker, StepClock]:
    clock = StepClock(1_000)
    breaker = Breaker(clock, LIMITS)
    for _ in range(3):
        assert breaker.admits()
        breaker.note(DOWN)
    return breaker, clock


def test_consecutive_failures_pause_and_say_why() -> None:
    breaker, _ = opened()
    assert breaker.phase is Phase.OPEN
    assert not breaker.admits()
    assert breaker.reason == "LLM_SERVER: HTTP 502"
    assert breaker.paused_s() == 60


def test_a_success_in_between_starts_the_count_anew() -> None:
    breaker = Breaker(StepClock(0), LIMITS)
    for outcome in (DOWN, DOWN, FINE, DOWN, DOWN):
        breaker.note(outcome)
    assert breaker.phase is Phase.CLOSED


def test_one_probe_passes_after_the_pause_and_its_success_closes() -> None:
    breaker, clock = opened()
    clock.advance_to(61_000)
    assert breaker.phase is Phase.HALF_OPEN
    assert [breaker.admits(), breaker.admits()] == [True, False]
    breaker.note(FINE)
    assert breaker.phase is Phase.CLOSED
    assert breaker.admits()


def test_a_failed_or_cancelled_probe_starts_another_pause() -> None:
    breaker, clock = opened()
    clock.advance_to(61_000)
    assert breaker.admits()
    breaker.note(DOWN)
    assert not breaker.admits()
    clock.advance_to(121_000)
    assert breaker.admits()  # and never reported: cancelled
    clock.advance_to(181_000)
    assert breaker.admits()


@pytest.mark.parametrize("code", [Code.KEY_REJECTED, Code.NO_CREDIT])
def test_what_only_a_person_can_mend_pauses_at_once(code: Code) -> None:
    breaker = Breaker(StepClock(0), LIMITS)
    breaker.note(ChatFailed(code=code, detail=""))
    assert breaker.phase is Phase.OPEN


def test_bad_answers_and_refused_formats_are_not_outages() -> None:
    breaker = Breaker(StepClock(0), LIMITS)
    for _ in range(9):
        breaker.note(ChatFailed(code=Code.LENGTH, detail=""))
        breaker.note(ChatFailed(code=Code.BAD_REQUEST, detail="", is_format_fault=True))
    assert breaker.phase is Phase.CLOSED


def test_a_failed_probe_says_its_own_reason() -> None:
    clock = StepClock(0)
    breaker = Breaker(clock, LIMITS)
    breaker.note(ChatFailed(code=Code.NO_CREDIT, detail="HTTP 402"))
    clock.advance_to(60_000)
    assert breaker.admits()
    breaker.note(DOWN)
    assert breaker.reason == "LLM_SERVER: HTTP 502"
