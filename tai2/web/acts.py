"""What may be done from a page: halt at once; flatten, close and resume in two steps.

Pages call it. Halt needs nothing; everything else is refused unless web.control allows it, and
is confirmed with the daemon's own ticket and a typed word.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from tai2.model.ids import InstId
from tai2.view.palette import Tone
from tai2.view.panels import ticket as panel
from tai2.view.panels.line import Span
from tai2.view.text import safe
from tai2.web.desk import WebDesk
from tai2.web.paint import LinesView, LineView, button
from tai2.wire.controls import HALT, ReasonParams
from tai2.wire.rpc import Fault
from tai2.wire.verbs import COMMIT, PREPARE, CommitParams, PrepareParams, Ticket, Verb

_REASON: Final = "by hand in the browser"
_COMMIT_S: Final = 60.0


class Acts:
    """Control from one page."""

    def __init__(self, desk: WebDesk) -> None:
        self._desk = desk

    async def halt(self) -> None:
        """Stop all new orders."""
        reply = await self._desk.session.call(HALT, ReasonParams(reason=_REASON))
        if isinstance(reply, Fault):
            tell(f"halt: {reply.message}. {reply.hint}", is_bad=True)
        else:
            tell("HALTED. No new orders; stops at the exchange stay.")

    async def prepare(self, verb: Verb, inst_id: InstId | None = None) -> None:
        """Ask the daemon for a ticket and the person for the word."""
        if not self._desk.may_control:
            tell(f"{verb.value}: this page may only look; web.control allows it", is_bad=True)
            return
        params = PrepareParams(verb=verb, inst_id=inst_id, reason=_REASON)
        ticket = await self._desk.session.call(PREPARE, params)
        if isinstance(ticket, Fault):
            tell(f"{verb.value}: {ticket.message}. {ticket.hint}", is_bad=True)
            return
        state = self._desk.outlook.state
        _ask(ticket, state.meta.mode if state else "", self._commit)

    async def _commit(self, ticket: str, typed: str) -> None:
        params = CommitParams(ticket=ticket, typed=typed)
        reply = await self._desk.session.call(COMMIT, params, _COMMIT_S)
        if isinstance(reply, Fault):
            tell(f"{reply.message}. {reply.hint}", is_bad=True)
        else:
            tell(" ".join(reply.lines) or f"{reply.verb.value}: done", is_bad=not reply.is_done)


def tell(words: str, *, is_bad: bool = False) -> None:
    """Say something for a few seconds."""
    ui.notify(safe(words.strip()), type="negative" if is_bad else "info", timeout=8_000)


def _ask(ticket: Ticket, mode: str, then: Callable[[str, str], Awaitable[None]]) -> None:
    """Show the ticket's numbers and take the word; the harmless choice has the focus."""
    with ui.dialog() as sheet, ui.element("div").classes("card"):
        TextElement(tag="h2", text=panel.title(ticket.verb.value, ticket.inst_id, mode))
        LinesView().show(panel.sentences(ticket.summary.lines, 80))
        LineView((Span(safe(ticket.question), Tone.WARN),))
        word = ui.input(label=f"Type {ticket.typed}").props("dense outlined")

        async def go() -> None:
            sheet.close()
            await then(ticket.ticket, word.value or "")

        with ui.element("div").classes("tools"):
            button("Cancel", sheet.close).props("autofocus")
            button(ticket.verb.value.capitalize(), go, "do danger")
    sheet.open()
