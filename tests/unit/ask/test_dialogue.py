"""Facts come first, always; a model may then explain, within its allowance, and is checked."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.ask.dialogue import MAX_QUESTION, Dialogue
from tai2.ask.events import (
    Answered,
    AskEvent,
    Delta,
    Exchange,
    Failed,
    FunnelReady,
    Looking,
    Waiting,
)
from tai2.ask.inquiry import Allowance
from tai2.ask.tools import SPECS
from tai2.model.errors import JournalFailed, UsageError
from tai2.ports.chat import ChatEvent, ChatMessage, StillWorking, TextDelta
from tests.builders.asking import FixedDesk, FixedHistory, of_kind, sources
from tests.builders.trades import cycle
from tests.fakes.chat import ScriptedChat, calls, fails, says

WHY = "why no trade in the last hour based on the current CVD?"
LIST = ("list_decisions", json.dumps({"since": "2023-11-14T21:00:00Z"}))
CVD = ("get_market", json.dumps({"symbol": "BTC-USDT-SWAP", "metrics": ["*cvd*"]}))
GOOD = "3 cycles ran [D-3]; one was refused [D-2], and CVD is +1.0000 [S-00deadbeef]."


async def ask(model: ScriptedChat | None, question: str = WHY, **allowed: object) -> list[AskEvent]:
    dialogue = Dialogue(sources(), model, Allowance(**allowed))
    return [event async for event in dialogue.ask(question)]


async def test_without_a_model_the_facts_are_the_answer() -> None:
    (only,) = await ask(None)
    assert isinstance(only, FunnelReady)
    assert only.is_final
    assert only.text.startswith("3 cycles in the last hour (all instruments), 1 order sent")


async def test_a_question_about_cvd_is_answered_from_look_ups_with_sources() -> None:
    model = ScriptedChat(calls(LIST), calls(CVD), says(GOOD))
    events = await ask(model)
    assert isinstance(events[0], FunnelReady)
    assert [each.tool for each in of_kind(events, Looking)] == ["list_decisions", "get_market"]
    answered = events[-1]
    assert isinstance(answered, Answered)
    assert answered.is_verified
    assert answered.footer == "sources 3/3 ok · numbers 2/2 matched"
    assert answered.citations[0].full_id == "D3"
    assert answered.cost_usd == Decimal("0.003")


async def test_words_are_streamed_before_the_answer_is_checked() -> None:
    events = await ask(ScriptedChat(says(GOOD)))
    assert "".join(each.text for each in of_kind(events, Delta)).strip() == GOOD


async def test_the_funnel_itself_can_be_cited() -> None:
    model = ScriptedChat(lambda told: says(f"3 cycles ran {told[-1].content.split()[3]}."))
    answered = (await ask(model))[-1]
    assert isinstance(answered, Answered)
    assert answered.citations[0].cited.startswith("F-")
    assert answered.is_verified


async def test_what_a_tool_did_not_say_is_named_in_the_footer() -> None:
    events = await ask(ScriptedChat(says("Price was 113,410 [D-9999] and RSI 58.9 [S-1].")))
    answered = events[-1]
    assert isinstance(answered, Answered)
    assert not answered.is_verified
    assert answered.footer == (
        "sources 0/2 ok (D-9999, S-1 not found) · numbers 0/2 matched (113,410, 58.9 not found)"
    )


@pytest.mark.parametrize("question", ["buy 1 BTC", "why no trade? close everything", "halt"])
async def test_a_request_to_act_never_reaches_the_model(question: str) -> None:
    model = ScriptedChat(says("done"))
    (only,) = await ask(model, question)
    assert isinstance(only, FunnelReady)
    assert only.refusal.startswith("I can't do that")
    assert "tai2 halt" in only.text
    assert model.told == []


async def test_the_model_is_told_its_limits_and_offered_the_table_only() -> None:
    model = ScriptedChat(says(GOOD))
    await ask(model)
    assert model.told[0][0].role == "system"
    assert "You can't trade" in model.told[0][0].content
    assert model.offered == [SPECS]


async def test_each_result_answers_its_call() -> None:
    model = ScriptedChat(calls(LIST, CVD), says(GOOD))
    await ask(model)
    wish, *results = model.told[1][-3:]
    assert [call.call_id for call in wish.tool_calls] == ["call_0", "call_1"]
    assert [(each.role, each.tool_call_id) for each in results] == [
        ("tool", "call_0"),
        ("tool", "call_1"),
    ]


async def test_look_ups_end_after_six_rounds() -> None:
    model = ScriptedChat(calls(LIST))
    failed = (await ask(model))[-1]
    assert isinstance(failed, Failed)
    assert failed.code == "LLM_EMPTY"
    assert len(model.told) == 6
    assert "Answer now" in model.told[5][-1].content
    assert "Answer now" not in model.told[4][-1].content


async def test_words_beside_the_last_wish_are_the_answer() -> None:
    answered = (await ask(ScriptedChat(calls(LIST, text=GOOD))))[-1]
    assert isinstance(answered, Answered)
    assert answered.text == GOOD


async def test_many_calls_in_one_turn_are_cut() -> None:
    model = ScriptedChat(calls(*[LIST] * 12), says(GOOD))
    events = await ask(model)
    assert len(of_kind(events, Looking)) == 4
    assert len(model.told[1][-5].tool_calls) == 4


async def test_a_spent_budget_ends_the_question() -> None:
    model = ScriptedChat(calls(LIST, cost_usd=Decimal("0.03")))
    failed = (await ask(model))[-1]
    assert isinstance(failed, Failed)
    assert (failed.code, failed.cost_usd, len(model.told)) == ("ASK_BUDGET", Decimal("0.06"), 2)


async def test_a_conversation_never_outgrows_its_tokens() -> None:
    model = ScriptedChat(calls(LIST, CVD, ("get_prompt", "{}"), ("get_config", "{}")))
    await ask(model, tokens=3_500)
    letters = [sum(len(message.content) for message in told) for told in model.told]
    assert max(letters) <= 3_500 * 4
    assert "no room for more" in model.everything_told()


async def test_a_long_result_is_cut_to_the_room_that_is_left() -> None:
    records = [replace(cycle(n, "hold", "X"), justification="w" * 160) for n in range(50)]
    many = (LIST[0], json.dumps({"since": "2023-11-14T21:00:00Z", "limit": 50}))
    model = ScriptedChat(calls(many, many), says(GOOD))
    dialogue = Dialogue(sources(FixedHistory(records=records)), model, Allowance(tokens=9_000))
    assert isinstance([event async for event in dialogue.ask(WHY)][-1], Answered)
    first, second = [message.content for message in model.told[1][-2:]]
    assert len(second) < len(first)
    assert "more rows not shown" in second


async def test_a_model_without_tools_gets_what_it_most_likely_needs() -> None:
    model = ScriptedChat(fails("LLM_NO_TOOLS"), says(GOOD))
    answered = (await ask(model))[-1]
    assert isinstance(answered, Answered)
    assert answered.is_verified
    assert model.offered == [SPECS, ()]
    shown = model.told[1][-1].content
    assert "cvd.session +1.0000 BTC" in shown
    assert "decisions all instruments" in shown
    assert shown.count("raw reply: ") == 3
    assert len(shown) < 30_000


async def test_a_failure_leaves_the_facts_and_says_why() -> None:
    events = await ask(ScriptedChat(fails("LLM_SERVER", "oops\x1b[2J")))
    assert isinstance(events[0], FunnelReady)
    assert events[-1] == Failed(code="LLM_SERVER", detail="oops", cost_usd=Decimal(0))


async def test_a_stream_that_breaks_off_is_a_failure() -> None:
    events = await ask(ScriptedChat([TextDelta(text="half")]))
    assert isinstance(events[-1], Failed)
    assert events[-1].code == "LLM_NO_FINISH"


async def test_endless_words_are_cut_off() -> None:
    model = ScriptedChat([TextDelta(text="x" * 1_000)] * 40)
    events = await ask(model)
    assert len(of_kind(events, Delta)) == 17
    assert isinstance(events[-1], Failed)


async def test_a_silent_model_runs_out_of_time() -> None:
    class SilentChat(ScriptedChat):
        async def turn(self, messages: object, tools: object, allowed: object) -> AsyncIterator:
            yield StillWorking()
            await asyncio.Event().wait()

    dialogue = Dialogue(sources(), SilentChat(), Allowance(deadline_s=0.01, grace_s=0.01))
    events = [event async for event in dialogue.ask(WHY)]
    assert isinstance(events[-1], Failed)
    assert events[-1].code == "LLM_TIMEOUT"
    assert Waiting() in events


async def test_closing_the_answer_closes_the_model() -> None:
    model = ScriptedChat(says("one two three"))
    answer = Dialogue(sources(), model).ask(WHY)
    while not isinstance(await anext(answer), Delta):
        pass
    await answer.aclose()
    assert model.closed == 1


async def test_a_broken_history_is_a_failure_without_facts() -> None:
    class BrokenHistory(FixedHistory):
        async def funnel(self, *_: object) -> None:
            raise JournalFailed("the journal is away")

    dialogue = Dialogue(sources(BrokenHistory()), ScriptedChat(says(GOOD)))
    (failed,) = [event async for event in dialogue.ask(WHY)]
    assert isinstance(failed, Failed)
    assert (failed.code, failed.detail) == ("ASK_HISTORY", "the journal is away")


async def test_a_history_that_hangs_is_a_failure() -> None:
    class HangingHistory(FixedHistory):
        async def funnel(self, *_: object) -> None:
            await asyncio.Event().wait()

    dialogue = Dialogue(sources(HangingHistory()), None, Allowance(facts_s=0.01))
    (failed,) = [event async for event in dialogue.ask(WHY)]
    assert isinstance(failed, Failed)
    assert failed.code == "ASK_HISTORY"


async def test_a_look_up_that_hangs_is_told_to_the_model() -> None:
    class HangingHistory(FixedHistory):
        async def totals(self, query: object) -> None:
            await asyncio.Event().wait()

    model = ScriptedChat(calls(("performance", '{"since": "2023-11-14T21:00:00Z"}')), says("-"))
    dialogue = Dialogue(sources(HangingHistory()), model, Allowance(deadline_s=0.05))
    assert isinstance([event async for event in dialogue.ask(WHY)][-1], Answered)
    assert model.told[1][-1].content == "error: the look-up took too long"


async def test_the_seventh_question_of_a_minute_gets_facts_only() -> None:
    model, found = ScriptedChat(says(GOOD)), sources()
    dialogue = Dialogue(found, model)
    for _ in range(6):
        assert isinstance([e async for e in dialogue.ask(WHY)][-1], Answered)
    first, last = [event async for event in dialogue.ask(WHY)]
    assert isinstance(first, FunnelReady)
    assert last == Failed(
        code="ASK_PACE", detail="too many questions: ask again in 60 s", cost_usd=Decimal(0)
    )
    assert len(model.told) == 6


async def test_a_chat_remembers_eight_exchanges() -> None:
    model = ScriptedChat(says(GOOD))
    past = [Exchange(question=f"q{n}", answer=f"a{n}") for n in range(12)]
    _ = [event async for event in Dialogue(sources(), model).ask(WHY, past)]
    roles = [message.role for message in model.told[0]]
    assert roles == ["system", *["user", "assistant"] * 8, "user"]
    assert model.told[0][1].content == "q4"


async def test_earlier_words_are_cleaned_too() -> None:
    model = ScriptedChat(says(GOOD))
    past = [Exchange(question="q\x1b[2J</facts>", answer="a" * 5_000)]
    _ = [event async for event in Dialogue(sources(), model).ask(WHY, past)]
    assert model.told[0][1].content == "q(facts)"
    assert len(model.told[0][2].content) == 2_000


async def test_earlier_answers_are_no_source() -> None:
    model = ScriptedChat(says("RSI is 77.7 [D-42]."))
    past = [Exchange(question="rsi?", answer="RSI is 77.7 [D-42].")]
    events = [event async for event in Dialogue(sources(), model).ask(WHY, past)]
    assert isinstance(events[-1], Answered)
    assert not events[-1].is_verified


@pytest.mark.parametrize("question", ["", " \n", "\x1b[2J\u200b", "x" * (MAX_QUESTION + 1)])
async def test_an_empty_or_endless_question_is_a_usage_error(question: str) -> None:
    with pytest.raises(UsageError):
        await anext(Dialogue(sources()).ask(question))


async def test_two_questions_at_once_share_nothing_but_the_pace() -> None:
    def echo(told: Sequence[ChatMessage]) -> Sequence[ChatEvent]:
        return says(told[-1].content.rpartition("QUESTION\n")[2])

    dialogue = Dialogue(sources(desk=FixedDesk()), ScriptedChat(echo))
    first, second = dialogue.ask("first?"), dialogue.ask("second?")
    texts = [[], []]
    for _ in range(3):
        for place, asked in enumerate((first, second)):
            texts[place].append(await anext(asked))
    assert [events[-1].text for events in texts] == ["first?", "second?"]
