"""ENGINE, HISTORY, DEBUG and CFG over a desk that answers from a table: every key and state."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tai2.tui.engine import detail, log
from tai2.view.rows import HealthRow
from tai2.view.state import ViewState
from tai2.wire.codec import recast
from tai2.wire.controls import ConfigEntry, ConfigReply, ConfigSetReply
from tai2.wire.past import AskReply, CyclesReply, FunnelRow, TradeRow, TradesReply
from tai2.wire.prompts import RevertReply, VersionRow, VersionsReply
from tai2.wire.rpc import Fault
from tests.builders.trades import trade
from tests.ui.desks import NOW_MS, StillDesk, full_state
from tests.ui.picture import compare, drawn
from tests.ui.screens import SHORT, TALL, Seen, shown
from tests.unit.view.panel_text import decision_row, thought

SIZES = pytest.mark.parametrize("extent", [TALL, SHORT], ids=["120x40", "80x24"])
REFUSED = Fault(code=-1, message="config.set: attached read-only", hint="", exit_code=5, kind="R")
FUNNEL = FunnelRow(
    since_ms=0, until_ms=1, cycles=1, stale=0, no_decision=(), held=(), refused=(),
    sent=0, not_sent=0, filled=0,
)  # fmt: skip


def state() -> ViewState:
    rows = [
        decision_row(1, "sent"),
        decision_row(2, "refused", detail="spread 6 bps; moved 1 %"),
        decision_row(3, justification="[red]markup[/red] \x1b[31mplanted"),
    ]
    base = full_state()
    section = replace(base.decisions, rev=2, rows={row.cycle_id: row for row in rows})
    return replace(base, decisions=section)


def entry(key: str, current: str, source: str = "settings") -> ConfigEntry:
    return ConfigEntry(
        key=key, current=current, source=source, default="60", span="1 to 9", effect="at once"
    )


def options(version: int = 3, interval: str = "60", source: str = "settings") -> ConfigReply:
    entries = (entry("interval", interval, source), entry("model", ""), entry("instruments", "BTC"))
    return ConfigReply(version=version, entries=entries)


VERSIONS = VersionsReply(
    versions=tuple(
        VersionRow(
            version=n,
            changed_ms=1_700_000_000_000,
            changed_by="operator",
            prompt_hash=f"hash{n}",
            model_id="",
            system_prompt=f"prompt {n}",
            strategy="",
            is_current=n == 3,
        )
        for n in (3, 2)
    )
)


def desk(**replies: Any) -> StillDesk:
    made = StillDesk(state())
    rows = tuple(recast(TradeRow, trade(n)) for n in range(3))
    made.replies = {
        "cycles": CyclesReply(cycles=()),
        "decision": thought(),
        "ask": AskReply(answer="", funnel=FUNNEL, failure="LLM_TIMEOUT: no answer in time"),
        "trades": TradesReply(trades=rows, totals=None),
        "config.get": options(),
        "prompt.versions": VERSIONS,
    } | replies
    return made


@SIZES
async def test_engine_lists_decisions_and_enter_shows_why(extent: tuple[int, int]) -> None:
    async with shown(desk(), extent, tab="ENGINE") as seen:
        assert "✓ sent 80.00" in await seen.until("Decisions (3)")
        await seen.press("j", "enter")
        assert "moved 1 %" in await seen.until("Why")


@SIZES
async def test_engine_steps_through_the_sides(extent: tuple[int, int]) -> None:
    async with shown(desk(), extent, tab="ENGINE") as seen:
        await seen.until("Decisions (3)")
        await seen.press("enter", "l")
        await seen.until("Carefully.")
        await seen.press("l")
        assert '{"action": "BUY"}' in await seen.until("raw reply")
        await seen.press("l")
        await seen.until("No order came of it")
        await seen.press("l")
        assert "+outcome sent" in await seen.until("Diff")


async def test_engine_left_open_keeps_the_newest_decisions_and_a_reader_keeps_all() -> None:
    news = {row.cycle_id: row for n in range(log.KEPT + 200) for row in [decision_row(n + 10)]}
    async with shown(desk(), TALL, tab="ENGINE") as seen:
        await seen.until("Decisions (3)")
        window = seen.app.query_one(log.DecisionLog)
        window.take(news)
        assert len(window.rows) == log.KEPT
        assert decision_row(1).cycle_id in window.rows
        await seen.press("j")
        window.take(news)
        assert len(window.rows) == log.KEPT + 203
        await seen.press("k")
        window.take(news)
        assert len(window.rows) == log.KEPT


async def test_engine_keeps_the_prompts_of_the_last_decisions_alone() -> None:
    async with shown(desk(), TALL, tab="ENGINE") as seen:
        await seen.until("Decisions (3)")
        window = seen.app.query_one(detail.Detail)
        rows = [decision_row(n) for n in range(detail.KEPT + 5)]
        for row in rows:
            window.learn(row, thought())
        assert [window.knows(row) for row in rows] == [False] * 5 + [True] * detail.KEPT


async def test_engine_filters_by_words_and_escape_lifts_it() -> None:
    async with shown(desk(), TALL, tab="ENGINE") as seen:
        await seen.until("Decisions (3)")
        await seen.press("slash", *"spread", "enter")
        await seen.until("Decisions (1 of 3)")
        await seen.press("escape")
        await seen.until("Decisions (3)")


async def test_engine_steps_the_outcome_filter() -> None:
    async with shown(desk(), TALL, tab="ENGINE") as seen:
        await seen.until("Decisions (3)")
        await seen.press("o")
        await seen.until("Decisions (1 of 3) · traded")


@SIZES
async def test_words_of_a_model_are_no_markup_in_the_detail(extent: tuple[int, int]) -> None:
    async with shown(desk(), extent, tab="ENGINE") as seen:
        await seen.until("Decisions (3)")
        await seen.press("G", "enter")
        assert "[red]markup[/red] planted" in await seen.until("Why")


@SIZES
async def test_a_question_that_no_model_answers_says_why(extent: tuple[int, int]) -> None:
    async with shown(desk(), extent, tab="ENGINE") as seen:
        await seen.until("Decisions (3)")
        await seen.press("i", *"why q?", "enter")
        assert "why q?" in await seen.until("no explanation: LLM_TIMEOUT")


@SIZES
async def test_history_lists_fills_and_opens_a_sheet(extent: tuple[int, int]) -> None:
    async with shown(desk(), extent, tab="HISTORY") as seen:
        assert "▲ BUY" in await seen.until("Fills · 3 loaded")
        await seen.press("enter")
        await seen.until("because")
        await seen.press("escape")
        assert "Sheet" not in await seen.look()


async def test_history_asks_the_daemon_for_order_and_range() -> None:
    made = desk()
    async with shown(made, TALL, tab="HISTORY") as seen:
        await seen.until("Fills · 3 loaded")
        await seen.press("s", "S", "r")
        await seen.until("by pnl ▲")
        last = [params for name, params in made.asked if name == "trades"][-1]
        assert (last.sort.value, last.is_ascending, last.symbol) == ("pnl", True, None)


async def test_history_exports_what_matches(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    async with shown(desk(), TALL, tab="HISTORY") as seen:
        await seen.until("Fills · 3 loaded")
        await seen.press("x")
        seen.app.focused.value = str(target)  # type: ignore[union-attr] # the bar
        await seen.press("enter")
        await seen.until("3 rows written")
    assert len(target.read_text().splitlines()) == 4


async def test_history_never_overwrites_a_file(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("mine")
    async with shown(desk(), TALL, tab="HISTORY") as seen:
        await seen.until("Fills · 3 loaded")
        await seen.press("x")
        seen.app.focused.value = str(target)  # type: ignore[union-attr] # the bar
        await seen.press("enter")
        await seen.until("exists already")
    assert target.read_text() == "mine"


@SIZES
async def test_debug_shows_both_logs(extent: tuple[int, int]) -> None:
    async with shown(desk(), extent, tab="DEBUG") as seen:
        screen = await seen.until("tab_opened")
        assert "backend" in screen
        assert "frontend" in screen


async def test_debug_tells_which_part_is_ill_and_why() -> None:
    sick = state()
    ill = HealthRow(part="foreign", ok=False, detail="not ours: 3 BTC", since_ms=NOW_MS - 200_000)
    rows = sick.health.rows | {"foreign": ill}
    made = desk()
    made.fill(replace(sick, health=replace(sick.health, rows=rows)))
    async with shown(made, SHORT, tab="DEBUG") as seen:
        assert "✗ foreign not ours: 3 BTC 3m20s" in await seen.until("tab_opened")
        made.fill(sick)
        assert "● all well" in await seen.look()


async def test_debug_opens_a_record_as_json_and_steps_the_level() -> None:
    async with shown(desk(), TALL, tab="DEBUG") as seen:
        await seen.until("tab_opened")
        await seen.press("o", "enter")
        await seen.until('"event": "tab_opened"')
        await seen.press("escape", "l")
        await seen.until("≥warning")


async def open_interval(seen: Seen, text: str) -> None:
    await seen.until("Update interval")
    await seen.press("enter")
    seen.app.focused.value = text  # type: ignore[union-attr] # the bar
    await seen.press("enter")


@SIZES
async def test_cfg_saves_a_value_with_the_version_that_was_read(extent: tuple[int, int]) -> None:
    made = desk(**{"config.set": ConfigSetReply(version=4, key="interval", current="30")})
    async with shown(made, extent, tab="CFG") as seen:
        await open_interval(seen, "30")
        await seen.until("Update interval (s): 30 (version 4)")
    (params,) = [params for name, params in made.asked if name == "config.set"]
    assert (params.key, params.text, params.expected_version) == ("interval", "30", 3)


async def test_cfg_shows_both_values_when_somebody_else_was_faster() -> None:
    made = desk(**{"config.set": REFUSED})
    async with shown(made, TALL, tab="CFG") as seen:
        await seen.until("Update interval")
        made.replies["config.get"] = options(9, "77", "cli")
        await open_interval(seen, "30")
        screen = await seen.until("was changed by cli")
        assert "theirs, in force  77" in screen
        assert "yours, not saved  30" in screen
        made.replies["config.set"] = ConfigSetReply(version=10, key="interval", current="30")
        await seen.press("enter")
        await seen.until("(version 10)")
    assert made.asked[-3][1].expected_version == 9


async def test_cfg_says_why_a_read_only_terminal_saves_nothing() -> None:
    async with shown(desk(**{"config.set": REFUSED}), TALL, tab="CFG") as seen:
        await open_interval(seen, "30")
        await seen.until("attached read-only")


async def test_cfg_keeps_a_draft_and_shows_what_it_changes() -> None:
    async with shown(desk(), TALL, tab="CFG") as seen:
        await seen.until("System prompt")
        await seen.press("j", "j", "j", "enter", *"my ", "escape")
        await seen.until("draft not saved")
        await seen.press("d")
        assert "+my prompt 3" in await seen.until("-prompt 3")


async def test_cfg_says_when_the_terminal_cannot_be_handed_to_an_editor() -> None:
    async with shown(desk(), TALL, tab="CFG") as seen:
        await seen.until("System prompt")
        await seen.press("j", "j", "j", "enter", "ctrl+e")
        await seen.until("can't be handed to $EDITOR")


async def test_cfg_compares_and_reverts_a_version() -> None:
    made = desk(**{"prompt.revert": RevertReply(version=5, prompt_hash="hash2")})
    async with shown(made, TALL, tab="CFG") as seen:
        await seen.until("System prompt")
        await seen.press("v", "j", "enter")
        await seen.until("-prompt 2")
        await seen.press("v", "j", "R")
        await seen.until("version 2 again")
    assert [params.version for name, params in made.asked if name == "prompt.revert"] == [2]


@pytest.mark.parametrize("tab", ["ENGINE", "HISTORY", "DEBUG", "CFG"])
@SIZES
async def test_a_tab_without_a_daemon_shows_no_traceback(tab: str, extent: tuple[int, int]) -> None:
    made = StillDesk()
    made.never_found()
    async with shown(made, extent, tab=tab) as seen:
        assert tab in await seen.look()


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Write times as a machine in UTC does, in colour."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


READY = {
    "ENGINE": "Decisions (3)",
    "HISTORY": "Fills · 3 loaded",
    "DEBUG": "tab_opened",
    "CFG": "System prompt",
}


@SIZES
@pytest.mark.parametrize("tab", READY)
@pytest.mark.usefixtures("utc")
async def test_page_looks_as_it_did(tab: str, extent: tuple[int, int]) -> None:
    async with shown(desk(), extent, tab=tab) as seen:
        await seen.until(READY[tab])
        await seen.look()
        compare(f"{tab.lower()}-{extent[0]}x{extent[1]}", drawn(seen.app))


async def test_what_is_typed_right_behind_the_key_is_the_question() -> None:
    async with shown(desk(), SHORT, tab="ENGINE") as seen:
        await seen.until("Decisions (3)")
        await seen.press("c")
        await seen.press("i", *"Halt?", "enter")
        await seen.until("you     Halt?")
