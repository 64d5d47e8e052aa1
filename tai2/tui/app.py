"""The terminal: the shell with what its keys do: help, freeze, copy, halt, verbs, detach.

`attach` runs it. The shell places and paints, here is what acts. Control keys answer why
when they can't act; none of them waits for an answer on the loop.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from textual.screen import Screen

from tai2.model.controls import TradingState
from tai2.model.ids import InstId
from tai2.tui.feed import Feed
from tai2.tui.help import Help
from tai2.tui.options import Options
from tai2.tui.sheets import AskSheet
from tai2.tui.shell import Shell
from tai2.tui.verbs import REASON, Verbs, verb_of
from tai2.view.panels.ticket import STOP_OF_ADOPTED, sentences
from tai2.view.text import clip
from tai2.wire.verbs import PrepareParams, Verb

_TOAST_COLUMNS: Final = 150
DETACHED: Final = "Detached. The daemon keeps running: tai2 status"


class Terminal(Shell):
    """One attached terminal."""

    def __init__(self, desk: Feed, options: Options) -> None:
        """Take the desk to show and how."""
        super().__init__(desk, options)
        self.verbs = Verbs(self._desk, self.inks, self, is_readonly=options.is_readonly)

    def say(self, text: str, *, is_bad: bool = False) -> None:
        """Show a toast of at most two lines; its text is never markup."""
        said = clip(text, _TOAST_COLUMNS)
        self.notify(said, severity="error" if is_bad else "information", markup=False)

    def open_sheet(self, sheet: Screen[str | None], then: Callable[[str | None], None]) -> None:
        """Show a sheet over the screen."""
        self.push_screen(sheet, then)

    def action_help(self) -> None:
        """Show all keys."""
        self.push_screen(Help(self.place, self.inks))

    def action_freeze(self) -> None:
        """Hold the picture, or let it go."""
        self.is_frozen = not self.is_frozen
        self.repaint()

    def action_copy(self) -> None:
        """Copy what is chosen."""
        copied = self.tab.copied() if self.tab else ""
        if copied:
            self.copy_to_clipboard(copied)
        self.say(f"copied: {copied}" if copied else "nothing is chosen that could be copied")

    def action_find(self) -> None:
        """Open the tab's search."""
        if self.tab is None or not self.tab.find():
            self.say("this tab has no search")

    async def action_back(self) -> None:
        """Close what is open in the tab."""
        if self.tab and not self.tab.back():
            self.tab.home().focus(scroll_visible=False)

    def action_halt(self) -> None:
        """Stop all new orders."""
        if why := self.verbs.refusal("halt"):
            self.say(why, is_bad=True)
        else:
            self.run_worker(self.verbs.halt(), name="halt", group="halt", exclusive=True)

    def action_pause(self) -> None:
        """Stop new entries; when they are stopped already, ask to let trading go on."""
        state = self._desk.state
        if state is not None and state.meta.trading_state is not TradingState.ACTIVE:
            self.action_prepare(Verb.RESUME.value)
        elif why := self.verbs.refusal("pause"):
            self.say(why, is_bad=True)
        else:
            self.run_worker(self.verbs.pause(), name="pause", group="halt", exclusive=True)

    def action_prepare(self, name: str, inst_id: str | None = None, stop_pct: str = "") -> None:
        """Ask the daemon for a ticket and the person for a yes."""
        verb = verb_of(name)
        if why := self.verbs.refusal(name):
            self.say(why, is_bad=True)
            return
        wanted = PrepareParams(
            verb=verb,
            inst_id=InstId(inst_id) if inst_id else None,
            stop_pct=Decimal(stop_pct) if stop_pct else None,
            reason=REASON,
        )
        work = self.verbs.prepare(wanted, self.commit)
        self.run_worker(work, name="prepare", group="prepare", exclusive=True)

    def action_close_position(self) -> None:
        """Close the position under the cursor."""
        inst_id = self.tab.closing_of() if self.tab else None
        if inst_id is None:
            self.say("close: no position is chosen")
        else:
            self.action_prepare(Verb.CLOSE.value, inst_id)

    def action_foster(self, name: str) -> None:
        """Adopt or ignore the position of somebody else's under the cursor."""
        state, inst_id = self._desk.state, self.tab.closing_of() if self.tab else None
        if state is None or inst_id is None:
            self.say(f"{name}: no position is chosen")
        elif why := self.verbs.refusal(name):
            self.say(why, is_bad=True)
        elif not state.positions.rows[inst_id].foreign:
            self.say(f"{name}: the position on {inst_id} is ours already")
        elif name == Verb.ADOPT.value:
            self._ask_for_a_stop(inst_id)
        else:
            self.action_prepare(name, inst_id)

    def _ask_for_a_stop(self, inst_id: str) -> None:
        def answered(percent: str | None) -> None:
            if percent is None:
                self.say("adopt: cancelled, nothing was done")
            else:
                self.action_prepare(Verb.ADOPT.value, inst_id, percent)

        told = sentences([STOP_OF_ADOPTED], self.size.width - 4)
        self.open_sheet(AskSheet(f"ADOPT · {inst_id}", told, self.inks, "2"), answered)

    def commit(self, ticket: str, typed: str) -> None:
        """Do what was asked for; it goes on even if another key is pressed."""
        self.run_worker(self.verbs.commit(ticket, typed), name="commit", group="commit")

    def action_detach(self) -> None:
        """Leave; the daemon stays."""
        self.exit(DETACHED)
