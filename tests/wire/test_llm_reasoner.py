"""The model reasoner on the fake: strict requests, lower rungs, one second question, no secrets."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import structlog

from tai2.llm.budget import Caps
from tai2.llm.connect import Spending, connect
from tai2.llm.endpoint import Endpoint
from tai2.llm.reasoner import Instructions
from tai2.log import LogRing, configure
from tai2.model.decision import Decision, DecisionRequest, NoDecision, Reply, ReplyFailed
from tai2.prompt.parse import parse_reply
from tai2.prompt.schema import decision_schema
from tai2.store.spending import MemorySpending
from tests.fakes.openrouter.damage import spoiled
from tests.fakes.openrouter.decisions import hold, trade
from tests.fakes.openrouter.knobs import CONTENT, TRANSPORT, Knobs, Mix
from tests.fakes.openrouter.server import KEY, fake_openrouter, sequence
from tests.unit.prompt.prompt_requests import request_for
from tests.wire.llm_support import NEVER, QuickClock, Room, llm_room


def asked(room: Room) -> DecisionRequest:
    return replace(request_for(), ts=room.clock.now_ms())


async def test_a_clean_answer_becomes_a_reply_and_then_a_decision() -> None:
    async with llm_room() as room:
        room.fake.answer = trade
        request = asked(room)
        reply = await room.reasoner.decide(request)
    assert isinstance(reply, Reply)
    assert reply.text == room.fake.journal[0].good_text
    assert reply.cost_usd == room.fake.cost_usd
    assert (reply.reasoner, reply.provider) == ("acme/quant-large", "AcmeCloud")
    decision = parse_reply(reply.text, request)
    assert isinstance(decision, Decision)
    assert decision.action == "BUY"


async def test_the_request_is_strict_and_keeps_the_order_of_the_schema() -> None:
    async with llm_room() as room:
        await room.reasoner.decide(asked(room))
    entry = room.fake.journal[0]
    schema = entry.body["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert list(schema["schema"]["properties"]) == list(decision_schema()["properties"])
    assert entry.body["plugins"] == [{"id": "context-compression", "enabled": False}]
    assert entry.body["provider"]["require_parameters"] is True
    assert entry.body["session_id"] == "tai2:BTC-USDT-SWAP:decide"
    assert entry.headers["X-OpenRouter-Cache"] == "false"


async def test_what_the_operator_changes_holds_from_the_next_decision_on() -> None:
    async with llm_room() as room:
        await room.reasoner.decide(asked(room))
        room.chosen = Instructions(
            model="acme/quant-small", system_prompt="Be calm. JSON.", strategy="Fade spikes."
        )
        await room.reasoner.decide(asked(room))
    first, second = (entry.body for entry in room.fake.journal)
    assert (first["model"], second["model"]) == ("acme/quant-large", "acme/quant-small")
    assert second["messages"][0]["content"] == "Be calm. JSON.\nOPERATOR STRATEGY\nFade spikes.\n"
    assert room.reasoner.label == "acme/quant-small"


async def test_temperature_goes_only_to_models_that_list_it() -> None:
    async with llm_room() as room:
        await room.reasoner.decide(asked(room))
        room.catalogue.models = {}
        await room.reasoner.decide(asked(room))
    assert [entry.body.get("temperature") for entry in room.fake.journal] == [0.2, None]


async def test_a_refused_schema_steps_one_rung_down_and_is_remembered(tmp_path: Path) -> None:
    async with llm_room(tmp_path) as room:
        room.chosen = Instructions(model="acme/no-null")
        room.fake.answer = trade
        first = await room.reasoner.decide(asked(room))
        second = await room.reasoner.decide(asked(room))
    assert isinstance(first, Reply)
    assert isinstance(second, Reply)
    kinds = ['"null"' in json.dumps(e.body["response_format"]) for e in room.fake.journal]
    assert kinds == [True, False, False]
    rungs = json.loads((tmp_path / "rungs.json").read_text())
    assert [each["rung"] for each in rungs.values()] == ["sentinel"]


async def test_zero_means_none_on_the_sentinel_rung() -> None:
    async with llm_room() as room:
        room.chosen = Instructions(model="acme/no-null")
        room.fake.answer = lambda body: hold(body).replace("null", "0")
        request = asked(room)
        reply = await room.reasoner.decide(request)
    assert isinstance(reply, Reply)
    decision = parse_reply(reply.text, request)
    assert isinstance(decision, Decision)
    assert decision.repaired == ()


@pytest.mark.parametrize(
    ("model", "kind"), [("acme/json-mode", "json_object"), ("acme/words-only", None)]
)
async def test_a_model_without_schemas_reads_it_in_the_prompt(model: str, kind: str | None) -> None:
    async with llm_room() as room:
        room.chosen = Instructions(model=model)
        reply = await room.reasoner.decide(asked(room))
    assert isinstance(reply, Reply)
    body = room.fake.journal[0].body
    assert body.get("response_format", {}).get("type") == kind
    assert '"position_effect"' in body["messages"][0]["content"]


async def test_an_unreadable_reply_is_asked_for_once_more() -> None:
    async with llm_room() as room:
        room.fake.answer = trade
        room.fake.fail(Knobs(malformed="cut"))
        reply = await room.reasoner.decide(asked(room))
    assert isinstance(reply, Reply)
    assert reply.text == room.fake.journal[1].good_text
    assert reply.cost_usd == room.fake.cost_usd
    shown, fault = room.fake.journal[1].body["messages"][-2:]
    assert shown["content"] == spoiled(room.fake.journal[0].good_text, Knobs(malformed="cut"))
    assert "UNBALANCED" in fault["content"]


async def test_it_stays_at_two_calls_when_the_second_is_unreadable_too() -> None:
    async with llm_room() as room:
        room.fake.fail(*[Knobs(malformed="cut")] * 5)
        request = asked(room)
        reply = await room.reasoner.decide(request)
    assert len(room.fake.journal) == 2
    assert isinstance(reply, Reply)
    assert isinstance(parse_reply(reply.text, request), NoDecision)


@pytest.mark.parametrize("knobs", [Knobs(lie="metric_value"), Knobs(wrong_side_sl=True)])
async def test_faults_of_evidence_and_meaning_are_never_asked_again(knobs: Knobs) -> None:
    async with llm_room() as room:
        room.fake.answer = trade
        room.fake.fail(knobs)
        request = asked(room)
        reply = await room.reasoner.decide(request)
    assert len(room.fake.journal) == 1
    assert isinstance(reply, Reply)
    assert isinstance(parse_reply(reply.text, request), NoDecision)


async def test_an_old_snapshot_is_not_asked_about() -> None:
    async with llm_room() as room:
        request = replace(request_for(), ts=room.clock.now_ms() - 56_000)
        reply = await room.reasoner.decide(request)
    assert isinstance(reply, ReplyFailed)
    assert (reply.code, reply.cost_usd) == ("LLM_TIMEOUT", Decimal(0))
    assert room.fake.journal == []


async def test_an_answer_of_another_model_is_refused() -> None:
    async with llm_room() as room:
        room.fake.fail(Knobs(model_swap=True))
        reply = await room.reasoner.decide(asked(room))
    assert isinstance(reply, ReplyFailed)
    assert reply.code == "LLM_OTHER_MODEL"
    assert reply.cost_usd == room.fake.cost_usd


async def test_an_answer_that_calls_a_tool_decides_nothing() -> None:
    async with llm_room() as room:
        text = hold({"messages": []})
        room.fake.answer = sequence(
            {"tool_calls": [{"name": "buy", "arguments": {}}], "text": text}
        )
        reply = await room.reasoner.decide(asked(room))
    assert isinstance(reply, ReplyFailed)
    assert reply.code == "LLM_NO_FINISH"


async def test_the_tokens_of_a_decision_are_measured() -> None:
    async with llm_room() as room:
        assert room.calls.meter.tokens("acme/quant-large").calls == 0
        await room.reasoner.decide(asked(room))
    tokens = room.calls.meter.tokens("acme/quant-large")
    cost = room.fake.models["acme/quant-large"].cost_usd(tokens.prompt, tokens.completion)
    assert tokens.calls == 1
    assert cost == room.fake.cost_usd


async def test_connected_parts_decide(tmp_path: Path) -> None:
    async with fake_openrouter() as fake:
        clock = QuickClock()
        room = connect(
            Endpoint(base_url=fake.url, api_key=KEY),
            Spending(caps=Caps(), ledger=MemorySpending()),
            lambda: Instructions(model="acme/quant-small"),
            clock,
            tmp_path,
        )
        await room.catalogue.refresh()
        reply = await room.reasoner.decide(replace(request_for(), ts=clock.now_ms()))
        await room.client.aclose()
    assert isinstance(reply, Reply)
    assert names_in(tmp_path) == ["models.json"]


def names_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


async def test_200_decisions_under_every_fault_act_on_good_texts_only() -> None:
    codes: set[str] = set()
    acted = 0
    async with llm_room(limits=NEVER) as room:
        room.fake.answer = trade
        room.fake.faults = Mix(11, TRANSPORT + CONTENT, share=0.6)
        for _ in range(200):
            request = asked(room)
            reply = await room.reasoner.decide(request)
            good = trade(room.fake.journal[-1].body)
            if isinstance(reply, ReplyFailed):
                codes.add(reply.code)
            elif isinstance(found := parse_reply(reply.text, request), NoDecision):
                codes.add(found.code)
            else:
                acted += 1
                assert same_trade(found, parse_reply(good, request))
    assert acted > 60
    assert len(codes) > 12
    assert room.calls.reported_usd == room.fake.cost_usd


def same_trade(found: Decision, good: Decision | NoDecision) -> bool:
    """Compare what would be ordered; an oversize wish is for the gate to shrink."""
    assert isinstance(good, Decision)
    fields = ("snapshot_id", "inst_id", "action", "effect", "stop_px", "target_px", "evidence")
    return all(getattr(found, name) == getattr(good, name) for name in fields)


@pytest.fixture
def captured_log() -> Iterator[tuple[io.StringIO, LogRing]]:
    stream, ring = io.StringIO(), LogRing()
    configure(ring, level="debug", stream=stream)
    yield stream, ring
    structlog.reset_defaults()


async def test_the_key_is_in_the_header_and_nowhere_else(
    captured_log: tuple[io.StringIO, LogRing],
) -> None:
    stream, ring = captured_log
    seen: list[object] = []
    async with llm_room() as room:
        room.fake.fail(*[Knobs(http=401, echo_key=True)] * 2, Knobs(http=500, echo_key=True))
        for _ in range(2):
            seen.append(await room.reasoner.decide(asked(room)))
            room.calls.breaker._until_s = None
        seen += [room.client.endpoint, room.client, room.calls.breaker.reason, vars(room.client)]
        seen += [entry.body for entry in room.fake.journal]
    assert all(isinstance(each, ReplyFailed) for each in seen[:2])
    told = repr(seen) + stream.getvalue() + repr(ring.after(0, 99))
    assert "llm_paused" in told
    assert KEY not in told
    assert "canary" not in told
