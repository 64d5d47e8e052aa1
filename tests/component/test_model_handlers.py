"""What prompt, models and engine methods answer, over a real engine and the fake model server."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tai2.daemon.engine_handlers import EngineHandlers
from tai2.daemon.model_handlers import ModelHandlers
from tai2.daemon.model_list import ModelList
from tai2.daemon.prompt_handlers import PromptHandlers
from tai2.engine.service import Pulse
from tai2.llm.rules import RulesReasoner
from tai2.model.errors import KeysRejected, UsageError
from tai2.model.ids import InstId
from tai2.store.journal.scores import SqliteScores
from tai2.store.journal.spending import SqliteSpending
from tai2.wire.engine import EngineParams
from tai2.wire.models import ModelsParams
from tai2.wire.prompts import PromptParams, RevertParams, VersionsParams
from tests.builders.desk import INST
from tests.builders.model_desk import MODEL, ModelDesk, model_desk
from tests.fakes.openrouter.decisions import trade
from tests.fakes.openrouter.knobs import Knobs

ALL = ModelsParams(is_fit_only=False)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[ModelDesk]:
    async with model_desk(tmp_path) as desk:
        desk.fake.answer = trade
        desk.rig.engine.controls.listen(desk.mind.guide.take)
        yield desk


def prompts(desk: ModelDesk) -> PromptHandlers:
    return PromptHandlers(engine=desk.rig.engine, mind=desk.mind)


def models(desk: ModelDesk) -> ModelHandlers:
    return ModelHandlers(engine=desk.rig.engine, mind=desk.mind)


def engine(desk: ModelDesk) -> EngineHandlers:
    database = desk.rig.database
    return EngineHandlers(
        engine=desk.rig.engine,
        scores=SqliteScores(database),
        spending=SqliteSpending(database),
        day_cap_usd=Decimal(5),
    )


async def edit(desk: ModelDesk, key: str, text: str) -> int:
    controls = await desk.rig.engine.controls.change(key, text, "operator")
    return controls.version


async def test_the_prompt_shown_is_the_one_sent(desk: ModelDesk) -> None:
    await desk.run(1)
    shown = await prompts(desk).show(PromptParams(inst_id=INST))
    system, user = (m["content"] for m in desk.fake.journal[0].body["messages"])
    assert shown.system == system
    assert shown.user.partition("<data>")[0].split()[0] == user.split()[0] == "SNAPSHOT"
    assert shown.model == MODEL
    (row,) = await desk.rows("SELECT prompt_hash FROM replies")
    assert shown.prompt_hash == row["prompt_hash"]


async def test_the_prompt_shown_has_tokens_and_a_price(desk: ModelDesk) -> None:
    shown = await prompts(desk).show(PromptParams(inst_id=INST))
    price = desk.fake.models[MODEL]
    assert shown.tokens > 1_000
    assert shown.cost_usd == price.cost_usd(shown.tokens, 1_200)


async def test_a_prompt_without_a_listed_model_has_no_price(desk: ModelDesk) -> None:
    desk.mind.catalogue.models = {}  # type: ignore[union-attr]
    assert (await prompts(desk).show(PromptParams(inst_id=INST))).cost_usd is None


async def test_a_prompt_for_an_unknown_instrument_is_refused(desk: ModelDesk) -> None:
    with pytest.raises(UsageError, match="isn't followed"):
        await prompts(desk).show(PromptParams(inst_id=InstId("DOGE-USDT-SWAP")))


async def test_showing_a_prompt_asks_and_stores_nothing(desk: ModelDesk) -> None:
    await prompts(desk).show(PromptParams(inst_id=INST))
    assert desk.fake.journal == []
    assert await desk.rows("SELECT * FROM cycles") == []


async def test_versions_are_those_at_which_text_or_model_changed(desk: ModelDesk) -> None:
    await edit(desk, "strategy", "Fade spikes.")
    await edit(desk, "interval", "90")
    last = await edit(desk, "model", "acme/quant-small")
    rows = (await prompts(desk).versions(VersionsParams())).versions
    assert [row.strategy for row in rows] == ["Fade spikes.", "Fade spikes.", ""]
    assert [row.model_id for row in rows] == ["acme/quant-small", "", ""]
    assert rows[0].version == last
    assert [row.is_current for row in rows] == [True, False, False]
    limited = await prompts(desk).versions(VersionsParams(limit=1))
    assert limited.versions == rows[:1]


async def test_going_back_is_a_new_version_that_the_model_is_told(desk: ModelDesk) -> None:
    first = desk.rig.engine.controls.current.version
    await edit(desk, "strategy", "Fade spikes.")
    await desk.run(1)
    reply = await prompts(desk).revert(RevertParams(version=first))
    await desk.run(1)
    before, after = (entry.body["messages"][0]["content"] for entry in desk.fake.journal)
    assert "Fade spikes." in before
    assert "Fade spikes." not in after
    assert reply.version > first + 1


async def test_models_come_cheapest_first_and_unfit_ones_with_why(desk: ModelDesk) -> None:
    fit = (await models(desk).models(ModelsParams())).models
    every = (await models(desk).models(ALL)).models
    assert next(row.model_id for row in fit) == "acme/quant-small"
    assert not any(row.against for row in fit)
    assert {row.model_id for row in every} == set(desk.fake.models)
    assert [row.model_id for row in every if row.is_current] == [MODEL]
    assert [row.model_id for row in every if row.against] == [
        row.model_id for row in every if row not in fit
    ]
    assert "acme/tiny" in [row.model_id for row in every if row.against]


async def test_models_can_be_searched(desk: ModelDesk) -> None:
    found = await models(desk).models(ModelsParams(search="SMALL", is_fit_only=False))
    assert [row.model_id for row in found.models] == ["acme/quant-small"]


async def test_the_price_of_a_day_follows_the_interval(desk: ModelDesk) -> None:
    slow = (await models(desk).models(ALL)).models[0]
    await edit(desk, "interval", "1")
    fast = (await models(desk).models(ALL)).models[0]
    assert slow.day_usd is not None
    assert fast.day_usd == slow.day_usd * 5


async def test_an_old_list_is_shown_with_a_warning(desk: ModelDesk) -> None:
    desk.fake.broken_models = True
    desk.rig.clock.advance_to(desk.rig.clock.now_ms() + 7_200_000)
    reply = await models(desk).models(ALL)
    assert reply.models
    assert reply.warning.startswith("LLM_OVERLOADED")
    assert reply.age_ms == 7_200_000


async def test_without_a_model_server_the_list_is_refused(desk: ModelDesk) -> None:
    nobody = replace(desk.mind, catalogue=None, reasoner=RulesReasoner())
    with pytest.raises(KeysRejected, match="no language model"):
        await ModelHandlers(engine=desk.rig.engine, mind=nobody).models(ALL)


async def test_the_list_is_fetched_by_itself_and_again_when_it_is_old(desk: ModelDesk) -> None:
    catalogue = desk.mind.catalogue
    assert catalogue is not None
    keeper, clock = ModelList(catalogue, desk.rig.clock), desk.rig.clock
    catalogue.models, catalogue.fetched_ms = {}, None
    await keeper._refresh()
    assert MODEL in catalogue.models
    desk.fake.broken_models = True
    clock.advance_to(clock.now_ms() + 7_200_000)
    await keeper._refresh()
    assert MODEL in catalogue.models
    assert keeper._retry_s == clock.monotonic_s() + 300
    assert Pulse(clock).age_s == 0


async def test_the_record_counts_what_came_and_what_it_cost(desk: ModelDesk) -> None:
    desk.fake.fail(Knobs(), Knobs(lie="metric_value"), Knobs(http=400))
    await desk.run(3)
    found = await engine(desk).record(EngineParams(since_ms=0))
    assert found.reasoner == MODEL
    assert found.day_cap_usd == Decimal(5)
    assert found.spent_today_usd == desk.fake.cost_usd > 0
    assert sum(score.replies for score in found.scores) == 3
    assert sum(score.failed for score in found.scores) == 2
    assert sum(score.sent for score in found.scores) == 1
    assert {score.prompt_hash for score in found.scores} == {found.prompt_hash}


async def test_the_record_begins_where_it_is_asked_to(desk: ModelDesk) -> None:
    await desk.run(1)
    later = desk.rig.clock.now_ms() + 1
    assert (await engine(desk).record(EngineParams(since_ms=later))).scores == ()
