"""The models that the fake serves, with prices and what each of them can't do."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

EVERY_FORMAT = ("strict", "sentinel", "json_object")


@dataclass(frozen=True, kw_only=True)
class FakeModel:
    """One model; prices in USD per token."""

    model_id: str
    prompt_usd: str = "0.000003"
    completion_usd: str = "0.000015"
    formats: tuple[str, ...] = EVERY_FORMAT
    """Response formats that it accepts; others are refused with 400."""
    parameters: tuple[str, ...] = (
        "max_tokens",
        "temperature",
        "reasoning",
        "response_format",
        "structured_outputs",
        "tools",
        "tool_choice",
    )
    expires: str | None = None
    context: int = 200_000

    def listed(self) -> dict[str, Any]:
        return {
            "id": self.model_id,
            "canonical_slug": f"{self.model_id}-20260601",
            "name": self.model_id.title(),
            "created": 1_780_000_000,
            "context_length": self.context,
            "pricing": {"prompt": self.prompt_usd, "completion": self.completion_usd},
            "top_provider": {"context_length": self.context, "max_completion_tokens": 64_000},
            "supported_parameters": list(self.parameters),
            "knowledge_cutoff": "2026-01-31",
            "expiration_date": self.expires,
            "reasoning": {"mandatory": False},
        }

    def cost_usd(self, tokens_in: int, tokens_out: int) -> Decimal:
        return Decimal(self.prompt_usd) * tokens_in + Decimal(self.completion_usd) * tokens_out


MODELS = (
    FakeModel(model_id="acme/quant-large"),
    FakeModel(model_id="acme/quant-small", prompt_usd="0.00000014", completion_usd="0.00000028"),
    FakeModel(model_id="acme/no-null", formats=("sentinel", "json_object")),
    FakeModel(
        model_id="acme/json-mode",
        formats=("json_object",),
        parameters=("max_tokens", "temperature", "response_format"),
    ),
    FakeModel(model_id="acme/words-only", formats=(), parameters=("max_tokens", "temperature")),
    FakeModel(model_id="acme/leaving", expires="2025-11-30"),
    FakeModel(model_id="acme/tiny", context=8_192),
    FakeModel(model_id="~acme/quant-latest"),
)
