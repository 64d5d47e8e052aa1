"""Records to JSON and back: dataclasses of the model and of the wire, by their type hints.

Methods use it for params and replies on both sides of the socket, faces for `--json`.
Decimals travel as plain strings; a tree that doesn't fit must raise, never be guessed at.
Standard library only, because `tai2 status` imports it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from functools import cache
from itertools import repeat
from types import NoneType, UnionType
from typing import Any, Final, Self, TypeVar, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

from tai2.model.errors import DataInvalid
from tai2.model.money import dec, plain

T = TypeVar("T")

Tree = object
"""What json.loads returns: dict, list, str, int, float, bool or None."""

_AS_IT_IS: Final = frozenset({str, int, float, bool, NoneType})


def to_tree(record: object) -> Tree:
    """Return a record as what json.dumps takes: Decimals and UUIDs as strings."""
    kind = type(record)
    if kind in _AS_IT_IS:
        return record
    if is_dataclass(kind):
        return {name: to_tree(getattr(record, name)) for name in _names(kind)}
    if isinstance(record, Decimal | Enum | UUID):
        return _written(record)
    if isinstance(record, Mapping):
        return {str(key): to_tree(item) for key, item in record.items()}
    if isinstance(record, Sequence) and not isinstance(record, str | bytes):
        return [to_tree(item) for item in record]
    return record


def _written(scalar: Decimal | Enum | UUID) -> str:
    if isinstance(scalar, Decimal):
        return plain(scalar)
    return str(scalar.value if isinstance(scalar, Enum) else scalar)


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


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
    hint: Any = kind  # mypy doubts that a class can be hashed
    try:
        return cast("T", _reader(hint, is_closed)(tree))  # it follows hints, not T
    except _Misfit as exc:
        raise DataInvalid(f"{kind.__name__}{exc.place}: {exc.words}") from exc


class _Misfit(Exception):
    """Something doesn't fit; the place grows on the way out, so that a fit costs no text."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words
        self.place = ""

    def within(self, part: str) -> Self:
        self.place = part + self.place
        return self


_Reader = Callable[[Tree], object]


@cache
def _reader(kind: Any, is_closed: bool) -> _Reader:  # noqa: FBT001 - a key of the cache
    """Return what reads a type hint, which may be a class, an alias or a NewType: hence Any."""
    kind = getattr(kind, "__supertype__", kind)
    if kind is object:
        return lambda tree: tree
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        (inner,) = (option for option in get_args(kind) if option is not NoneType)
        return _optional(_reader(inner, is_closed))
    if origin is tuple:
        return _tuple(get_args(kind), is_closed=is_closed)
    if origin is dict:
        return _dict(_reader(get_args(kind)[1], is_closed))
    return _record(kind, is_closed=is_closed) if is_dataclass(kind) else _scalar(kind)


def _optional(inner: _Reader) -> _Reader:
    return lambda tree: None if tree is None else inner(tree)


def _tuple(kinds: Any, *, is_closed: bool) -> _Reader:
    is_open = len(kinds) == 2 and kinds[1] is Ellipsis
    readers = tuple(_reader(kind, is_closed) for kind in kinds[: 1 if is_open else None])

    def read(tree: Tree) -> object:
        items = _typed(tree, list)
        if not is_open and len(readers) != len(items):
            raise _Misfit(f"expected {len(readers)} items")
        each = repeat(readers[0]) if is_open else iter(readers)
        made: list[object] = []
        try:
            made.extend(reader(item) for reader, item in zip(each, items, strict=False))
        except _Misfit as exc:
            raise exc.within(f"[{len(made)}]") from exc
        return tuple(made)

    return read


def _dict(inner: _Reader) -> _Reader:
    def read(tree: Tree) -> object:
        made: dict[str, object] = {}
        for key, item in _typed(tree, dict).items():
            try:
                made[key] = inner(item)
            except _Misfit as exc:
                raise exc.within(f".{key}") from exc
        return made

    return read


def _record(kind: Any, *, is_closed: bool) -> _Reader:
    hints = get_type_hints(kind)
    readers = {name: _reader(hints[name], is_closed) for name in _names(kind)}
    needed = frozenset(
        field.name
        for field in fields(kind)
        if field.default is MISSING and field.default_factory is MISSING
    )

    def read(tree: Tree) -> object:
        branches = _typed(tree, dict)
        if is_closed and (extra := sorted(branches.keys() - hints.keys())):
            raise _Misfit(f"unknown key {extra[0]!r:.40}")
        parts, name = {}, ""
        try:
            for name, reader in readers.items():
                if name in branches:
                    parts[name] = reader(branches[name])
        except _Misfit as exc:
            raise exc.within(f".{name}") from exc
        if missing := needed - parts.keys():
            raise _Misfit(f"{min(missing)} is missing")
        return kind(**parts)

    return read


def _scalar(kind: Any) -> _Reader:
    if kind is Decimal:
        return _decimal
    if kind is int:
        return _int
    if kind is float:
        return _float
    if kind in (str, bool):
        return lambda tree: _typed(tree, kind)

    def read(tree: Tree) -> object:
        try:
            return kind(_typed(tree, str))
        except ValueError as exc:
            raise _Misfit(f"{tree!r:.40} isn't a {kind.__name__}") from exc

    return read


def _decimal(tree: Tree) -> Decimal:
    return dec(_typed(tree, str))


def _int(tree: Tree) -> int:
    if isinstance(tree, int) and not isinstance(tree, bool):
        return tree
    raise _Misfit("expected int")


def _float(tree: Tree) -> int | float:
    if isinstance(tree, int | float) and not isinstance(tree, bool):
        return tree
    raise _Misfit("expected float")


def _typed(tree: Tree, kind: type[T]) -> T:
    if not isinstance(tree, kind):
        raise _Misfit(f"expected {kind.__name__}")
    return tree
