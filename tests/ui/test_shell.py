"""The shell shows in which state the desk is, and its control keys are safe."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.model.controls import TradingState
from tai2.view.state import ViewState
from tai2.wire.controls import TradingStateReply
from tai2.wire.rpc import Fault
from tai2.wire.verbs import CommitReply, Summary, Ticket, Verb
from tests.ui.desks import NOW_MS, StillDesk, full_state
from tests.ui.screens import SHORT, TALL, shown

SUMMARY = Summary(
    trading_state=TradingState.ACTIVE,
    state_reason="",
    next_state=TradingState.HALTED,
    positions=(),
    orders=(),
    foreign_positions=0,
    foreign_orders=0,
    lines=("Close 1 position at market: BTC-USDT-SWAP 12 contracts.", "[red]Then halt.[/red]"),
)
FLATTEN = Ticket(
    ticket="t1",
    verb=Verb.FLATTEN,
    inst_id=None,
    summary=SUMMARY,
    question="Type flatten to go on",
    typed="flatten",
    is_word=True,
    expires_s=Decimal(30),
)
RESUME = replace(FLATTEN, ticket="t2", verb=Verb.RESUME, typed="y", is_word=False)
DONE = CommitReply(
    verb=Verb.FLATTEN,
    trading_state=TradingState.HALTED,
    cancelled=2,
    closed=(),
    is_done=True,
    lines=("Flat and halted.",),
)


def rows(text: str) -> list[str]:
    return text.splitlines()


@pytest.mark.parametrize("extent", [TALL, SHORT], ids=["120x40", "80x24"])
async def test_frame_never_scrolls_away(extent: tuple[int, int]) -> None:
    async with shown(StillDesk(full_state()), extent) as terminal:
        seen = rows(await terminal.look())
    assert seen[0].startswith(" SIM ")
    assert "next 0:42" in seen[0]
    assert seen[1].startswith(" 1 LIVE │ 2 TA │ 3 ENGINE")
    assert seen[-1].startswith(" ? Help")
    for word in ("HALT", "FLATTEN", "Detach"):
        assert word in seen[-1]


async def test_each_mode_has_a_chip_of_its_own_colour() -> None:
    grounds = set()
    for mode in ("sim", "paper", "demo", "real"):
        state = full_state()
        desk = StillDesk(replace(state, meta=replace(state.meta, mode=mode)))
        async with shown(desk, SHORT) as terminal:
            await terminal.look()
            chip = terminal.app.query_one("#header").rows[0][0]
            assert mode.upper() in chip.text
            grounds.add(chip.style.bgcolor)
    assert len(grounds) == 4


async def test_loading_shows_the_frame_at_once() -> None:
    async with shown(StillDesk(), SHORT) as terminal:
        seen = await terminal.look()
    assert "connecting" in seen
    assert "1 LIVE" in seen


async def test_a_lost_daemon_is_said_and_the_last_picture_stays() -> None:
    desk = StillDesk(full_state())
    async with shown(desk, TALL) as terminal:
        desk.lose()
        desk.pass_time(14)
        seen = rows(await terminal.look())
        assert "✗ DISCONNECTED · last data 14s ago" in seen[0]
        assert "10,030.12" in seen[0]
        desk.attach()
        desk.fill(full_state())
        assert "DISCONNECTED" not in await terminal.look()


async def test_control_keys_refuse_without_a_daemon() -> None:
    desk = StillDesk(full_state())
    async with shown(desk) as terminal:
        desk.lose()
        seen = await terminal.press("H")
        assert "halt: not connected" in seen
        assert "tai2 panic" in seen
        assert "flatten: not connected" in await terminal.press("F")
    assert desk.asked == []


async def test_readonly_says_so_and_refuses() -> None:
    desk = StillDesk(full_state())
    async with shown(desk, is_readonly=True) as terminal:
        seen = await terminal.press("H")
    assert "READ-ONLY" in rows(seen)[0]
    assert "halt: attached read-only" in seen
    assert desk.asked == []


def held(trading_state: TradingState) -> ViewState:
    """Return the full desk with trading held."""
    state = full_state()
    meta = replace(state.meta, trading_state=trading_state, state_by="cli", state_ms=NOW_MS)
    return replace(state, meta=meta)


async def test_halted_shows_who_when_and_the_cure() -> None:
    state = full_state()
    halted = replace(
        state.meta, trading_state=TradingState.HALTED, state_by="cli", state_ms=NOW_MS - 960_000
    )
    async with shown(StillDesk(replace(state, meta=halted))) as terminal:
        top = rows(await terminal.look())[0]
    assert "HALTED by cli 09:31 · P resumes" in top
    assert "next" not in top


async def test_another_protocol_takes_the_whole_screen() -> None:
    desk = StillDesk(full_state())
    desk.meet_stranger()
    async with shown(desk, SHORT) as terminal:
        seen = await terminal.look()
    assert "speaks protocol 9, this program 1" in seen
    assert "systemctl restart tai2" in seen
    assert "1 LIVE" not in seen


async def test_a_small_terminal_shows_numbers_only() -> None:
    async with shown(StillDesk(full_state()), (50, 12)) as terminal:
        seen = await terminal.look()
    assert "10,030.12" in seen
    assert "enlarge to 80x24" in seen
    assert "1 LIVE" not in seen


async def test_halt_is_one_key() -> None:
    desk = StillDesk(full_state())
    desk.replies["halt"] = TradingStateReply(trading_state=TradingState.HALTED)
    async with shown(desk) as terminal:
        seen = await terminal.press("H")
    assert [name for name, _params in desk.asked] == ["halt"]
    assert "HALTED" in seen


async def test_a_fault_is_said_with_its_hint_and_is_no_markup() -> None:
    desk = StillDesk(full_state())
    desk.replies["halt"] = Fault(
        code=1, message="[blink]no[/blink]", hint="See: tai2 logs", exit_code=1, kind="Refused"
    )
    async with shown(desk) as terminal:
        seen = await terminal.press("H")
    assert "[blink]no[/blink]" in seen
    assert "See: tai2 logs" in seen


async def test_flatten_asks_in_a_sheet_and_acts_on_the_word_alone() -> None:
    desk = StillDesk(full_state())
    desk.replies |= {"prepare": FLATTEN, "commit": DONE}
    async with shown(desk, SHORT) as terminal:
        seen = await terminal.press("F")
        assert "FLATTEN · SIM" in seen
        assert "Close 1 position at market" in seen
        assert "[red]Then halt.[/red]" in seen
        assert "next 0:42" in rows(seen)[0]
        assert "▲ LONG 3x" in seen
        assert rows(seen)[-1].startswith("┗")
        seen = await terminal.press(*"flat", "enter")
        assert "nothing was done" in seen
        assert [name for name, _params in desk.asked] == ["prepare"]
        seen = await terminal.press(*"flatten", "enter")
        assert "Flat and halted." in seen
    assert desk.asked[-1][0] == "commit"
    assert desk.asked[-1][1].typed == "flatten"


@pytest.mark.parametrize("no", ["escape", "enter"])
async def test_the_harmless_answer_is_the_default(no: str) -> None:
    for ticket, key in ((FLATTEN, "F"), (RESUME, "P")):
        desk = StillDesk(held(TradingState.HALTED))
        desk.replies["prepare"] = ticket
        async with shown(desk, SHORT) as terminal:
            await terminal.press(key)
            seen = await terminal.press(no)
            assert "cancelled, nothing was done" in seen
        assert [name for name, _params in desk.asked] == ["prepare"]


@pytest.mark.parametrize("trading_state", [TradingState.HALTED, TradingState.REDUCING])
async def test_resume_takes_one_letter(trading_state: TradingState) -> None:
    desk = StillDesk(held(trading_state))
    desk.replies |= {"prepare": RESUME, "commit": replace(DONE, verb=Verb.RESUME)}
    async with shown(desk, SHORT) as terminal:
        await terminal.press("P")
        await terminal.press("y")
    assert desk.asked[-1][1].typed == "y"


async def test_pause_is_one_key_and_says_what_undoes_it() -> None:
    desk = StillDesk(full_state())
    desk.replies["pause"] = TradingStateReply(trading_state=TradingState.REDUCING)
    async with shown(desk) as terminal:
        assert "Nothing new is opened; P resumes." in await terminal.press("P")
    assert [name for name, _params in desk.asked] == ["pause"]


async def test_tabs_are_shown_by_number_and_step_around() -> None:
    desk = StillDesk(full_state())
    async with shown(desk) as terminal:
        assert terminal.app.place == "LIVE"
        await terminal.press("2")
        assert terminal.app.place == "TA"
        await terminal.press("left_square_bracket", "left_square_bracket")
        assert terminal.app.place == "CFG"
        await terminal.press("right_square_bracket")
        assert terminal.app.place == "LIVE"


async def test_help_lists_the_keys_of_the_tab_first() -> None:
    async with shown(StillDesk(full_state()), SHORT) as terminal:
        await terminal.press("2")
        seen = await terminal.press("question_mark")
        assert "Keys · Esc closes" in seen
        assert seen.index("Bollinger") < seen.index("Everywhere")
        assert "Keys · Esc closes" not in await terminal.press("escape")


async def test_freeze_holds_the_picture_and_says_so() -> None:
    async with shown(StillDesk(full_state())) as terminal:
        assert "FROZEN" in rows(await terminal.press("space"))[0]
        assert "FROZEN" not in rows(await terminal.press("space"))[0]


async def test_the_palette_finds_a_command_by_its_name() -> None:
    desk = StillDesk(full_state())
    desk.replies["halt"] = TradingStateReply(trading_state=TradingState.HALTED)
    async with shown(desk) as terminal:
        await terminal.press("colon")
        await terminal.pilot.press(*"halt")
        await terminal.until("Stop all new orders")
        await terminal.press("enter")
        await terminal.until("HALTED. No new orders")
    assert [name for name, _params in desk.asked] == ["halt"]


async def test_quitting_detaches_and_says_that_the_daemon_goes_on() -> None:
    async with shown(StillDesk(full_state())) as terminal:
        await terminal.pilot.press("q")
    assert "The daemon keeps running" in str(terminal.app.return_value)
