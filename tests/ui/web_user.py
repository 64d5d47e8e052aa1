"""A page without a browser: NiceGUI's own simulation of a visitor, over a desk from a table."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement
from nicegui.elements.mixins.value_element import ValueElement
from nicegui.testing import User, UserInteraction, user_simulation

from tai2.web.desk import WebDesk
from tai2.web.pages.table import build_pages
from tai2.web.places import Place
from tests.ui.desks import StillDesk

ROUNDS = 50


class _Still:
    """A heart that doesn't beat: nothing ticks by itself."""

    async def sleep(self, _delay_s: float) -> None:
        await asyncio.Event().wait()


class Page:
    """One open page."""

    def __init__(self, user: User, web: WebDesk) -> None:
        self._user, self.web = user, web

    @property
    def elements(self) -> list[Element]:
        assert self._user.client is not None
        return [one for one in self._user.client.elements.values() if one.visible]

    def text(self) -> str:
        """Return every text, value and label of the page."""
        return "\n".join(piece for one in self.elements for piece in _texts(one))

    async def until(self, wanted: str) -> str:
        """Return the page's text once it holds this."""
        for _round in range(ROUNDS):
            if wanted in (seen := self.text()):
                return seen
            await asyncio.sleep(0)
        raise AssertionError(f"{wanted!r} never came:\n{seen}")

    async def settle(self) -> str:
        """Let handlers run and return the page's text."""
        for _round in range(ROUNDS):
            await asyncio.sleep(0)
        return self.text()

    def buttons(self) -> list[str]:
        """Return the words of every button."""
        return [_inside(one) for one in self.elements if one.tag in ("button", "q-btn")]

    async def press(self, words: str) -> str:
        """Press the first button of these words, else with them; return the page's text."""
        every = [one for one in self.elements if one.tag in ("button", "q-btn")]
        exact = (one for one in every if _inside(one).strip() == words)
        found = next(exact, None) or next(one for one in every if words in _inside(one))
        UserInteraction(self._user, {found}, None).click()
        return await self.settle()

    async def enter(self, label: str, text: str) -> str:
        """Write into the field with this label, or that a label names."""
        field = next(
            one
            for one in self.elements
            if isinstance(one, ValueElement)
            and label in (one.props.get(name) for name in ("label", "aria-label", "for"))
        )
        field.set_value(text)
        return await self.settle()


def _texts(one: Element) -> list[str]:
    texts = [str(one.props[name]) for name in ("label", "aria-label") if name in one.props]
    if isinstance(one, TextElement):
        texts.append(one.text)
    if isinstance(one, ValueElement) and isinstance(one.value, str):
        texts.append(one.value)
    return texts


def _inside(one: Element) -> str:
    """Return the text of an element and of all that it holds."""
    return " ".join([*_texts(one), *(_inside(child) for child in one)])


@asynccontextmanager
async def visited(
    desk: StillDesk, place: Place, *, may_control: bool = True
) -> AsyncIterator[Page]:
    """Open a page on a desk.

    The simulation forgets the modules of registered pages and all their parents, tai2 itself
    among them; they are put back.
    """
    known = dict(sys.modules)
    try:
        async with _simulated(desk, place, may_control=may_control) as page:
            yield page
    finally:
        sys.modules.update(known)


@asynccontextmanager
async def _simulated(desk: StillDesk, place: Place, *, may_control: bool) -> AsyncIterator[Page]:
    async with user_simulation() as user:
        web: Any = WebDesk(desk, _Still(), may_control=may_control, palette="cb")  # type: ignore[arg-type]
        build_pages(web)
        await user.open(place.path)
        page = Page(user, web)
        await page.settle()
        yield page
