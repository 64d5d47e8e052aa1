"""A fault that repeats without end fills neither disk nor ring."""

import io
import json
from typing import Any

import pytest
import structlog

from tai2 import log as logs
from tai2.log import MOST_A_MINUTE, LogRing, Thinning


def taken(thin: Thinning, event: str, count: int, level: str = "error") -> list[dict[str, Any]]:
    """Return what comes through."""
    out = []
    for _ in range(count):
        try:
            out.append(dict(thin(None, level, {"event": event, "level": level})))
        except structlog.DropEvent:
            continue
    return out


def test_ten_thousand_equal_errors_are_few_lines_in_log_and_ring() -> None:
    ring, out = LogRing(), io.StringIO()
    logs.configure(ring, stream=out)
    try:
        say = structlog.get_logger()
        for number in range(10_000):
            say.error("broken", number=number)
            say.info("cycle_ended")
    finally:
        structlog.reset_defaults()
    events = [json.loads(line)["event"] for line in out.getvalue().splitlines()]
    assert events.count("broken") <= 2 * MOST_A_MINUTE <= 200
    assert events.count("cycle_ended") == 10_000


def test_the_next_minute_says_how_many_were_dropped() -> None:
    now = [0.0]
    thin = Thinning(3, lambda: now[0])
    assert len(taken(thin, "broken", 10)) == 3
    assert len(taken(thin, "other", 2)) == 2
    now[0] = 61.0
    assert taken(thin, "broken", 1) == [{"event": "broken", "level": "error", "dropped_before": 7}]
    assert "dropped_before" not in taken(thin, "broken", 1)[0]
    assert "dropped_before" not in taken(thin, "other", 1)[0]


@pytest.mark.parametrize("level", ["info", "debug"])
def test_what_is_no_fault_always_comes_through(level: str) -> None:
    assert len(taken(Thinning(1), "cycle_ended", 100, level)) == 100
