"""Reads untyped JSON from a server: decoding, and look-ups that tolerate any shape.

Faults, answers and the model list read through it. It must never raise for what a server said,
except Unreadable from `decode`, and never turn a price or cost into a float.
"""

import json
from decimal import Decimal, InvalidOperation
from typing import Final

from tai2.llm.chat import Json

MAX_USD: Final = Decimal(10_000)
"""A cost beyond it is a mistake of the server's and counts as unknown."""


class Unreadable(Exception):
    """The bytes are not JSON."""


def decode(raw: bytes) -> Json:
    """Return the JSON value in some bytes; numbers with a point become Decimal.

    Raises:
        Unreadable: Not UTF-8, not JSON, or nested too deep.
    """
    try:
        return json.loads(raw.decode("utf-8-sig").strip(), parse_float=_decimal)
    except (ValueError, RecursionError) as exc:
        raise Unreadable(type(exc).__name__) from exc


def _decimal(literal: str) -> Decimal:
    try:
        return Decimal(literal)
    except InvalidOperation as exc:
        raise ValueError("a number out of range") from exc


def record(node: Json) -> dict[str, Json]:
    """Return a JSON object, {} for everything else."""
    return node if isinstance(node, dict) else {}


def rows(node: Json) -> list[Json]:
    """Return a JSON list, [] for everything else."""
    return node if isinstance(node, list) else []


def text(node: Json) -> str:
    """Return a JSON string, "" for everything else."""
    return node if isinstance(node, str) else ""


def whole(node: Json) -> int | None:
    """Return a count of at least 0, also from plain digits in quotes; None for the rest."""
    if isinstance(node, str) and node.isascii() and node.isdigit() and len(node) < 16:
        return int(node)
    is_count = isinstance(node, int) and not isinstance(node, bool) and 0 <= node < 10**15
    return node if is_count else None


def usd(node: Json) -> Decimal | None:
    """Return an amount of USD from 0 to MAX_USD, from a number or a text; None for the rest."""
    if isinstance(node, bool) or not isinstance(node, int | str | Decimal):
        return None
    try:
        amount_usd = Decimal(node)
    except InvalidOperation:
        return None
    return amount_usd if amount_usd.is_finite() and 0 <= amount_usd <= MAX_USD else None
