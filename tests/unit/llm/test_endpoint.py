"""Addresses, dialects and keys: joined right, told apart, never shown."""

import json

import pytest

from tai2.llm.body import body
from tai2.llm.chat import ChatRequest, Routing
from tai2.llm.endpoint import OPENROUTER_URL, Dialect, Endpoint
from tai2.llm.models import model_in
from tai2.model.errors import ConfigError
from tai2.model.money import dec

KEY = "sk-or-v1-canary-0123456789"


@pytest.mark.parametrize(
    ("url", "dialect"),
    [
        (OPENROUTER_URL, Dialect.OPENROUTER),
        ("http://127.0.0.1:1/api/v1/", Dialect.OPENROUTER),
        ("http://localhost:11434/v1", Dialect.OPENAI),
        ("https://openrouter.ai.evil.example/v1", Dialect.OPENAI),
    ],
)
def test_the_dialect_follows_the_address(url: str, dialect: Dialect) -> None:
    endpoint = Endpoint(base_url=url)
    assert endpoint.dialect is dialect
    assert endpoint.url("/chat/completions") == url.rstrip("/") + "/chat/completions"


def test_a_chosen_dialect_overrules_the_address() -> None:
    assert Endpoint(asked_dialect=Dialect.OPENAI).dialect is Dialect.OPENAI


@pytest.mark.parametrize("url", ["", "ftp://x/v1", "openrouter.ai/api/v1", "http://"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="base_url"):
        Endpoint(base_url=url)


@pytest.mark.parametrize("key", [KEY + "\n", "sk or", "sk-“x”"])
def test_a_key_that_breaks_the_header_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Endpoint(api_key=key)
    assert key.strip() not in repr(caught.value)


def test_keys_and_controls_leave_foreign_text() -> None:
    endpoint = Endpoint(api_key=KEY)
    told = endpoint.redacted(f"a\x1b[31m {KEY}\nBearer abc sk-proj-123456789 \u202eend")
    assert told == "a [31m *** *** *** end"
    assert KEY not in repr(endpoint)


def test_the_body_is_the_same_bytes_twice_and_exact_in_its_prices() -> None:
    request = ChatRequest(
        model="acme/x",
        messages=({"role": "user", "content": "lone \ud800 surrogate"},),
        max_tokens=9,
        routing=Routing(only=("acme",), max_prompt_usd_per_m=dec("0.10")),
    )
    made = body(request, Dialect.OPENROUTER, is_stream=False)
    assert made == body(request, Dialect.OPENROUTER, is_stream=False)
    assert json.loads(made)["provider"]["max_price"] == {"prompt": "0.1"}


def test_a_price_is_the_dearest_that_its_conditions_allow() -> None:
    pricing = {"prompt": "0.000001", "completion": "0.000002", "request": "0.001"}
    pricing |= {"overrides": [{"min_prompt_tokens": 200_000, "prompt": "0.000005"}]}  # type: ignore[dict-item]
    model = model_in({"id": "acme/x", "pricing": pricing})
    assert model is not None
    assert model.price is not None
    assert model.price.prompt_usd == dec("0.000005")
    assert model.price.of(1_000, 1_000) == dec("0.008")


@pytest.mark.parametrize("listed", [None, [], {}, {"id": 7}])
def test_an_entry_without_an_id_is_no_model(listed: object) -> None:
    assert model_in(listed) is None


def test_an_entry_of_odd_types_is_all_unknown() -> None:
    odd = {"id": "x", "pricing": "free", "supported_parameters": "all", "top_provider": 3}
    model = model_in(odd)
    assert model is not None
    assert (model.price, model.parameters, model.context_tokens) == (None, None, None)


@pytest.mark.parametrize(
    ("url", "key", "sent"),
    [
        (OPENROUTER_URL, KEY, f"Bearer {KEY}"),
        (OPENROUTER_URL, "", None),
        ("http://localhost:1/v1", "", "Bearer none"),
    ],
)
def test_the_key_goes_where_it_belongs(url: str, key: str, sent: str | None) -> None:
    assert Endpoint(base_url=url, api_key=key).headers().get("Authorization") == sent
