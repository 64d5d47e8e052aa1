"""A real browser before a real desk: daemon, web process and headless Chromium.

Skips where there is no browser. Every page keeps what it asked for and what it complained of.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.e2e.desk_process import Desk, Process

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WAIT_MS = 30_000
expect.set_options(timeout=WAIT_MS)
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="chromium isn't installed")


@dataclass
class Visit:
    """One visitor of a running page, with what went wrong."""

    base: str
    address: str
    """Carries the token."""
    context: BrowserContext
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> Page:
        """Open a page in a new tab and wait until the desk's picture is there."""
        page = self.context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._heard)
        page.goto(self.base + path)
        page.get_by_text("SIM").first.wait_for()
        return page

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@dataclass
class Served:
    """A desk with its web process."""

    desk: Desk
    daemon: Process
    web: Process
    address: str

    @property
    def base(self) -> str:
        """Address without the token."""
        return self.address.partition("/?")[0]


@contextmanager
def served(home: Path, *flags: str) -> Iterator[Served]:
    """Run a desk at a quick pace and its web page."""
    with Desk(home) as desk:
        daemon = desk.run("--interval", "2")
        web = desk.start("web", "--port", "0", *flags)
        at = web.out.wait(lambda line: line.startswith("http"), WAIT_MS / 1000)
        yield Served(desk, daemon, web, web.out.kept[at].strip())


@contextmanager
def browsing() -> Iterator[Browser]:
    """Run one headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


def visit(browser: Browser, there: Served, *, width: int = 1280) -> Visit:
    """Come in by the address that the web process printed."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    page.goto(there.address)
    assert re.fullmatch(rf"{re.escape(there.base)}/", page.url), page.url
    page.close()
    return Visit(base=there.base, address=there.address, context=context)
