"""The model list: read page by page, kept on disk with its age, judged for trading."""

from decimal import Decimal
from pathlib import Path

import pytest

from tai2.llm.cache_file import CacheFile
from tai2.llm.catalogue import MAX_AGE_MS, Catalogue
from tai2.llm.chat import ChatFailed, Code
from tai2.llm.client import ChatClient
from tai2.llm.endpoint import Endpoint
from tai2.llm.key import KeyStanding, key_standing
from tai2.llm.models import Needs, unfitness
from tests.fakes.openrouter.server import KEY
from tests.wire.llm_support import QuickClock, llm_room


async def test_every_page_is_read() -> None:
    async with llm_room() as room:
        assert list(room.catalogue.models) == list(room.fake.models)
    price = room.catalogue.price_of("acme/quant-small")
    assert price is not None
    assert price.prompt_usd == Decimal("0.00000014")


async def test_the_list_on_disk_serves_until_it_is_an_hour_old(tmp_path: Path) -> None:
    async with llm_room(tmp_path) as room:
        before = room.catalogue.models
        room.catalogue.models, room.catalogue.fetched_ms = {}, None
        await room.catalogue.load()
        assert room.catalogue.models == before
        room.fake.models = {}
        assert await room.catalogue.refresh() is None
        assert room.catalogue.models == before
        room.clock.start_ms += MAX_AGE_MS
        assert await room.catalogue.refresh() is None
        assert room.catalogue.models == {}


async def test_a_broken_file_is_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "models.json").write_text("{broken")
    client = ChatClient(Endpoint(), QuickClock())
    catalogue = Catalogue(client, CacheFile(tmp_path / "models.json"), QuickClock())
    await catalogue.load()
    await client.aclose()
    assert catalogue.models == {}
    assert catalogue.age_ms is None


async def test_an_unreachable_server_leaves_the_old_list_in_place(tmp_path: Path) -> None:
    async with llm_room(tmp_path) as room:
        before, client = room.catalogue.models, room.client
        catalogue = Catalogue(client, CacheFile(tmp_path / "models.json"), QuickClock())
        await catalogue.load()
        room.fake.broken_models = True
        failed = await catalogue.refresh(is_forced=True)
    assert isinstance(failed, ChatFailed)
    assert failed.code is Code.OVERLOADED
    assert catalogue.models == before


@pytest.mark.parametrize(
    ("model", "reasons"),
    [
        ("acme/quant-large", ()),
        ("acme/json-mode", ("no strict schema, only JSON mode",)),
        ("acme/words-only", ("no structured outputs",)),
        ("acme/tiny", ("context of 8192 tokens, needs 12000",)),
        ("acme/leaving", ("ends on 2025-11-30",)),
        ("~acme/quant-latest", ("an alias: the model behind it changes without notice",)),
    ],
)
async def test_the_verdict_names_every_reason(model: str, reasons: tuple[str, ...]) -> None:
    async with llm_room() as room:
        found = room.catalogue.find(model)
    assert found is not None
    assert unfitness(found, Needs(), room.clock.now_ms()) == reasons


async def test_a_dear_model_is_unfit_by_name_of_its_price() -> None:
    async with llm_room() as room:
        found = room.catalogue.find("acme/quant-large")
    assert found is not None
    needs = Needs(max_prompt_usd_per_m=Decimal(3), max_completion_usd_per_m=Decimal(10))
    assert unfitness(found, needs, 0) == ("completion costs 15 USD per million, at most 10",)


async def test_a_plain_list_of_ids_leaves_everything_unknown() -> None:
    async with llm_room(is_plain=True) as room:
        found = room.catalogue.find("acme/quant-large")
    assert found is not None
    assert found.price is None
    assert "capabilities unknown" in unfitness(found, Needs(), 0)


@pytest.mark.parametrize(
    ("served", "is_it"),
    [
        ("acme/quant-large", True),
        ("acme/quant-large:free", True),
        ("acme/quant-large-20260601", True),
        ("acme/quant-large-2026-06-01", True),
        ("acme/quant-large-mini", False),
        ("acme/quant", False),
        ("evil/quant-large", False),
    ],
)
async def test_a_dated_release_is_the_same_model(served: str, is_it: bool) -> None:
    async with llm_room() as room:
        found = room.catalogue.find("acme/quant-large")
    assert found is not None
    assert found.is_served_by(served) is is_it


async def test_the_standing_of_the_key_is_told_without_the_key() -> None:
    async with llm_room() as room:
        standing = await key_standing(room.client)
        room.fake.key = "sk-or-another"
        refused = await key_standing(room.client)
    assert isinstance(standing, KeyStanding)
    assert standing.remaining_usd == Decimal("9.5")
    assert KEY[:10] not in repr(standing)
    assert isinstance(refused, ChatFailed)
    assert refused.code is Code.KEY_REJECTED
