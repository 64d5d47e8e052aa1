"""Control from the terminal: pause and halt at once; flatten, close and resume in two steps.

The shell calls it for its control keys. Every refusal is said with its reason; nothing is
ever sent twice, and nothing without the daemon's own ticket.
"""

from collections.abc import Callable
from typing import Final, Protocol

from textual.screen import Screen

from tai2.model.errors import UsageError
from tai2.tui.feed import Feed
from tai2.tui.inks import Inks
from tai2.tui.ticket_sheet import TicketSheet
from tai2.view.text import safe
from tai2.wire.controls import HALT, PAUSE, ReasonParams, TradingStateReply
from tai2.wire.method import Method
from tai2.wire.rpc import Fault
from tai2.wire.verbs import COMMIT, PREPARE, CommitParams, PrepareParams, Verb

REASON: Final = "by hand in the terminal"
WITHOUT_DAEMON: Final = "To stop the desk without its daemon: tai2 panic, in a shell."
_COMMIT_S: Final = 60.0
"""Flatten waits for the exchange's word on each order and position."""


class Stage(Protocol):
    """What of the app is needed here."""

    def say(self, text: str, *, is_bad: bool = False) -> None: ...
    def open_sheet(self, sheet: Screen[str | None], then: Callable[[str | None], None]) -> None: ...


class Verbs:
    """The control keys of one terminal."""

    def __init__(self, desk: Feed, inks: Inks, stage: Stage, *, is_readonly: bool) -> None:
        """Take what is acted upon and where it's said."""
        self._desk = desk
        self._inks = inks
        self._stage = stage
        self._is_readonly = is_readonly

    def refusal(self, verb: str) -> str:
        """Return why a control key does nothing now; "" = it works."""
        if self._is_readonly:
            return f"{verb}: attached read-only"
        if not self._desk.is_attached:
            return f"{verb}: not connected. {WITHOUT_DAEMON}"
        return ""

    async def halt(self) -> None:
        """Stop all new orders."""
        await self._at_once(HALT, "HALTED. No new orders; stops at the exchange stay. P resumes.")

    async def pause(self) -> None:
        """Stop new entries."""
        await self._at_once(PAUSE, "PAUSED. Nothing new is opened; P resumes.")

    async def _at_once(self, method: Method[ReasonParams, TradingStateReply], done: str) -> None:
        reply = await self._desk.call(method, ReasonParams(reason=REASON))
        if isinstance(reply, Fault):
            self._fault(method.name, reply)
            if method is HALT:
                self._stage.say(f"NOT HALTED. {WITHOUT_DAEMON}", is_bad=True)
        else:
            self._stage.say(done)

    async def prepare(self, wanted: PrepareParams, then: Callable[..., None]) -> None:
        """Get a ticket and ask; `then` is called with ticket and word when the answer is yes."""
        verb = wanted.verb
        ticket = await self._desk.call(PREPARE, wanted)
        if isinstance(ticket, Fault):
            self._fault(verb.value, ticket)
            return
        state = self._desk.state
        mode = state.meta.mode if state else ""

        def answered(typed: str | None) -> None:
            if typed is None:
                self._stage.say(f"{verb.value}: cancelled, nothing was done")
            else:
                then(ticket.ticket, typed)

        self._stage.open_sheet(TicketSheet(ticket, mode, self._inks), answered)

    async def commit(self, ticket: str, typed: str) -> None:
        """Do what the ticket says and tell what became of it."""
        params = CommitParams(ticket=ticket, typed=typed)
        reply = await self._desk.call(COMMIT, params, _COMMIT_S)
        if isinstance(reply, Fault):
            self._fault("commit", reply)
            return
        said = " ".join(safe(each) for each in reply.lines) or f"{reply.verb.value}: done"
        self._stage.say(said, is_bad=not reply.is_done)

    def _fault(self, verb: str, fault: Fault) -> None:
        hint = f" {fault.hint}" if fault.hint else ""
        self._stage.say(safe(f"{verb}: {fault.message}.{hint}"), is_bad=True)


def verb_of(name: str) -> Verb:
    """Return a verb by its name.

    Raises:
        UsageError: There is none.
    """
    if name not in set(Verb):
        raise UsageError(f"no verb {name!r}")
    return Verb(name)
