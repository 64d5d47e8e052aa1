"""Paid calls: retried once inside their patience, paused by the breaker, settled to the cent."""

from decimal import Decimal

import pytest

from tai2.engine.clock import StepClock
from tai2.llm.breaker import Limits, Phase
from tai2.llm.budget import Caps, Purse
from tai2.llm.chat import ChatFailed, Code, Completion
from tai2.llm.models import model_in
from tai2.llm.patience import Patience
from tests.fakes.openrouter.knobs import TRANSPORT, Knobs, Mix
from tests.fakes.openrouter.server import fixed
from tests.wire.llm_support import NEVER, Room, llm_room, question

GOOD = "exactly this → text"


async def test_a_failure_that_may_pass_is_retried_once() -> None:
    async with llm_room() as room:
        room.fake.answer = fixed(GOOD)
        room.fake.fail(Knobs(http=502))
        called = await room.ask(tries=2)
    assert isinstance(called.outcome, Completion)
    assert len(room.fake.journal) == 2
    assert called.cost_usd == room.fake.cost_usd


async def test_no_more_calls_than_the_patience_has() -> None:
    async with llm_room() as room:
        room.fake.fail(*[Knobs(http=502)] * 9)
        called = await room.ask(tries=2)
    assert isinstance(called.outcome, ChatFailed)
    assert called.outcome.code is Code.SERVER
    assert len(room.fake.journal) == 2


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422])
async def test_a_refusal_for_good_is_not_repeated(status: int) -> None:
    async with llm_room() as room:
        room.fake.fail(Knobs(http=status))
        called = await room.ask(tries=2)
    assert isinstance(called.outcome, ChatFailed)
    assert len(room.fake.journal) == 1


async def test_retry_after_is_waited_for_inside_the_deadline() -> None:
    async with llm_room() as room:
        room.fake.fail(Knobs(http=429, retry_after="3"))
        called = await room.ask(deadline_s=5, tries=2)
    assert isinstance(called.outcome, Completion)
    assert 3 <= room.clock.slept_s[0] < 4


async def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    async with llm_room() as room:
        room.fake.fail(Knobs(http=429, retry_after="30"))
        called = await room.ask(deadline_s=5, tries=2)
    assert isinstance(called.outcome, ChatFailed)
    assert called.outcome.code is Code.RATE_LIMITED
    assert room.clock.slept_s == []
    assert len(room.fake.journal) == 1


async def test_nothing_is_repeated_once_text_was_heard() -> None:
    heard: list[str] = []
    async with llm_room() as room:
        room.fake.answer = fixed(GOOD)
        room.fake.fail(Knobs(midstream_error_after=1))
        called = await room.ask(tries=2, heard=heard.append)
    assert isinstance(called.outcome, ChatFailed)
    assert len(room.fake.journal) == 1


async def test_patience_that_is_over_sends_nothing() -> None:
    async with llm_room() as room:
        called = await room.ask(deadline_s=0)
    assert isinstance(called.outcome, ChatFailed)
    assert called.outcome.code is Code.TIMEOUT
    assert room.fake.journal == []


async def test_patience_is_spent_by_time_and_by_calls() -> None:
    clock = StepClock(0)
    patience = Patience(clock, 10, calls=1)
    clock.advance_to(4_000)
    assert (patience.left_s(), patience.spent_ms(), patience.is_over()) == (6, 4_000, False)
    patience.take_call()
    assert patience.is_over()
    assert not await patience.pause(0)
    clock.advance_to(60_000)
    assert patience.left_s() == 0


async def test_a_dead_server_is_left_alone_until_the_pause_is_over() -> None:
    async with llm_room(limits=Limits(failures=3, pause_s=300)) as room:
        room.fake.fail(*[Knobs(http=502)] * 3)
        for _ in range(3):
            await room.ask()
        called = await room.ask()
    assert isinstance(called.outcome, ChatFailed)
    assert called.outcome.code is Code.PAUSED
    assert "502" in called.outcome.detail
    assert len(room.fake.journal) == 3
    assert await room.calls.budget.spent_today_usd() == 0


async def test_a_rejected_key_pauses_at_the_first_refusal() -> None:
    async with llm_room() as room:
        room.fake.key = "sk-or-another"
        called = await room.ask(tries=2)
    assert isinstance(called.outcome, ChatFailed)
    assert called.outcome.code is Code.KEY_REJECTED
    assert room.calls.breaker.phase is Phase.OPEN


async def test_a_call_over_budget_is_never_sent() -> None:
    caps = Caps(per_call_usd=Decimal("0.0001"))
    async with llm_room(caps=caps) as room:
        called = await room.ask(tries=2)
    assert isinstance(called.outcome, ChatFailed)
    assert called.outcome.code is Code.BUDGET_CALL
    assert room.fake.journal == []


async def test_an_unknown_price_reserves_the_whole_cap_of_a_call() -> None:
    caps = Caps(per_call_usd=Decimal(3), per_day_usd=Decimal(5))
    async with llm_room(caps=caps) as room:
        room.catalogue.models = {}
        room.fake.fail(Knobs(drop_connect=True))
        called = await room.ask()
        refused = await room.ask()
    assert called.cost_usd == 3
    assert isinstance(refused.outcome, ChatFailed)
    assert refused.outcome.code is Code.BUDGET_DAY


async def test_a_cost_without_usage_is_looked_up() -> None:
    async with llm_room() as room:
        room.fake.fail(Knobs(no_usage=True))
        called = await room.ask()
    assert called.cost_usd == room.fake.cost_usd > 0


async def test_a_cost_that_is_not_known_yet_stays_the_worst_case() -> None:
    async with llm_room() as room:
        room.fake.fail(Knobs(truncate_bytes=200))
        room.fake.generation_404s = 9
        called = await room.ask()
    assert called.cost_usd > room.fake.cost_usd
    assert await room.calls.budget.spent_today_usd() == called.cost_usd


async def test_a_plain_server_costs_what_its_tokens_cost() -> None:
    async with llm_room(is_plain=True) as room:
        model = model_in(room.fake.models["acme/quant-large"].listed())
        assert model is not None
        room.catalogue.models = {model.model_id: model}
        called = await room.ask()
    assert called.cost_usd == room.fake.cost_usd > 0


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("is_stream", [False, True])
async def test_under_random_faults_no_bad_text_passes_and_every_cent_is_known(
    seed: int, is_stream: bool
) -> None:
    async with llm_room(limits=NEVER) as room:
        room.fake.answer = fixed(GOOD)
        room.fake.faults = Mix(seed, TRANSPORT, share=0.7)
        outcomes = [await one_call(room, is_stream=is_stream) for _ in range(100)]
        spent = await room.calls.budget.spent_today_usd()
    texts = {each.text for each in outcomes if isinstance(each, Completion)}
    codes = {each.code for each in outcomes if isinstance(each, ChatFailed)}
    assert texts == {GOOD}
    assert len(codes) > 8
    assert room.calls.reported_usd == room.fake.cost_usd
    lost = sum(e.knobs.drop_connect or e.knobs.http in (504, 524) for e in room.fake.journal)
    worst = room.calls._worst_usd(question(), Purse())
    assert spent == room.fake.cost_usd + lost * worst


async def one_call(room: Room, *, is_stream: bool) -> Completion | ChatFailed:
    called = await room.ask(tries=2, heard=(lambda _piece: None) if is_stream else None)
    return called.outcome


async def test_the_caps_hold_under_random_faults() -> None:
    caps = Caps(per_call_usd=Decimal(1), per_day_usd=Decimal("0.1"))
    async with llm_room(caps=caps, limits=NEVER) as room:
        room.fake.faults = Mix(5, TRANSPORT, share=0.5)
        room.fake.generation_404s = 10_000
        outcomes = [await one_call(room, is_stream=False) for _ in range(60)]
    assert room.fake.cost_usd <= caps.per_day_usd
    assert isinstance(outcomes[-1], ChatFailed)
    assert outcomes[-1].code is Code.BUDGET_DAY
