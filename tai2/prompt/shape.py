"""Whether a reply has the schema's shape; small slips of form are mended and noted.

The parser calls it with the parsed object. It walks the schema itself, so that schema and
check can't drift apart; it must never change what a number or a word means.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from tai2.prompt.faults import Fault

_PLAIN: Final = re.compile(r"-?[0-9]{1,24}(\.[0-9]{1,15})?", re.ASCII)
_NULLS: Final = {"", "null", "n/a", "none"}
_UNIT_INTERVAL: Final = ("p_up", "confidence")
MAX_ITEMS: Final = 12
MAX_TEXT: Final = 2000
"""Characters of one text; a justification of 80 words has about 500."""

Json = Any
"""A JSON value: this is the edge where a model's reply becomes typed."""


def fit(node: Json, schema: Mapping[str, Any], path: str, repairs: list[str]) -> Json:
    """Return `node` as the schema wants it, mended where that is harmless.

    Mended and appended to `repairs`: case of enum words, plain digits in quotes, "", "null" and
    "N/A" in nullable fields, unknown keys (dropped).

    Raises:
        Fault: Stage schema (MISSING_KEY, WRONG_TYPE, NOT_ALLOWED_WORD, TOO_MANY, TOO_LONG,
            OUT_OF_RANGE).
    """
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    match types[0]:
        case "object":
            return _object(node, schema, path, repairs)
        case "array":
            return _array(node, schema, path, repairs)
        case "string":
            return _string(node, schema.get("enum"), path, repairs)
        case _:
            return _number(node, types, path, repairs)


def _object(node: Json, schema: Mapping[str, Any], path: str, repairs: list[str]) -> Json:
    if not isinstance(node, dict):
        raise _wrong_type(path, "an object", node)
    if missing := [key for key in schema["required"] if key not in node]:
        raise Fault("schema", "MISSING_KEY", f"{path}{missing[0]} is missing")
    properties = schema["properties"]
    if unknown := [key for key in node if key not in properties]:
        repairs.append(f"{len(unknown)} unknown keys dropped: {path}{unknown[0]:.40}")
    return {key: fit(node[key], each, f"{path}{key}", repairs) for key, each in properties.items()}


def _array(node: Json, schema: Mapping[str, Any], path: str, repairs: list[str]) -> Json:
    if not isinstance(node, list):
        raise _wrong_type(path, "a list", node)
    if len(node) > MAX_ITEMS:
        raise Fault("schema", "TOO_MANY", f"{path} has {len(node)} items, at most {MAX_ITEMS}")
    items = schema["items"]
    return [fit(each, items, f"{path}[{place}].", repairs) for place, each in enumerate(node)]


def _string(node: Json, words: list[str] | None, path: str, repairs: list[str]) -> str:
    if not isinstance(node, str):
        raise _wrong_type(path, "a text", node)
    if len(node) > MAX_TEXT:
        raise Fault("schema", "TOO_LONG", f"{path} has {len(node)} characters, at most {MAX_TEXT}")
    if words is None or node in words:
        return node
    folded = node.strip().upper()
    if folded not in words:
        raise Fault("schema", "NOT_ALLOWED_WORD", f"{path} is {node!r:.40}")
    repairs.append(f"{path} written {folded}")
    return folded


def _number(node: Json, types: list[str], path: str, repairs: list[str]) -> Decimal | None:
    nullable = "null" in types
    if isinstance(node, str):
        node = _from_text(node, path, repairs, nullable=nullable)
    if node is None and nullable:
        return None
    if not isinstance(node, Decimal):
        raise _wrong_type(path, "a number", node)
    if "integer" in types and node != node.to_integral_value():
        raise _wrong_type(path, "a whole number", node)
    if path in _UNIT_INTERVAL and not 0 <= node <= 1:
        raise Fault("schema", "OUT_OF_RANGE", f"{path} is {node}, not within 0 and 1")
    return node


def _from_text(text: str, path: str, repairs: list[str], *, nullable: bool) -> Decimal | None:
    bare = text.strip()
    if nullable and bare.lower() in _NULLS:
        repairs.append(f"{path} {text!r:.10} read as null")
        return None
    if not _PLAIN.fullmatch(bare):
        raise _wrong_type(path, "a plain number", text)
    repairs.append(f"{path} unquoted")
    return Decimal(bare)


def _wrong_type(path: str, wanted: str, node: Json) -> Fault:
    return Fault(
        "schema", "WRONG_TYPE", f"{path.rstrip('.') or 'reply'} is not {wanted}: {node!r:.40}"
    )
