"""The whole loop with a language model: engine, gate, exchange, journal, and a server that fails.

The model mostly trades, waits sometimes and sometimes wants what the gate forbids. Wire and text
are spoiled at random in every way that the fake knows, for 200 cycles. What journal and exchange
hold afterwards has to follow from the fake's own list of what it sent.
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tai2.model.decision import Decision
from tai2.model.order import Leg
from tai2.ports.scores import ReasonerScore
from tai2.prompt.parse import parse_reply
from tai2.prompt.version import prompt_hash
from tai2.sim.exchange.records import OrderMoved
from tai2.store.journal.scores import SqliteScores
from tai2.store.journal.spending import SqliteSpending
from tests.builders.model_desk import Told, model_desk
from tests.fakes.openrouter.decisions import Body, hold, trade
from tests.fakes.openrouter.knobs import CONTENT, NONE, TRANSPORT, Knobs
from tests.fakes.openrouter.server import Answer, Entry

CYCLES = 200
SEED = 3
CAP = Decimal(1_000)
"""Of one order, in the desk's limits."""
WHOLE = {"keepalive", "parts", "no_usage", "usage_twice", "no_done", "chunk_split", "crlf"}
"""Oddities of the wire that leave the text as it was meant."""
STREAM_ONLY = {"midstream_error_after"}
"""Does nothing to an answer in one piece, as decisions are asked for."""
MENDED = {"fence", "prose", "bom", "u2028"}
"""Slips of form that are mended without guessing."""
FAULTS = (*TRANSPORT, *CONTENT, *[Knobs(oversize_amount=True)] * 5)

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Past:
    """What remains of 200 cycles."""

    told: list[Told]
    calls: list[Entry]
    fake_usd: Decimal
    spent_usd: Decimal
    spending: list[Row]
    cycles: list[Row]
    replies: dict[str, Row]
    prompts: dict[str, Row]
    forecasts: dict[str, Row]
    scores: tuple[ReasonerScore, ...]
    now_ms: int
    at_exchange: set[str]
    """Client order ids of every order that the exchange knows."""

    @property
    def with_order(self) -> list[Told]:
        return [each for each in self.told if each.placed]


class Deck:
    """Deals every fault once in random order among as many calm calls, then shuffles anew."""

    def __init__(self, seed: int, faults: tuple[Knobs, ...]) -> None:
        self._random = random.Random(seed)
        self._faults = faults
        self._left: list[Knobs] = []

    def __call__(self, _call: int, _body: Body) -> Knobs:
        if not self._left:
            self._left = [*self._faults, *[NONE] * len(self._faults)]
            self._random.shuffle(self._left)
        return self._left.pop()


def moody() -> Answer:
    """Of four answers: trade twice, wait once, want a stop that no gate allows once."""
    turns = count()

    def answer(body: Body) -> str:
        turn = next(turns) % 4
        if turn == 1:
            return hold(body)
        reply = json.loads(trade(body))
        if turn == 3 and reply["stop_loss"]:
            reply["stop_loss"] = round(reply["stop_loss"] * 0.8, 1)
        return json.dumps(reply, ensure_ascii=False)

    return answer


async def lived_through(place: Path) -> Past:
    async with model_desk(place) as desk:
        desk.fake.answer = moody()
        desk.fake.faults = Deck(SEED, FAULTS)
        await desk.run(CYCLES)
        database, rig = desk.rig.database, desk.rig
        replies = await desk.rows("SELECT * FROM replies")
        forecasts = await desk.rows("SELECT * FROM forecasts")
        return Past(
            told=desk.told,
            calls=desk.fake.journal,
            fake_usd=desk.fake.cost_usd,
            spent_usd=await SqliteSpending(database).spent_usd(0, 2**60),
            spending=await desk.rows("SELECT * FROM spending ORDER BY number"),
            cycles=await desk.rows("SELECT * FROM cycles"),
            replies={row["decision_id"]: row for row in replies},
            prompts={r["prompt_hash"]: r for r in await desk.rows("SELECT * FROM prompts")},
            forecasts={row["decision_id"]: row for row in forecasts},
            scores=await SqliteScores(database).scores(0),
            now_ms=rig.clock.now_ms(),
            at_exchange={
                event.order.cl_ord_id
                for event in desk.seen
                if isinstance(event, OrderMoved) and event.order.cl_ord_id
            },
        )


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    return asyncio.run(lived_through(tmp_path_factory.mktemp("model")))


def leaves_good(knobs: Knobs, good: Mapping[str, Any]) -> bool:
    """Tell whether a call with these knobs may lead to an order at all."""
    names = set(knobs.names) - WHOLE - STREAM_ONLY - {"oversize_amount"}
    if knobs.malformed in MENDED:
        names.discard("malformed")
    if knobs.choices == "nested":  # a known oddity of one provider, read like any other answer
        names.discard("choices")
    if knobs.wrong_schema == "extra":  # an unknown key is dropped
        names.discard("wrong_schema")
    if not good["stop_loss"] and not good["take_profit"]:  # two nulls can't be on wrong sides
        names.discard("wrong_side_sl")
    return not names


def test_every_fault_was_drawn(past: Past) -> None:
    drawn = Counter(knobs for call in past.calls for knobs in [call.knobs] if knobs.names)
    assert set(drawn) == set(FAULTS)


def test_every_cycle_has_one_record_with_a_reason(past: Past) -> None:
    assert len(past.told) == len(past.cycles) == CYCLES
    assert {row["cycle_id"] for row in past.cycles} == {t.record.cycle_id for t in past.told}
    assert all(row["outcome"] and row["reason"] for row in past.cycles)
    assert all(row["detail"] for row in past.cycles if row["outcome"] == "no_decision")
    outcomes = Counter(row["outcome"] for row in past.cycles)
    assert set(outcomes) == {"sent", "hold", "refused", "no_decision"}
    assert min(outcomes.values()) >= 5


def test_an_order_exists_only_where_the_last_reply_was_good(past: Past) -> None:
    assert len(past.with_order) >= 40
    for each in past.with_order:
        last = each.calls[-1]
        assert leaves_good(last.knobs, json.loads(last.good_text)), last.knobs.names
        assert each.record.cl_ord_id == each.placed[0].cl_ord_id
        assert each.record.outcome == "sent"


def test_a_cycle_without_a_good_reply_sends_nothing(past: Past) -> None:
    spoiled = [
        each
        for each in past.told
        if not each.calls
        or not each.calls[-1].good_text
        or not leaves_good(each.calls[-1].knobs, json.loads(each.calls[-1].good_text))
    ]
    assert len(spoiled) >= 40
    assert not any(each.placed or each.record.cl_ord_id for each in spoiled)


def test_an_order_is_what_the_good_text_asked_for_and_never_larger(past: Past) -> None:
    for each in past.with_order:
        (placed,) = each.placed
        meant = parse_reply(each.calls[-1].good_text, each.request)
        assert isinstance(meant, Decision)
        assert placed.side is meant.side
        assert (placed.leg is Leg.ENTRY) == meant.is_entry
        if placed.leg is Leg.ENTRY:
            assert placed.stop is not None
            assert abs(placed.stop.stop_px - (meant.stop_px or 0)) <= Decimal("0.1")
            assert meant.notional is not None
            assert placed.notional <= min(meant.notional, CAP)


def test_an_oversize_wish_is_only_ever_shrunk(past: Past) -> None:
    wished = [
        each
        for each in past.with_order
        if each.calls[-1].knobs.oversize_amount and each.placed[0].leg is Leg.ENTRY
    ]
    assert wished
    assert all(each.record.detail.startswith("shrunk from 10000000") for each in wished)
    assert all(each.placed[0].notional <= CAP for each in wished)


def test_what_the_gate_forbids_is_refused(past: Past) -> None:
    refused = [each for each in past.told if each.record.outcome == "refused"]
    assert refused
    assert not any(each.placed for each in refused)


def test_the_exchange_knows_no_other_order(past: Past) -> None:
    assert past.at_exchange == {each.record.cl_ord_id for each in past.with_order}


def test_the_journal_s_spending_equals_the_server_s_own_count(past: Past) -> None:
    settled = [row for row in past.spending if row["cost_usd"] is not None]
    assert sum(Decimal(row["cost_usd"]) for row in settled) == past.fake_usd > Decimal("0.5")
    assert len(past.spending) == len(past.calls)


def test_a_call_of_unknown_cost_counts_in_full(past: Past) -> None:
    unknown = [
        (row, call)
        for row, call in zip(past.spending, past.calls, strict=True)
        if row["cost_usd"] is None
    ]
    assert unknown
    assert all(c.knobs.drop_connect or c.knobs.http in (504, 524) for _, c in unknown)
    held_usd = sum(Decimal(row["reserved_usd"]) for row, _ in unknown)
    assert past.spent_usd == past.fake_usd + held_usd


def test_the_cost_of_each_cycle_is_in_its_reply(past: Past) -> None:
    at = 0
    for each in past.told:
        rows, at = past.spending[at : at + len(each.calls)], at + len(each.calls)
        cost_usd = sum(Decimal(row["cost_usd"] or row["reserved_usd"]) for row in rows)
        assert Decimal(past.replies[each.request.decision_id]["cost_usd"]) == cost_usd


def test_the_journal_keeps_what_was_asked_and_what_came(past: Past) -> None:
    hashed = prompt_hash("", "")
    assert set(past.prompts) == {hashed}
    for each in past.told:
        row = past.replies[each.request.decision_id]
        assert row["prompt_hash"] == hashed
        assert row["is_failed"] == (not hasattr(each.reply, "text"))
        if each.calls:
            system, user = (m["content"] for m in each.calls[-1].body["messages"][:2])
            assert row["user_message"] == user
            assert past.prompts[hashed]["system"] in system


def test_every_clean_decision_is_forecast_and_scored_at_its_horizon(past: Past) -> None:
    decided = {t.request.decision_id for t in past.told if t.record.outcome != "no_decision"}
    assert set(past.forecasts) == decided
    due = [row for row in past.forecasts.values() if row["due_ms"] <= past.now_ms - 60_000]
    assert len(due) >= 50
    assert all(row["went_up"] is not None for row in due)
    assert sum(score.calibration.count for score in past.scores) == sum(
        row["went_up"] is not None for row in past.forecasts.values()
    )
