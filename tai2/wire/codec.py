"""Records to JSON and back: dataclasses of the model and of the wire, by their type hints.

Methods use it for params and replies on both sides of the socket, faces for `--json`.
Decimals travel as plain strings; a tree that doesn't fit must raise, never be guessed at.
Standard library only, because `tai2 status` imports it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

from tai2.model.errors import DataInvalid
from tai2.model.money import dec, plain

T = TypeVar("T")

Tree = object
"""What json.loads returns: dict, list, str, int, float, bool or None."""


def to_tree(record: object) -> Tree:
    """Return a record as what json.dumps takes: Decimals and UUIDs as strings."""
    if is_dataclass(record) and not isinstance(record, type):
        return {field.name: to_tree(getattr(record, field.name)) for field in fields(record)}
    if isinstance(record, Decimal):
        return plain(record)
    if isinstance(record, Enum | UUID):
        return str(record.value if isinstance(record, Enum) else record)
    if isinstance(record, Mapping):
        return {str(key): to_tree(item) for key, item in record.items()}
    if isinstance(record, Sequence) and not isinstance(record, str | bytes):
        return [to_tree(item) for item in record]
    return record


def recast(kind: type[T], record: object) -> T:
    """Return a record as another kind with the same field names: a model type as a row."""
    return from_tree(kind, to_tree(record))


def from_tree(kind: type[T], tree: Tree, *, is_closed: bool = False) -> T:
    """Build a record of a kind from JSON.

    Args:
        kind: A dataclass whose hints name str, int, float, bool, Decimal, UUID, enums,
            other dataclasses, tuples, dicts by str, object and unions of one of these with None.
        tree: What json.loads returned.
        is_closed: True refuses keys that the record doesn't have.

    Raises:
        DataInvalid: The tree doesn't fit; the message names the place.
    """
    return cast(
        "T", _read(kind, tree, kind.__name__, is_closed=is_closed)
    )  # _read follows hints, not T


def _read(kind: Any, tree: Tree, where: str, *, is_closed: bool) -> object:
    """Dispatch on a type hint, which may be a class, an alias or a NewType: hence Any."""
    kind = getattr(kind, "__supertype__", kind)
    if kind is object:
        return tree
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _read_optional(kind, tree, where, is_closed=is_closed)
    if origin is tuple:
        return _read_tuple(get_args(kind), tree, where, is_closed=is_closed)
    if origin is dict:
        branches = _typed(tree, dict, where)
        item_kind = get_args(kind)[1]
        return {
            k: _read(item_kind, v, f"{where}.{k}", is_closed=is_closed) for k, v in branches.items()
        }
    if is_dataclass(kind):
        return _read_record(kind, tree, where, is_closed=is_closed)
    return _read_scalar(kind, tree, where)


def _read_optional(kind: Any, tree: Tree, where: str, *, is_closed: bool) -> object:
    if tree is None:
        return None
    (inner,) = (option for option in get_args(kind) if option is not NoneType)
    return _read(inner, tree, where, is_closed=is_closed)


def _read_tuple(kinds: Any, tree: Tree, where: str, *, is_closed: bool) -> object:
    items = _typed(tree, list, where)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        kinds = kinds[:1] * len(items)
    if len(kinds) != len(items):
        raise DataInvalid(f"{where}: expected {len(kinds)} items")
    pairs = enumerate(zip(kinds, items, strict=True))
    return tuple(
        _read(kind, item, f"{where}[{n}]", is_closed=is_closed) for n, (kind, item) in pairs
    )


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read_record(kind: Any, tree: Tree, where: str, *, is_closed: bool) -> object:
    branches = _typed(tree, dict, where)
    hints = _hints(kind)
    if is_closed and (extra := sorted(branches.keys() - hints.keys())):
        raise DataInvalid(f"{where}: unknown key {extra[0]!r:.40}")
    parts = {}
    for field in fields(kind):
        if field.name in branches:
            there = f"{where}.{field.name}"
            parts[field.name] = _read(
                hints[field.name], branches[field.name], there, is_closed=is_closed
            )
        elif field.default is MISSING and field.default_factory is MISSING:
            raise DataInvalid(f"{where}: {field.name} is missing")
    return kind(**parts)


def _read_scalar(kind: Any, tree: Tree, where: str) -> object:
    if kind is Decimal:
        return dec(_typed(tree, str, where))
    if kind is int and isinstance(tree, int) and not isinstance(tree, bool):
        return tree
    if kind is float and isinstance(tree, int | float) and not isinstance(tree, bool):
        return tree
    if kind in (str, bool):
        return _typed(tree, kind, where)
    if kind not in (int, float):
        try:
            return kind(_typed(tree, str, where))
        except ValueError as exc:
            raise DataInvalid(f"{where}: {tree!r:.40} isn't a {kind.__name__}") from exc
    raise DataInvalid(f"{where}: expected {kind.__name__}")


def _typed(tree: Tree, kind: type[T], where: str) -> T:
    if not isinstance(tree, kind):
        raise DataInvalid(f"{where}: expected {kind.__name__}")
    return tree
