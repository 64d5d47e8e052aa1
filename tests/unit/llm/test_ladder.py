"""Rungs: what each asks for, what is remembered and for how long."""

import json
from pathlib import Path

from tai2.engine.clock import StepClock
from tai2.llm.cache_file import CacheFile
from tai2.llm.ladder import (
    MEMORY_MS,
    NULLABLE,
    RUNGS,
    Ladder,
    Rung,
    in_words,
    ladder_key,
    read_back,
    response_format,
)
from tai2.prompt.schema import decision_schema

KEY = ladder_key("http://x/v1", "acme/x", ())
NOW = 1_763_890_200_000


async def test_a_lower_rung_is_remembered_for_a_week_over_restarts(tmp_path: Path) -> None:
    clock, kept = StepClock(NOW), CacheFile(tmp_path / "deep" / "rungs.json")
    assert await Ladder(kept, clock).step_down(KEY, Rung.STRICT) is Rung.SENTINEL
    assert await Ladder(kept, clock).rung(KEY, None) is Rung.SENTINEL
    clock.advance_to(NOW + MEMORY_MS)
    assert await Ladder(kept, clock).rung(KEY, None) is Rung.STRICT


async def test_other_models_and_pinned_providers_are_not_affected() -> None:
    ladder = Ladder(CacheFile(None), StepClock(NOW))
    await ladder.step_down(KEY, Rung.STRICT)
    assert await ladder.rung(ladder_key("http://x/v1", "acme/x", ("acme",)), None) is Rung.STRICT


async def test_there_is_nothing_below_the_last_rung() -> None:
    ladder = Ladder(CacheFile(None), StepClock(NOW))
    assert await ladder.step_down(KEY, RUNGS[-1]) is None


async def test_a_foreign_file_teaches_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rungs.json"
    path.write_text(json.dumps({KEY: {"rung": "moon", "ts": NOW}}))
    assert await Ladder(CacheFile(path), StepClock(NOW)).rung(KEY, None) is Rung.STRICT


def test_the_sentinel_schema_differs_in_nullable_numbers_only() -> None:
    wanted = response_format(Rung.SENTINEL)
    assert wanted is not None
    schema, strict = wanted["json_schema"]["schema"], decision_schema()
    changed = [
        k for k in strict["properties"] if schema["properties"][k] != strict["properties"][k]
    ]
    assert list(schema["properties"]) == list(strict["properties"])
    assert sorted(changed) == sorted(NULLABLE)
    assert '"null"' not in json.dumps(schema)


def test_zeros_become_null_only_where_null_is_meant() -> None:
    told = '{"amount":0,"stop_loss" : 0.00 ,"p_up":0,"limit_price":0.5,"why":"\\"amount\\": 0,"}'
    back = '{"amount":null,"stop_loss" : null ,"p_up":0,"limit_price":0.5,"why":"\\"amount\\": 0,"}'
    assert read_back(told, Rung.SENTINEL) == back
    assert read_back(told, Rung.STRICT) == told


def test_the_schema_stands_in_the_prompt_where_the_server_does_not_hold_it() -> None:
    assert [bool(in_words(rung)) for rung in RUNGS] == [False, False, True, True]
    assert response_format(Rung.JSON_OBJECT) == {"type": "json_object"}
    assert response_format(Rung.PROMPT_ONLY) is None
