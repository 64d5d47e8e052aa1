"""The doctor's look at the reasoner: the key of the language model, and whether it is fit.

It asks the server for its list and for the key's own record; it never calls a model.
"""

from collections.abc import AsyncIterator

from tai2.daemon.doctor.finding import Finding, fail, ok, skipped, warn
from tai2.llm.cache_file import CacheFile
from tai2.llm.catalogue import FETCH_S, Catalogue
from tai2.llm.chat import ChatFailed
from tai2.llm.client import ChatClient
from tai2.llm.endpoint import OPENROUTER_URL, Dialect, Endpoint
from tai2.llm.envelope import record
from tai2.llm.models import Needs, unfitness
from tai2.ports.clock import Clock
from tai2.settings.sections import Settings


async def reasoner_findings(
    settings: Settings, clock: Clock, *, offline: bool
) -> AsyncIterator[Finding]:
    """Yield whether decisions can be had.

    Args:
        settings: The options.
        clock: Stamps and deadlines.
        offline: True connects to nothing.
    """
    key, llm = settings.openrouter_api_key, settings.llm
    if key is None and not llm.base_url:
        yield skipped("reasoner", "rules-v1 (no LLM): OPENROUTER_API_KEY isn't set")
        return
    if offline:
        return
    endpoint = Endpoint(
        base_url=llm.base_url or OPENROUTER_URL, api_key=key.get_secret_value() if key else ""
    )
    client = ChatClient(endpoint, clock)
    try:
        if endpoint.dialect is Dialect.OPENROUTER:
            yield await _key(client)
        yield await _model(client, llm.model, clock)
    finally:
        await client.aclose()


async def _key(client: ChatClient) -> Finding:
    found = await client.get("key", FETCH_S)
    if isinstance(found, ChatFailed):
        cure = "Check OPENROUTER_API_KEY and that its server can be reached."
        return fail("model_key", f"{found.code.value}: {found.detail}", cure)
    account = record(record(found.node).get("data"))
    limit, left = account.get("limit"), account.get("limit_remaining")
    if limit is None:
        cure = "Set a limit with daily reset on the key: the last fence around spending."
        return warn("model_key", "valid, without a limit of its own", cure)
    return ok("model_key", f"valid, {left} of {limit} USD left")


async def _model(client: ChatClient, model_id: str, clock: Clock) -> Finding:
    catalogue = Catalogue(client, CacheFile(None), clock)
    failed = await catalogue.refresh(is_forced=True)
    if failed is not None:
        cure = "Check llm.base_url and the network; without a model there is no decision."
        return fail("model", f"{failed.code.value}: {failed.detail}", cure)
    model = catalogue.find(model_id)
    if model is None:
        cure = "Choose one of: tai2 models"
        return fail("model", f"{model_id} isn't offered by the server", cure)
    if against := unfitness(model, Needs(), clock.now_ms()):
        return fail("model", f"{model_id}: {'; '.join(against)}", "Choose one of: tai2 models")
    return ok("model", f"{model_id} is fit")
