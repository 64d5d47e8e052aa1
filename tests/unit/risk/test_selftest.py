"""The self-test: every guard refuses an entry that breaks only it, under any sane limits."""

from decimal import Decimal

import pytest

from tai2.daemon.ceilings import limits_of
from tai2.risk import selftest
from tai2.risk.guards import GUARDS
from tai2.risk.rules import ALWAYS, ENTRIES
from tai2.risk.selftest import BREACHES, failures
from tai2.settings.sections import Settings
from tests.builders import market as m


def test_every_guard_of_the_shipped_limits_guards() -> None:
    assert failures(limits_of(Settings())) == ()


def test_every_guard_of_the_tests_limits_guards() -> None:
    assert failures(m.limits()) == ()


def test_every_rule_of_the_gate_is_in_the_table_of_guards() -> None:
    names = {guard.name for guard in GUARDS}
    assert {rule.__name__ for rule in ALWAYS + ENTRIES} <= names
    assert len(names) == len(GUARDS)


def test_every_guard_has_a_breach_of_its_own() -> None:
    assert set(BREACHES) == {guard.name for guard in GUARDS}


@pytest.mark.parametrize("name", sorted(BREACHES))
def test_a_guard_that_lets_its_breach_pass_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(selftest.BREACHES, name, lambda case: case)  # type: ignore[arg-type]
    assert failures(m.limits()) == (f"{name}: let a breach pass",)


def test_a_guard_that_nothing_tests_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(selftest.BREACHES, "spread")  # type: ignore[arg-type]
    assert failures(m.limits()) == ("spread: nothing tests it",)


def test_limits_that_refuse_everything_are_said_so() -> None:
    (words,) = failures(m.limits(stop_min_pct=Decimal(60), stop_max_pct=Decimal(70)))
    assert words.startswith("these limits refuse every entry: the stop is")
