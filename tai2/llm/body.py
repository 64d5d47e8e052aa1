"""Writes a chat request as the JSON body that a server of one dialect accepts.

The client calls it; the same request gives the same bytes. Extensions of OpenRouter must never
reach another server, which may refuse a body with unknown keys.
"""

import json
from collections.abc import Mapping
from typing import Final

from tai2.llm.chat import ChatRequest, Json, Routing
from tai2.llm.endpoint import Dialect
from tai2.model.money import trimmed

NO_COMPRESSION: Final = {"id": "context-compression", "enabled": False}
"""On by default for small models, it would drop facts from the middle of the prompt."""


def body(request: ChatRequest, dialect: Dialect, *, is_stream: bool) -> bytes:
    """Return the request's body as UTF-8 JSON."""
    fields: dict[str, Json] = {"model": request.model, "max_tokens": request.max_tokens}
    if is_stream:
        fields |= {"stream": True, "stream_options": {"include_usage": True}}
    if request.temperature is not None:
        fields["temperature"] = request.temperature
    if request.response_format is not None:
        fields["response_format"] = request.response_format
    if request.tools:
        fields |= {"tools": request.tools, "tool_choice": "auto", "parallel_tool_calls": False}
    if dialect is Dialect.OPENROUTER:
        fields |= _extensions(request)
    else:
        fields.pop("parallel_tool_calls", None)
    fields["messages"] = request.messages
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "backslashreplace"
    )


def _extensions(request: ChatRequest) -> dict[str, Json]:
    fields: dict[str, Json] = {"plugins": [NO_COMPRESSION], "provider": _provider(request)}
    if request.session_id:
        fields["session_id"] = request.session_id[:256]
    if request.effort:
        fields["reasoning"] = {"effort": request.effort}
    return fields


def _provider(request: ChatRequest) -> Mapping[str, Json]:
    routing = request.routing
    provider: dict[str, Json] = {"allow_fallbacks": True, "data_collection": "deny"}
    if request.response_format is not None or request.tools:
        provider["require_parameters"] = True
    if routing.only:
        provider["only"] = routing.only
    if routing.quantizations:
        provider["quantizations"] = routing.quantizations
    if max_price := _max_price(routing):
        provider["max_price"] = max_price
    return provider


def _max_price(routing: Routing) -> dict[str, str]:
    """Return the dearest prices as text, USD per million tokens."""
    caps = {
        "prompt": routing.max_prompt_usd_per_m,
        "completion": routing.max_completion_usd_per_m,
    }
    return {kind: trimmed(cap) for kind, cap in caps.items() if cap is not None}
