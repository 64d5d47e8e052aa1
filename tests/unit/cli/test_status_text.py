"""The text of `tai2 status`: what the account's books leave unexplained is said, never hidden."""

from dataclasses import replace

from tai2.cli.status_text import lines
from tests.unit.cli.conftest import STATUS_NOW


def reconciled(**changes: object) -> list[str]:
    return [one for one in lines(replace(STATUS_NOW, **changes)) if "unexplained" in one]  # type: ignore[arg-type]


def test_drift_of_today_and_of_the_last_closed_day_show_with_their_parts() -> None:
    (line,) = reconciled()
    today, _, day = line.partition(" · ")
    assert today == "unexplained today ▼-0.0200"
    assert day.split(": ")[1] == (
        "▲+20.00 PnL, ▼-5.00 fees, ▼-1.50 funding, ▲+486.00 transfers, ▲+0.5000 unexplained"
    )


def test_what_is_not_known_is_not_a_drift_of_nothing() -> None:
    assert reconciled(drift=None) == []
    assert reconciled(last_day=None) == ["unexplained today ▼-0.0200 · no day reconciled yet"]
