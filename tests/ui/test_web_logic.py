"""What a page does, without a browser: who may change what, what is said, what is only text."""

import sys
from dataclasses import replace
from typing import Any

import pytest

from tai2.model.controls import TradingState
from tai2.web.places import Place
from tai2.wire.controls import ConfigSetReply
from tai2.wire.rpc import Fault
from tests.ui.desks import StillDesk
from tests.ui.test_pages import REFUSED, desk, state
from tests.ui.web_user import visited

CHANGING = ("Flatten …", "Resume …", "Save", "Close")


@pytest.mark.parametrize("place", list(Place), ids=str)
@pytest.mark.parametrize("may_control", [True, False])
async def test_halt_is_on_every_page_and_the_rest_where_it_is_allowed(
    place: Place, may_control: bool
) -> None:
    async with visited(desk(), place, may_control=may_control) as page:
        words = " ".join(page.buttons())
        assert "Halt" in words
        if not may_control:
            assert not any(word in words for word in CHANGING), words
        elif place is Place.LIVE:
            assert "Flatten …" in words
        elif place is Place.CFG:
            assert "Save" in words


async def test_halt_asks_the_daemon_at_once_without_any_right() -> None:
    there = desk()
    async with visited(there, Place.DEBUG, may_control=False) as page:
        await page.press("Halt")
    assert "halt" in [name for name, _params in there.asked]


async def test_saving_sends_one_option_and_shows_what_holds_now() -> None:
    there = desk(**{"config.set": ConfigSetReply(key="interval", current="30", version=4)})
    async with visited(there, Place.CFG) as page:
        await page.until("Update interval")
        await page.enter("f-interval", "30")
        await page.press("Save")
    ((_name, params),) = [each for each in there.asked if each[0] == "config.set"]
    assert (params.key, params.text) == ("interval", "30")


async def test_a_refused_value_is_said_and_stays_typed() -> None:
    there = desk(**{"config.set": REFUSED})
    async with visited(there, Place.CFG) as page:
        await page.until("Update interval")
        await page.enter("f-interval", "9999999")
        seen = await page.press("Save")
        assert "attached read-only" in seen
        assert "9999999" in seen


async def test_a_lost_daemon_is_said_with_the_age_of_what_is_shown() -> None:
    there = desk()
    async with visited(there, Place.LIVE) as page:
        assert "Disconnected" not in page.text()
        there.pass_time(75)
        there.lose()
        there._tell(frozenset({"condition"}))
        seen = await page.settle()
        assert "Disconnected · last data 1m15s ago · gone" in seen
        assert "10,030.12" in seen  # the last picture stays
        there.attach()
        there._tell(frozenset({"condition"}))
        assert "Disconnected" not in await page.settle()


async def test_a_daemon_of_another_version_is_said_with_its_cure() -> None:
    there = desk()
    async with visited(there, Place.LIVE) as page:
        there.meet_stranger()
        there._tell(frozenset({"condition"}))
        assert "Restart the daemon after an upgrade" in await page.settle()


async def test_the_trading_state_is_on_every_page() -> None:
    base = state()
    halted = replace(
        base, meta=replace(base.meta, trading_state=TradingState.HALTED, state_reason="news")
    )
    there = StillDesk(halted)
    there.replies = desk().replies
    async with visited(there, Place.HISTORY) as page:
        assert "HALTED" in page.text()


async def test_a_question_goes_to_ask_alone_and_its_failure_is_said() -> None:
    there = desk()
    async with visited(there, Place.ENGINE, may_control=False) as page:
        await page.enter("Ask the engine", "<b>why</b> no trade?")
        seen = await page.press("Ask")
        assert "<b>why</b> no trade?" in seen
        assert "LLM_TIMEOUT" in seen
    asked = [params.question for name, params in there.asked if name == "ask"]
    assert asked == ["<b>why</b> no trade?"]


async def test_an_empty_question_asks_nobody() -> None:
    there = desk()
    async with visited(there, Place.ENGINE) as page:
        await page.enter("Ask the engine", "   ")
        await page.press("Ask")
    assert "ask" not in [name for name, _params in there.asked]


async def test_a_filter_leaves_what_holds_its_words() -> None:
    async with visited(desk(), Place.ENGINE) as page:
        before = await page.until("22:03")
        assert "22:08" in before
        seen = await page.enter("Filter", "spread")
        assert "22:03" in seen
        assert "22:08" not in seen


async def test_flatten_shows_the_daemon_s_refusal() -> None:
    no = Fault(code=-1, message="an order is in doubt", hint="", exit_code=5, kind="Refused")
    there: Any = desk(**{"verb.prepare": no})
    async with visited(there, Place.LIVE) as page:
        await page.press("Flatten")
        asked = [name for name, _params in there.asked]
        assert any("prepare" in name for name in asked), asked


async def test_a_visit_leaves_the_program_s_modules_as_they_were() -> None:
    before = {name: module for name, module in sys.modules.items() if name.startswith("tai2")}
    async with visited(desk(), Place.LIVE):
        pass
    assert {name: sys.modules.get(name) for name in before} == before
