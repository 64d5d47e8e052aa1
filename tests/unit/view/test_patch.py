"""Merge patches: RFC 7396's own examples, and that what was taken apart goes together again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai2.view.patch import diff, merged, pruned

TREES = st.recursive(
    st.booleans() | st.integers(-5, 5) | st.text(max_size=3) | st.floats(allow_nan=False, width=16),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4)
    ),
    max_leaves=20,
)


def typed(tree: object) -> object:
    """Return a tree in which True and 1 and 1.0 differ as they do in JSON."""
    if isinstance(tree, dict):
        return {key: typed(item) for key, item in tree.items()}
    if isinstance(tree, list):
        return [typed(item) for item in tree]
    return (isinstance(tree, bool), tree)


@given(TREES, TREES)
def test_a_patch_turns_one_tree_into_the_other(before: object, after: object) -> None:
    assert typed(merged(before, diff(before, after))) == typed(after)


@given(st.dictionaries(st.sampled_from("abcd"), TREES))
def test_an_unchanged_object_gives_an_empty_patch(tree: dict[str, object]) -> None:
    assert diff(tree, tree) == {}


@given(TREES, TREES)
def test_merging_changes_neither_argument(before: object, after: object) -> None:
    patch = diff(before, after)
    copies = repr((before, patch))
    merged(before, patch)
    assert repr((before, patch)) == copies


def test_a_patch_holds_only_what_changed() -> None:
    before = {"rows": {"a": {"px": "1", "up": True}, "b": {"px": "2"}}, "rev": 1}
    after = {"rows": {"a": {"px": "1.5", "up": True}, "c": {"px": "3"}}, "rev": 2}
    patch = {"rows": {"a": {"px": "1.5"}, "b": None, "c": {"px": "3"}}, "rev": 2}
    assert diff(before, after) == patch


def test_unknown_is_left_out_save_in_arrays() -> None:
    assert pruned({"a": None, "b": {"c": None}, "d": [1, None]}) == {"b": {}, "d": [1, None]}


@pytest.mark.parametrize(
    ("tree", "patch", "outcome"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merging_follows_the_rfc(tree: object, patch: object, outcome: object) -> None:
    assert merged(tree, patch) == outcome
