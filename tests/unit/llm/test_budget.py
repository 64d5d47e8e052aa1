"""Caps hold to the last digit, over days, purposes and restarts."""

from decimal import Decimal

from tai2.engine.clock import StepClock
from tai2.llm.budget import DAY_MS, Budget, Caps, Held, Purse
from tai2.llm.chat import ChatFailed, ChatRequest, Code, Usage
from tai2.llm.prices import Price, most_tokens_in, per_day_usd, worst_usd
from tai2.model.spend import Purpose
from tai2.store.spending import MemorySpending

CAPS = Caps(
    per_call_usd=Decimal("0.10"),
    per_day_usd=Decimal("0.25"),
    ask_per_day_usd=Decimal("0.12"),
    per_ask_usd=Decimal("0.06"),
)
PRICE = Price(prompt_usd=Decimal("0.000003"), completion_usd=Decimal("0.000015"))


def desk(ledger: MemorySpending | None = None) -> tuple[Budget, StepClock]:
    clock = StepClock(20_000 * DAY_MS)
    return Budget(CAPS, ledger or MemorySpending(), clock), clock


async def code_of(budget: Budget, worst: str, purse: Purse) -> Code | None:
    held = await budget.reserve(Decimal(worst), "acme/x", purse)
    return held.code if isinstance(held, ChatFailed) else None


async def hold(budget: Budget, worst: str, purse: Purse) -> Held:
    held = await budget.reserve(Decimal(worst), "acme/x", purse)
    assert isinstance(held, Held)
    return held


async def test_a_call_dearer_than_its_cap_is_refused() -> None:
    budget, _ = desk()
    assert await code_of(budget, "0.10", Purse()) is None
    assert await code_of(budget, "0.1000001", Purse()) is Code.BUDGET_CALL


async def test_open_reservations_count_in_full_until_settled() -> None:
    budget, _ = desk()
    held = [await hold(budget, "0.10", Purse()) for _ in range(2)]
    assert await code_of(budget, "0.06", Purse()) is Code.BUDGET_DAY
    assert await budget.settle(held[0], Decimal("0.02")) == Decimal("0.02")
    assert await code_of(budget, "0.06", Purse()) is None


async def test_an_unknown_cost_stays_reserved() -> None:
    budget, _ = desk()
    held = await hold(budget, "0.10", Purse())
    assert await budget.settle(held, None) == Decimal("0.10")
    assert await budget.spent_today_usd() == Decimal("0.10")


async def test_a_new_utc_day_has_a_new_cap() -> None:
    budget, clock = desk()
    for _ in range(2):
        await hold(budget, "0.10", Purse())
    clock.advance_to(20_001 * DAY_MS - 1)
    assert await code_of(budget, "0.10", Purse()) is Code.BUDGET_DAY
    clock.advance_to(20_001 * DAY_MS)
    assert await code_of(budget, "0.10", Purse()) is None


async def test_the_caps_of_a_question_and_of_a_days_questions_hold() -> None:
    budget, _ = desk()
    purse = budget.ask_purse()
    first = await hold(budget, "0.05", purse)
    assert await code_of(budget, "0.02", purse) is Code.BUDGET_ASK
    await budget.settle(first, Decimal("0.04"))
    assert await code_of(budget, "0.02", purse) is None
    await hold(budget, "0.06", budget.ask_purse())
    assert await code_of(budget, "0.01", budget.ask_purse()) is Code.BUDGET_DAY
    assert await code_of(budget, "0.10", Purse()) is None
    assert await budget.spent_today_usd(Purpose.ASK) == Decimal("0.12")


async def test_a_restart_remembers_what_was_reserved() -> None:
    ledger = MemorySpending()
    before, _ = desk(ledger)
    await hold(before, "0.10", Purse())
    after, _ = desk(ledger)
    assert await after.spent_today_usd() == Decimal("0.10")


def test_the_worst_case_is_above_what_any_tokenizer_can_count() -> None:
    request = ChatRequest(
        model="m", messages=({"role": "user", "content": "1 → é" * 100},), max_tokens=1_000
    )
    assert most_tokens_in(request) >= len(("1 → é" * 100).encode())
    assert worst_usd(request, PRICE) == PRICE.of(most_tokens_in(request), 1_000)


def test_the_price_of_a_day_is_the_specifications() -> None:
    assert per_day_usd(PRICE, Decimal(180)).quantize(Decimal("0.01")) == Decimal("17.28")
    dear = Price(prompt_usd=Decimal("0.000005"), completion_usd=Decimal("0.00003"))
    assert per_day_usd(dear, Decimal(3600)).quantize(Decimal("0.01")) == Decimal("1.58")


def test_a_cost_is_not_guessed_from_half_a_count() -> None:
    assert PRICE.of_usage(Usage(prompt_tokens=5)) is None
    assert PRICE.of_usage(Usage(prompt_tokens=1_000, completion_tokens=10)) == Decimal("0.00315")
