"""Merge patches of JSON trees, both ways (RFC 7396): make one, apply one.

The hub sends the difference between two trees of a section, the client merges it into its own.
A null in a patch means "remove", so trees must not hold nulls: unknown is left out.
"""

from collections.abc import Mapping
from typing import Final

Tree = object
"""JSON without null: dict by str, list, str, int, float or bool."""

_EQUAL: Final = object()


def pruned(tree: Tree) -> Tree:
    """Return a tree without the members of objects that are null.

    An element of an array that is null stays: arrays are replaced whole.
    """
    if isinstance(tree, dict):
        return {key: pruned(item) for key, item in tree.items() if item is not None}
    if isinstance(tree, list):
        return [pruned(item) for item in tree]
    return tree


def diff(before: Tree, after: Tree) -> Tree:
    """Return the patch that `merged` turns `before` into `after` with.

    Args:
        before: A tree without nulls.
        after: Another one; when it isn't an object, it is its own patch.

    Returns:
        {} when nothing has changed between two objects.
    """
    if not isinstance(after, dict) or not isinstance(before, dict):
        return after
    patch = _difference(before, after)
    return {} if patch is _EQUAL else patch


def _difference(before: Tree, after: Tree) -> Tree:
    """Return the patch, or _EQUAL."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return _EQUAL if _is_same(before, after) else after
    patch: dict[str, Tree] = {key: None for key in before if key not in after}
    for key, item in after.items():
        change = _difference(before[key], item) if key in before else item
        if change is not _EQUAL:
            patch[key] = change
    return patch or _EQUAL


def _is_same(before: Tree, after: Tree) -> bool:
    """Compare as JSON does: true isn't 1, though Python says so."""
    if isinstance(before, list) and isinstance(after, list):
        pairs = zip(before, after, strict=False)
        return len(before) == len(after) and all(_is_same(a, b) for a, b in pairs)
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() == after.keys() and all(_is_same(before[k], after[k]) for k in after)
    return isinstance(before, bool) == isinstance(after, bool) and before == after


def merged(tree: Tree, patch: Tree) -> Tree:
    """Return a tree with a merge patch applied; neither argument is changed (RFC 7396, 2)."""
    if not isinstance(patch, dict):
        return patch
    known: Mapping[str, Tree] = tree if isinstance(tree, dict) else {}
    kept = {key: item for key, item in known.items() if key not in patch}
    fresh = {key: merged(known.get(key), item) for key, item in patch.items() if item is not None}
    return kept | fresh
