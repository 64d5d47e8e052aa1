"""The parts' health in words: who is ill and why, or that all are well."""

from dataclasses import replace

from tai2.view.palette import Tone
from tai2.view.panels.health import health
from tai2.view.panels.line import text_of
from tai2.view.rows import HealthRow
from tai2.view.state import HealthView, ViewState
from tests.unit.view.panel_text import said

NOW = 1_000_000


def desk(*ill: str, detail: str = "gone") -> ViewState:
    rows = {
        name: HealthRow(part=name, ok=True, detail="", since_ms=0) for name in ("db", "journal")
    }
    rows |= {each: HealthRow(part=each, ok=False, detail=detail, since_ms=0) for each in ill}
    return replace(ViewState(), health=HealthView(rev=1, rows=rows))


def test_all_parts_are_named_when_all_are_well() -> None:
    assert said(health(desk(), NOW, 80)) == "● all well db, journal"


def test_a_part_in_trouble_has_a_word_its_reason_and_since_when() -> None:
    (line,) = health(desk("db"), NOW, 80)
    assert text_of(line) == "✗ db gone 16m40s"
    assert line[0].tone is Tone.ERROR


def test_more_trouble_than_room_is_counted() -> None:
    lines = health(desk("a", "b", "c", "d", "e", "f"), NOW, 80)
    assert len(lines) == 4
    assert text_of(lines[-1]) == "  and 3 more: tai2 status"


def test_a_long_or_hostile_reason_stays_one_clean_line() -> None:
    (line,) = health(desk("db", detail="\x1b[2J" + "long " * 60), NOW, 60)
    assert "\x1b" not in text_of(line)
    assert len(text_of(line)) <= 60
