"""The published schema of the snapshot: true for real documents, and strict about their age."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jsonschema
import msgspec
import pytest

from tai2.cli.snapshot_schema import snapshot_schema
from tai2.model.snapshot import REQUIRED, Aged, Freshness, Snapshot
from tests.builders.market import snapshot

Tai2 = Callable[..., Any]
MISSING: Aged[Any] = Aged(
    value=None, ts_event=None, ts_recv=None, age_ms=None, freshness=Freshness.MISSING
)
FIELDS = ("book", "ticker", "mark", "funding", "open_interest", "flow", "balance", "position")


def document(**changes: Any) -> Any:
    return json.loads(msgspec.json.encode(replace(snapshot(), **changes)))


def check(found: Any) -> None:
    jsonschema.Draft202012Validator(snapshot_schema()).validate(found)


def test_schema_is_one_and_names_its_version(lonely_tai2: Tai2) -> None:
    found = json.loads(lonely_tai2("snapshot", "--schema").out)
    jsonschema.Draft202012Validator.check_schema(found)
    assert found["$id"] == "urn:tai2:snapshot:1"
    assert found["x-required-for-decision"] == ["book", "ticker", "balance", "position"]


def test_snapshot_keeps_to_its_schema() -> None:
    check(document())


@pytest.mark.parametrize("name", FIELDS)
def test_each_field_may_be_missing_and_has_times_age_and_verdict(name: str) -> None:
    made = document(**{name: MISSING})
    check(made)
    assert set(made[name]) == {"value", "ts_event", "ts_recv", "age_ms", "freshness"}
    del made[name]["age_ms"]
    with pytest.raises(jsonschema.ValidationError, match="age_ms"):
        check(made)


def test_another_version_is_another_document() -> None:
    with pytest.raises(jsonschema.ValidationError, match="1 was expected"):
        check(document() | {"schema_version": 2})


def test_price_as_a_number_is_no_price() -> None:
    made = document()
    made["mark"]["value"]["px"] = 1.5
    with pytest.raises(jsonschema.ValidationError):
        check(made)


@pytest.mark.parametrize("name", REQUIRED)
def test_required_field_that_is_missing_makes_a_snapshot_unusable(name: str) -> None:
    made: Snapshot = replace(snapshot(), **{name: MISSING})
    assert made.unusable == ((name, Freshness.MISSING),)
    assert snapshot().unusable == ()


def test_nobody_is_asked_without_an_instrument(lonely_tai2: Tai2) -> None:
    assert lonely_tai2("snapshot").code == 2
