"""One decision read back in full: reply, prompt, belief and the order that came of it."""

from pathlib import Path

import pytest

from tai2.daemon.decision_handler import DecisionHandler
from tai2.model.errors import UsageError
from tai2.model.ids import DecisionId
from tai2.model.thought import Thought
from tai2.store.journal.thoughts import SqliteThoughts
from tai2.wire.codec import from_tree, to_tree
from tai2.wire.thoughts import ThoughtParams
from tests.builders.desk import DeskRig
from tests.builders.model_desk import model_desk
from tests.fakes.openrouter.decisions import trade
from tests.fakes.reasoners import BECAUSE, buy, say


async def read(rig: DeskRig, decision_id: DecisionId | None) -> Thought:
    assert decision_id is not None
    handler = DecisionHandler(thoughts=SqliteThoughts(rig.database))
    return await handler.decision(ThoughtParams(decision_id=decision_id))


async def test_a_decision_comes_back_with_its_order() -> None:
    rig = await DeskRig(buy()).start()
    record = await rig.cycle()
    found = await read(rig, record.decision_id)
    assert found.decision is not None
    assert found.decision.justification == BECAUSE
    assert [order.intent.cl_ord_id for order in found.orders] == [record.cl_ord_id]


async def test_a_reply_that_was_no_decision_keeps_its_words() -> None:
    rig = await DeskRig(say("not json")).start()
    record = await rig.cycle()
    found = await read(rig, record.decision_id)
    assert (found.raw_reply, found.decision, found.orders) == ("not json", None, ())


async def test_a_decision_survives_the_wire() -> None:
    rig = await DeskRig(buy()).start()
    found = await read(rig, (await rig.cycle()).decision_id)
    assert from_tree(Thought, to_tree(found)) == found


async def test_the_prompt_read_back_is_the_one_sent(tmp_path: Path) -> None:
    async with model_desk(tmp_path) as desk:
        desk.fake.answer = trade
        await desk.run(1)
        (record,) = await desk.rig.records()
        found = await read(desk.rig, record.decision_id)
        system, user = (m["content"] for m in desk.fake.journal[0].body["messages"])
        assert (found.system, found.user) == (system, user)


async def test_an_unknown_decision_is_refused() -> None:
    rig = await DeskRig(buy()).start()
    with pytest.raises(UsageError, match="no decision D404"):
        await read(rig, DecisionId("D404"))
