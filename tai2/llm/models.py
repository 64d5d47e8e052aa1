"""A model as its server lists it, and whether it is fit to trade with.

The catalogue reads lists with it, `tai2 models` and CFG show the verdicts. Prices are exact; what
a server doesn't say is None, and nothing that is unknown may count as good.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from tai2.llm.chat import Json
from tai2.llm.envelope import record, rows, text, usd, whole
from tai2.llm.prices import MILLION, TOKENS_IN, Price
from tai2.model.money import ZERO, trimmed

STRUCTURED: Final = "structured_outputs"
EXPIRY_DAYS: Final = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One line of a model list."""

    model_id: str
    name: str
    canonical: str
    """Concrete slug that answers may name, "" when unknown."""
    context_tokens: int | None
    max_output_tokens: int | None
    price: Price | None
    """The dearest that its list price can become; None = not listed."""
    parameters: frozenset[str] | None
    """Request fields it supports; None = the server doesn't say."""
    is_alias: bool
    """True when it is re-targeted without notice."""
    expires: str
    """ISO date, "" = not announced."""
    knowledge_cutoff: str
    """ISO date, "" = unknown."""
    must_reason: bool

    def supports(self, parameter: str) -> bool:
        """Tell whether a request field is known to be supported."""
        return self.parameters is not None and parameter in self.parameters

    def is_served_by(self, served: str) -> bool:
        """Tell whether the model that an answer names is this one, or a dated release of it."""
        asked, named = self.model_id.partition(":")[0], served.partition(":")[0]
        is_dated = re.fullmatch(rf"{re.escape(asked)}[-@][0-9][0-9-]*", named) is not None
        return self.is_alias or is_dated or named in (asked, self.canonical)


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What trading asks of a model."""

    prompt_tokens: int = TOKENS_IN
    """Tokens of one prompt; the context must hold twice as many."""
    max_prompt_usd_per_m: Decimal | None = None
    """Dearest prompt price, USD per million tokens; None = any."""
    max_completion_usd_per_m: Decimal | None = None


def model_in(listed: Json) -> Model | None:
    """Read one entry of /models; None when it has no id."""
    entry = record(listed)
    model_id = text(entry.get("id"))
    if not model_id:
        return None
    parameters, top = entry.get("supported_parameters"), record(entry.get("top_provider"))
    known = isinstance(parameters, list)
    return Model(
        model_id=model_id,
        name=text(entry.get("name")) or model_id,
        canonical=text(entry.get("canonical_slug")),
        context_tokens=whole(top.get("context_length")) or whole(entry.get("context_length")),
        max_output_tokens=whole(top.get("max_completion_tokens")),
        price=_price(record(entry.get("pricing"))),
        parameters=frozenset(map(text, rows(parameters))) if known else None,
        is_alias=model_id.startswith("~") or bool(entry.get("alias_target")),
        expires=text(entry.get("expiration_date")),
        knowledge_cutoff=text(entry.get("knowledge_cutoff")),
        must_reason=record(entry.get("reasoning")).get("mandatory") is True,
    )


def _price(pricing: Mapping[str, Json]) -> Price | None:
    """Return the dearest price that the list allows, conditional prices included."""
    prompt_usd, completion_usd = usd(pricing.get("prompt")), usd(pricing.get("completion"))
    if prompt_usd is None or completion_usd is None:
        return None
    overrides = [record(each) for each in rows(pricing.get("overrides"))]
    return Price(
        prompt_usd=max([prompt_usd, *(usd(each.get("prompt")) or ZERO for each in overrides)]),
        completion_usd=max(
            [completion_usd, *(usd(each.get("completion")) or ZERO for each in overrides)]
        ),
        request_usd=usd(pricing.get("request")) or ZERO,
    )


def unfitness(model: Model, needs: Needs, now_ms: int) -> tuple[str, ...]:
    """Return every reason against trading with a model; () = fit.

    Args:
        model: As listed.
        needs: What trading asks.
        now_ms: For an announced end, ms UTC.
    """
    return tuple(
        reason
        for reason in (
            _against_format(model),
            _against_context(model, needs),
            *_against_price(model, needs),
            "an alias: the model behind it changes without notice" if model.is_alias else "",
            _against_expiry(model, now_ms),
        )
        if reason
    )


def _against_format(model: Model) -> str:
    if model.supports(STRUCTURED):
        return ""
    if model.supports("response_format"):
        return "no strict schema, only JSON mode"
    return "no structured outputs" if model.parameters is not None else "capabilities unknown"


def _against_context(model: Model, needs: Needs) -> str:
    if model.context_tokens is None:
        return "context length unknown"
    if model.context_tokens < 2 * needs.prompt_tokens:
        return f"context of {model.context_tokens} tokens, needs {2 * needs.prompt_tokens}"
    return ""


def _against_price(model: Model, needs: Needs) -> tuple[str, ...]:
    if model.price is None:
        return ("price unknown",)
    pairs = (
        ("prompt", model.price.prompt_usd, needs.max_prompt_usd_per_m),
        ("completion", model.price.completion_usd, needs.max_completion_usd_per_m),
    )
    return tuple(
        f"{kind} costs {trimmed(per_token * MILLION)} USD per million, at most {trimmed(cap)}"
        for kind, per_token, cap in pairs
        if cap is not None and per_token * MILLION > cap
    )


def _against_expiry(model: Model, now_ms: int) -> str:
    if not model.expires:
        return ""
    try:
        last_day = date.fromisoformat(model.expires[:10])
    except ValueError:
        return f"ends at an unreadable date: {model.expires!r:.20}"
    left = (last_day - datetime.fromtimestamp(now_ms / 1000, UTC).date()).days
    return f"ends on {last_day}" if left < EXPIRY_DAYS else ""
