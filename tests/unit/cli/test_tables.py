"""Tables must line up, fit the terminal, and be colourless where colour isn't wanted."""

import io
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai2.cli.replay import _percent_lines, _sections
from tai2.cli.since import since_ms
from tai2.cli.table import Column, render
from tai2.model.errors import UsageError
from tai2.view.text import safe, width

COLUMNS = [Column("Name"), Column("Number", is_number=True), Column("Why")]


class Terminal(io.StringIO):
    """A stdout that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def on_terminal(why: str, **environ: str) -> str:
    """Render one row as on a terminal of 40 columns."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("NO_COLOR", raising=False)
        for name, setting in ({"COLUMNS": "40", "TERM": "xterm"} | environ).items():
            patch.setenv(name, setting)
        patch.setattr("sys.stdout", Terminal())
        return render(COLUMNS, [("name", "▲+1.00", why)])


def test_numbers_are_right_aligned_and_words_left() -> None:
    assert render(COLUMNS, [("a", "1.50", "x"), ("bcd", "▲+10.00", "y")]).splitlines() == [
        "Name   Number  Why",
        "a        1.50  x",
        "bcd   ▲+10.00  y",
    ]


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=4))
def test_any_text_keeps_its_row_and_column(cells: list[tuple[str, str]]) -> None:
    rows = [(safe(a), "1", f"|{safe(b)}") for a, b in cells]
    lines = render(COLUMNS, rows).splitlines()[1:]
    assert len(lines) == len(rows)
    starts = {width(line.rpartition("1  |")[0]) for line in lines if "|" not in line[:-9]}
    assert len(starts) <= 1 or any("|" in a for a, _one, _b in rows)


def test_the_last_column_gives_way_on_a_terminal() -> None:
    lines = on_terminal("word " * 40, NO_COLOR="1").splitlines()
    assert max(map(width, lines)) == 40
    assert lines[1].endswith("…")


def test_gains_and_losses_are_coloured_on_a_terminal() -> None:
    assert "\x1b[38;5;74m▲+1.00\x1b[0m" in on_terminal("")


@pytest.mark.parametrize("unwanted", [{"NO_COLOR": ""}, {"TERM": "dumb"}])
def test_colour_stays_away_when_unwanted(unwanted: dict[str, str]) -> None:
    assert "\x1b" not in on_terminal("", **unwanted)


def test_a_reader_that_leaves_early_is_no_error(running: Any) -> None:
    code = "import sys; from tai2.cli.app import run; sys.exit(run(['status', '--json']))"
    reading, writing = os.pipe()
    os.close(reading)
    words = [sys.executable, "-c", code]
    try:
        done = subprocess.run(
            words, check=False, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=120
        )
    finally:
        os.close(writing)
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("7d", 1_000_000_000_000 - 7 * 86_400_000),
        ("90m", 1_000_000_000_000 - 5_400_000),
        ("999999w", 0),
        ("1970-01-02T00:00Z", 86_400_000),
        ("1970-01-01T01:00+01:00", 0),
    ],
)
def test_since_reads_spans_and_instants(text: str, instant: int) -> None:
    assert since_ms(text, 1_000_000_000_000) == instant


@given(st.text())
def test_since_never_crashes(text: str) -> None:
    outcome: object
    try:
        outcome = since_ms(text, 1_000_000_000_000)
    except UsageError as exc:
        outcome = exc.hint
    assert outcome == 0 or outcome


def test_progress_is_said_in_tenths_where_no_terminal_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress: Callable[[int, int], None] = _percent_lines()
    for done in range(1_001):
        progress(done, 1_000)
    said = capsys.readouterr().err.splitlines()
    assert said == [f"replay {percent}%" for percent in range(0, 101, 10)]


def test_a_replay_s_summary_becomes_tables() -> None:
    summary: dict[str, object] = {
        "bars": 1440,
        "equity": {"start": "10000", "end": "10042.5"},
        "by_reason": [{"reason": "NO_EDGE", "count": 5}, {"reason": "\x1b[2JX", "count": 12}],
        "notes": ["one", "two"],
        "holds": {"NO_EDGE": 5},
        "refusals": [],
    }
    assert list(_sections(summary)) == [
        "bars                     1440",
        *("", "equity", "start    10000", "end    10042.5"),
        *("", "by reason", "reason   count\nNO_EDGE      5\nX           12"),
        *("", "notes", "  one", "  two"),
        *("", "holds", "NO_EDGE  5"),
        *("", "refusals", "none"),
    ]
