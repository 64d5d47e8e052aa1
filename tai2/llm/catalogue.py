"""The models that a server offers, fetched when old and kept on disk.

Reasoner, budget and `tai2 models` look models up in it. An unreachable server leaves the last
list in place, with its age; an entry must never be made up.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from tai2.llm.cache_file import CacheFile
from tai2.llm.chat import ChatFailed, Json
from tai2.llm.client import ChatClient
from tai2.llm.envelope import record, rows, text, whole
from tai2.llm.models import Model, model_in
from tai2.llm.prices import Price
from tai2.ports.clock import Clock

MAX_AGE_MS: Final = 3_600_000
FETCH_S: Final = 20.0
MAX_PAGES: Final = 20
_KEPT: Final = (
    "id",
    "name",
    "canonical_slug",
    "context_length",
    "top_provider",
    "pricing",
    "supported_parameters",
    "alias_target",
    "expiration_date",
    "knowledge_cutoff",
    "reasoning",
)
"""Keys of an entry that are kept on disk."""


class Catalogue:
    """The list of one server."""

    def __init__(self, client: ChatClient, cache: CacheFile, clock: Clock) -> None:
        self._client = client
        self._cache = cache
        self._clock = clock
        self.models: Mapping[str, Model] = {}
        """By id, in the server's order."""
        self.fetched_ms: int | None = None
        """When the server gave the list, ms UTC; None = never."""

    @property
    def age_ms(self) -> int | None:
        """Return how old the list is; None without one."""
        return None if self.fetched_ms is None else self._clock.now_ms() - self.fetched_ms

    async def load(self) -> None:
        """Read the list from disk, unless it is another server's."""
        kept = await self._cache.read()
        if text(kept.get("server")) == self._client.endpoint.base_url:
            self._hold(rows(kept.get("models")), whole(kept.get("fetched_ms")))

    async def refresh(self, *, is_forced: bool = False) -> ChatFailed | None:
        """Fetch the list when it is older than an hour; return why that failed, None = fresh."""
        if not is_forced and self.age_ms is not None and self.age_ms < MAX_AGE_MS:
            return None
        fetched = await self._fetch()
        if isinstance(fetched, ChatFailed):
            return fetched
        self._hold(fetched, self._clock.now_ms())
        await self._cache.replace(
            {
                "server": self._client.endpoint.base_url,
                "fetched_ms": self.fetched_ms,
                "models": [_kept(record(entry)) for entry in fetched],
            }
        )
        return None

    def find(self, model_id: str) -> Model | None:
        """Return a model by id; a suffix such as :free that isn't listed is ignored."""
        return self.models.get(model_id) or self.models.get(model_id.partition(":")[0])

    def price_of(self, model_id: str) -> Price | None:
        """Return a model's price; None when unknown (also for an unlisted suffix)."""
        model = self.models.get(model_id)
        return model.price if model else None

    def _hold(self, listed: Sequence[Json], fetched_ms: int | None) -> None:
        models = [model for model in map(model_in, listed) if model is not None]
        self.models = {model.model_id: model for model in models}
        self.fetched_ms = fetched_ms

    async def _fetch(self) -> list[Json] | ChatFailed:
        """Read page by page, by offset: a link could lead the key to another host."""
        listed: list[Json] = []
        for _ in range(MAX_PAGES):
            path = f"models?offset={len(listed)}" if listed else "models"
            page = await self._client.get(path, FETCH_S)
            if isinstance(page, ChatFailed):
                return page
            found = rows(record(page.node).get("data"))
            listed += found
            if not found or len(listed) >= (whole(record(page.node).get("total_count")) or 0):
                break
        return listed


def _kept(entry: Mapping[str, Json]) -> dict[str, Json]:
    return {key: _plain(entry[key]) for key in _KEPT if key in entry}


def _plain(node: Json) -> Json:
    """Return JSON without Decimals: they become text, which `usd` reads as well."""
    if isinstance(node, dict):
        return {key: _plain(each) for key, each in node.items()}
    if isinstance(node, list):
        return [_plain(each) for each in node]
    return node if isinstance(node, str | int | bool) or node is None else str(node)
