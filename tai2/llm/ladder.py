"""In which form a decision is asked for: four rungs, from a strict schema to mere words.

The reasoner asks for the rung of a model and steps down when a server refuses the form; what was
learnt is kept on disk for a week. Replies are checked alike on every rung.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Final

import structlog

from tai2.llm.cache_file import CacheFile
from tai2.llm.chat import Json
from tai2.llm.envelope import record, text, whole
from tai2.llm.models import STRUCTURED, Model
from tai2.ports.clock import Clock
from tai2.prompt.schema import SCHEMA_NAME, decision_schema, schema_text

log = structlog.get_logger()

MEMORY_MS: Final = 7 * 86_400_000
NULLABLE: Final = ("amount", "limit_price", "stop_loss", "take_profit", "confidence")
_ZERO: Final = re.compile(
    rf'("(?:{"|".join(NULLABLE)})"\s*:\s*)-?0+(?:\.0+)?(?=\s*[,}}])', re.ASCII
)


class Rung(StrEnum):
    """Forms of asking, the strictest first."""

    STRICT = "strict"
    """json_schema, null for none."""
    SENTINEL = "sentinel"
    """json_schema without nullable types, 0 for none."""
    JSON_OBJECT = "json_object"
    """JSON mode, the schema as text in the prompt."""
    PROMPT_ONLY = "prompt_only"
    """Nothing but the schema as text in the prompt."""


RUNGS: Final = tuple(Rung)


def response_format(rung: Rung) -> Mapping[str, Json] | None:
    """Return the field of the request; None = none is sent."""
    match rung:
        case Rung.STRICT:
            return _json_schema(decision_schema())
        case Rung.SENTINEL:
            return _json_schema(_without_null(decision_schema()))
        case Rung.JSON_OBJECT:
            return {"type": "json_object"}
        case Rung.PROMPT_ONLY:
            return None


def in_words(rung: Rung) -> str:
    """Return what the system prompt must add, "" where the server holds the schema."""
    if rung in (Rung.STRICT, Rung.SENTINEL):
        return ""
    return (
        f"\nREPLY FORMAT\nExactly one JSON object of this JSON schema:\n{schema_text().strip()}\n"
    )


def read_back(text_of_reply: str, rung: Rung) -> str:
    """Return a reply as the strict form would have it: on SENTINEL a 0 stands for null."""
    if rung is not Rung.SENTINEL:
        return text_of_reply
    return _ZERO.sub(r"\1null", text_of_reply)


def _json_schema(schema: Mapping[str, Json]) -> Mapping[str, Json]:
    named = {"name": SCHEMA_NAME, "strict": True, "schema": schema}
    return {"type": "json_schema", "json_schema": named}


@cache
def _sentinel_property(kind: str, description: str) -> dict[str, Json]:
    return {"type": kind, "description": f"{description.replace('null', '0')} 0 = none.".strip()}


def _without_null(schema: Mapping[str, Json]) -> dict[str, Json]:
    """Return the schema with plain numbers where null was allowed; the order of keys stays."""
    properties = {
        name: _sentinel_property(each["type"][0], each.get("description", ""))
        if isinstance(each["type"], list)
        else each
        for name, each in schema["properties"].items()
    }
    return {**schema, "properties": properties}


class Ladder:
    """Remembers the rung of each model on one server."""

    def __init__(self, cache_file: CacheFile, clock: Clock) -> None:
        self._cache = cache_file
        self._clock = clock
        self._learnt: dict[str, Json] | None = None

    async def rung(self, key: str, model: Model | None) -> Rung:
        """Return the form to ask in.

        Args:
            key: From `ladder_key`.
            model: As listed, None when unknown: then the strictest is tried.
        """
        known = record((await self._memory()).get(key))
        learnt_ms = whole(known.get("ts")) or 0
        if self._clock.now_ms() - learnt_ms < MEMORY_MS and known.get("rung") in RUNGS:
            return Rung(text(known.get("rung")))
        return _listed_rung(model)

    async def step_down(self, key: str, rung: Rung) -> Rung | None:
        """Remember that a form was refused; return the next one, None below the last."""
        lower = RUNGS[RUNGS.index(rung) + 1 :]
        if not lower:
            return None
        memory = await self._memory()
        memory[key] = {"rung": lower[0].value, "ts": self._clock.now_ms()}
        await self._cache.replace(memory)
        log.warning("llm_format_lowered", key=key, refused=rung.value, now=lower[0].value)
        return lower[0]

    async def _memory(self) -> dict[str, Json]:
        if self._learnt is None:
            self._learnt = await self._cache.read()
        return self._learnt


def ladder_key(server: str, model: str, providers: tuple[str, ...]) -> str:
    """Name a model on a server, behind the providers that it is pinned to."""
    return f"{server} {model} {'+'.join(providers) or 'any'}"


def _listed_rung(model: Model | None) -> Rung:
    if model is None or model.parameters is None or model.supports(STRUCTURED):
        return Rung.STRICT
    return Rung.JSON_OBJECT if model.supports("response_format") else Rung.PROMPT_ONLY
