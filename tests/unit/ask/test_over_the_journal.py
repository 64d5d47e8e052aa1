"""The same answers over the real journal: what is written is what is found and cited."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.ask.desk import Sources
from tai2.ask.dialogue import Dialogue
from tai2.ask.events import Answered, FunnelReady
from tai2.ask.tools import TOOLS, Toolbox
from tai2.model.decision import Reply
from tai2.model.ids import CycleId, DecisionId, encode_ulid
from tai2.ports.chat import ToolCall
from tai2.store.journal.database import MemoryDatabase
from tai2.store.journal.history import SqliteHistory
from tai2.store.journal.journal import SqliteJournal
from tai2.store.journal.scores import SqliteScores
from tai2.store.journal.spending import SqliteSpending
from tests.builders.asking import sources
from tests.builders.market import NOW, snapshot
from tests.builders.trades import cycle, fill, trade
from tests.fakes.chat import ScriptedChat, calls, says

DECISION = DecisionId(f"D{encode_ulid(NOW, 1 << 70)}")
SINCE = {"since": "2023-11-14T21:00:00Z"}
ARGUMENTS = {
    "get_decision": {"id": f"D-{DECISION[-8:]}"},
    "get_market": {"symbol": "BTC-USDT-SWAP", "metrics": ["*cvd*"]},
    "get_snapshot": {"id": "S-00deadbeef", "metrics": ["*cvd*"]},
    "get_config": {},
    "get_prompt": {},
}


@pytest.fixture
async def journalled() -> AsyncIterator[Sources]:
    database = MemoryDatabase()
    journal = SqliteJournal(database)
    record = replace(cycle(1, "sent", ""), decision_id=DECISION, cycle_id=CycleId("C1"))
    await journal.save_cycle(record)
    reply = Reply(text='{"action":"BUY"}', reasoner="m", latency_ms=5, cost_usd=Decimal("0.01"))
    await journal.save_reply(DECISION, reply, None)
    await journal.save_fill(fill(1), replace(trade(1), cl_ord_id="t2main1", decision_id=DECISION))
    found = replace(
        sources(),
        history=SqliteHistory(database),
        spending=SqliteSpending(database),
        scores=SqliteScores(database),
    )
    await found.state.put(snapshot())
    yield found
    await database.close()


@pytest.mark.parametrize("name", [tool.name for tool in TOOLS])
async def test_every_look_up_reads_the_journal(journalled: Sources, name: str) -> None:
    arguments = json.dumps(ARGUMENTS.get(name, SINCE))
    shown = await Toolbox(journalled).call(ToolCall(call_id="", name=name, arguments=arguments))
    assert not shown.text.startswith("error")
    assert shown.ids


async def test_why_no_trade_by_cvd_is_answered_with_verified_sources(journalled: Sources) -> None:
    wanted = [
        ("list_decisions", json.dumps(SINCE)),
        ("get_market", json.dumps(ARGUMENTS["get_market"])),
    ]
    words = f"One order was sent [D-{DECISION[-8:]}]; CVD is +1.0000 BTC [S-00deadbeef]."
    dialogue = Dialogue(journalled, ScriptedChat(calls(wanted[0]), calls(wanted[1]), says(words)))
    question = "why no trade in the last hour based on the current CVD?"
    first, *_, last = [event async for event in dialogue.ask(question)]
    assert isinstance(first, FunnelReady)
    assert first.text.startswith(
        "1 cycle in the last hour (all instruments), 1 order sent, 1 filled"
    )
    assert isinstance(last, Answered)
    assert last.footer == "sources 2/2 ok · numbers 1/1 matched"
    assert last.citations[0].full_id == DECISION


async def test_a_decision_is_shown_with_its_fill_and_reply(journalled: Sources) -> None:
    call = ToolCall(
        call_id="", name="get_decision", arguments=json.dumps(ARGUMENTS["get_decision"])
    )
    shown = await Toolbox(journalled).call(call)
    assert any(short.startswith("T-") for short in shown.ids)
    assert '{\\"action\\":\\"BUY\\"}' in shown.text
