"""What the fake refuses with 400: requests that the real service would refuse or misread."""

import json
from typing import Any

PROVIDER_KEYS = {
    "order",
    "only",
    "ignore",
    "allow_fallbacks",
    "require_parameters",
    "data_collection",
    "zdr",
    "quantizations",
    "sort",
    "preferred_min_throughput",
    "preferred_max_latency",
    "max_price",
    "enforce_distillable_text",
}
PLAIN_KEYS = {
    "model",
    "messages",
    "stream",
    "stream_options",
    "max_tokens",
    "temperature",
    "top_p",
    "seed",
    "stop",
    "response_format",
    "tools",
    "tool_choice",
}


def objection(body: dict[str, Any], *, is_plain: bool) -> str:
    """Return why a request is refused, "" when it isn't."""
    if not isinstance(body.get("model"), str):
        return "model is required"
    messages = body.get("messages")
    if not messages or not isinstance(messages, list):
        return "messages is required"
    checks = (
        _unknown_keys(body) if is_plain else _provider(body),
        _format(body),
        _tool_messages(messages),
    )
    return next((each for each in checks if each), "")


def _unknown_keys(body: dict[str, Any]) -> str:
    unknown = sorted(set(body) - PLAIN_KEYS)
    return f"unknown field {unknown[0]}" if unknown else ""


def _provider(body: dict[str, Any]) -> str:
    unknown = sorted(set(body.get("provider") or {}) - PROVIDER_KEYS)
    return f"unknown provider key {unknown[0]}" if unknown else ""


def _format(body: dict[str, Any]) -> str:
    wanted = body.get("response_format") or {"type": "text"}
    if wanted["type"] == "json_object" and "json" not in json.dumps(body["messages"]).lower():
        return "messages must contain the word json to use response_format json_object"
    if wanted["type"] != "json_schema":
        return ""
    schema = wanted["json_schema"]
    if not schema.get("strict") or not schema.get("name"):
        return "response_format json_schema needs name and strict"
    return _not_strict(schema["schema"])


def _not_strict(node: Any) -> str:
    if isinstance(node, list):
        return next((found for each in node if (found := _not_strict(each))), "")
    if not isinstance(node, dict):
        return ""
    if node.get("type") == "object" and (
        node.get("additionalProperties") is not False
        or list(node["properties"]) != node.get("required")
    ):
        return "response_format schema: every property must be required"
    return next((found for each in node.values() if (found := _not_strict(each))), "")


def _tool_messages(messages: list[dict[str, Any]]) -> str:
    known: set[str] = set()
    for message in messages:
        known |= {call["id"] for call in message.get("tool_calls") or []}
        if message.get("role") == "tool" and message.get("tool_call_id") not in known:
            return "tool message without a matching tool_call id"
    return ""


def format_kind(body: dict[str, Any]) -> str:
    """Return strict, sentinel, json_object or "" (no format asked)."""
    wanted = body.get("response_format")
    if not wanted or wanted["type"] == "text":
        return ""
    if wanted["type"] == "json_object":
        return "json_object"
    return "strict" if '"null"' in json.dumps(wanted) else "sentinel"
