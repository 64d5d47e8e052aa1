"""The six pages in a real browser: they show the desk, follow it by push, and stay at home."""

import csv
import http.client
import json
import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tai2.web.places import Place
from tests.ui.web_visit import WAIT_MS, Served, Visit, browsing, needs_browser, served, visit

pytestmark = [needs_browser, pytest.mark.timeout(180)]
PICTURES = Path(__file__).parent / "pictures"
SHOWN = (Place.LIVE, Place.TA)
"""Pages whose pictures the README shows."""
PAGES = [(place, width) for place in Place for width in (1280, 390)]


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Share one trading desk whose page may control it."""
    with served(tmp_path_factory.mktemp("web"), "--control") as there:
        there.daemon.wait_for("fill_recorded", 60)
        yield there


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture
def here(browser: Browser, there: Served) -> Iterator[Visit]:
    """Return a visitor; in the end nothing may have left the machine or gone wrong."""
    visitor = visit(browser, there)
    yield visitor
    visitor.context.close()
    strange = [
        url for url in visitor.requests if not url.startswith((there.base, "data:", "blob:"))
    ]
    assert strange == []
    assert visitor.complaints == []


@pytest.mark.parametrize(("place", "width"), PAGES, ids=str)
def test_a_page_fits_and_has_the_header(
    browser: Browser, there: Served, place: Place, width: int
) -> None:
    visitor = visit(browser, there, width=width)
    page = visitor.open(place.path)
    links = page.get_by_role("navigation", name="Pages")
    assert links.inner_text().split() == [
        *"LIVE|TA|ENGINE|HISTORY|DEBUG|CFG".replace("|", " | ").split()
    ]
    assert links.get_by_role("link", name=place.heading).get_attribute("aria-current") == "page"
    box, room = links.bounding_box(), page.viewport_size
    assert box is not None
    assert room is not None
    assert abs(box["x"] + box["width"] / 2 - room["width"] / 2) < 12
    page.wait_for_timeout(1_000)  # whatever arrives late may not widen the page either
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert visitor.complaints == []
    if os.environ.get("TAI2_RENEW_PICTURES") and place in SHOWN:
        page.wait_for_timeout(3_000)
        page.screenshot(path=PICTURES / f"web-{place.value}-{width}.png")
    visitor.context.close()


def test_live_follows_by_push(here: Visit) -> None:
    page = here.open("/")
    clock = page.locator(".figures")
    seen = clock.inner_text()
    expect(clock).not_to_have_text(seen, timeout=WAIT_MS)
    expect(page.get_by_label("Positions")).to_contain_text("✓ exchange")
    asked = len(here.requests)
    page.wait_for_timeout(3_000)
    assert len(here.requests) == asked  # everything came over the open socket


def test_ta_draws_the_chart_and_its_table(here: Visit) -> None:
    page = here.open("/ta")
    page.wait_for_selector("canvas")
    expect(page.get_by_label("Indicators and flow")).to_contain_text("StochRSI")
    before = page.locator("canvas").first.screenshot()
    page.wait_for_timeout(4_000)
    assert page.locator("canvas").first.screenshot() != before


def test_engine_says_why_and_answers(here: Visit) -> None:
    page = here.open("/engine")
    page.get_by_role("group", name="Decisions").get_by_role("button").first.click()
    expect(page.get_by_role("heading", name="Why").locator("..")).to_contain_text("rules-v1")
    page.get_by_label("Ask the engine").fill("why no trade in the last hour?")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".talk")).to_contain_text("cycles", timeout=WAIT_MS)


def test_what_a_stranger_wrote_is_text_and_never_markup(here: Visit) -> None:
    page = here.open("/engine")
    nasty = '<img src=x onerror="document.title=1">'
    page.get_by_label("Ask the engine").fill(nasty)
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".talk")).to_contain_text(nasty)
    assert page.locator(".talk img").count() == 0
    assert page.title() == "tai2 · ENGINE"


def test_history_sorts_filters_and_downloads(here: Visit, there: Served) -> None:
    page = here.open("/history")
    table = page.get_by_label("Executed trades")
    expect(table).to_contain_text("USDT-SWAP")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(StringIO(download.value.path().read_text())))
    stored = there.desk.rows("SELECT fill_id FROM executed_trades")
    assert {row["fill_id"] for row in rows} <= {row["fill_id"] for row in stored}
    assert rows


def test_debug_shows_both_logs(here: Visit) -> None:
    page = here.open("/debug")
    expect(page.locator(".log").first).to_contain_text("cycle_ended", timeout=WAIT_MS)
    expect(page.locator(".log").last).to_contain_text("page_opened")


def test_saving_the_interval_changes_the_desk_at_once(here: Visit, there: Served) -> None:
    page = here.open("/cfg")
    field = page.get_by_label("Update interval (s)")
    expect(field).to_have_value("2")
    field.fill("3")
    field.press("Enter")
    page.get_by_text("effective at once").wait_for()
    assert there.desk.tai2("status", "--json").tree["interval_s"] == "3"
    assert there.desk.tai2("config", "set", "interval", "2").code == 0
    expect(field).to_have_value("2", timeout=WAIT_MS)


def test_a_refused_value_is_said_and_stays_typed(here: Visit) -> None:
    page = here.open("/cfg")
    field = page.get_by_label("Update interval (s)")
    field.fill("soon")
    field.press("Enter")
    page.get_by_text("interval needs a plain number").first.wait_for()
    expect(field).to_have_value("soon")


def test_flatten_asks_for_the_word_and_the_safe_choice_has_the_focus(here: Visit) -> None:
    page = here.open("/")
    page.get_by_role("button", name="Flatten …").click()
    page.get_by_text("Type flatten").first.wait_for()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Type flatten")).to_have_count(0)


def test_halt_is_one_click_and_a_lost_desk_dims_the_page(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with served(tmp_path_factory.mktemp("lost")) as there:
        page = visit(browser, there).open("/")
        page.get_by_role("button", name="Halt").click()
        page.get_by_text("HALTED").first.wait_for()
        assert there.desk.tai2("status", "--json").tree["trading_state"] == "halted"
        assert page.get_by_role("button", name="Flatten …").count() == 0  # may only look
        there.daemon.kill()
        banner = page.locator(".banner[role=alert]")  # a notice is an alert too, for a while
        banner.get_by_text("Disconnected").wait_for()
        assert "lost" in (page.locator("body").get_attribute("class") or "")
        there.desk.run("--interval", "2")
        expect(banner).to_be_hidden(timeout=WAIT_MS)
        assert "lost" not in (page.locator("body").get_attribute("class") or "")


def reply_to(there: Served, path: str, **headers: str) -> int:
    """Ask without a browser and return the status."""
    place = urlsplit(there.base)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=10)
    try:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        connection.request("GET", path, headers=named)
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_journal_is_not_told_the_token(there: Served) -> None:
    page = there.desk.start("web", "--port", "0", JOURNAL_STREAM="8:1")
    at = page.out.wait(lambda line: line.startswith("http"), WAIT_MS / 1000)
    assert "token=" not in page.out.kept[at]
    assert page.stop() in (0, -15)


def test_without_a_session_neither_page_nor_socket_opens(there: Served) -> None:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec_WebSocket_Version": "13",
        "Origin": there.base,
    }
    assert reply_to(there, "/") == 401
    assert reply_to(there, "/_nicegui_ws/socket.io/?EIO=4&transport=polling") == 401
    assert reply_to(there, "/_nicegui_ws/socket.io/?EIO=4&transport=websocket", **upgrade) == 403
    assert reply_to(there, "/", Host="evil.example") == 421


def test_the_page_shows_the_figures_that_the_command_line_prints(
    here: Visit, there: Served
) -> None:
    page = here.open("/")
    status = there.desk.tai2("status", "--json").tree
    shown = page.get_by_label("Positions").inner_text()
    for position in status["positions"]:
        assert position["inst_id"] in shown
    assert json.dumps(status["mode"]) == '"sim"'
