"""CFG: what is set, from where, what changes when I save?

It reads options, versions and models in workers, and saves what the layout below it was told
to. Effective at once; a change of somebody else is shown, never overwritten unseen.
"""

import asyncio
from typing import ClassVar, Final

from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding
from textual.widget import Widget

from tai2.client.editor import edited
from tai2.model.errors import Refused
from tai2.tui.cfg.editor import PromptEditor
from tai2.tui.cfg.layout import CfgLayout
from tai2.tui.cfg.saving import Conflict, Known, read, save
from tai2.tui.feed import Feed
from tai2.tui.find_bar import FindBar
from tai2.tui.inks import Inks
from tai2.tui.key import Place
from tai2.tui.keys import bindings
from tai2.tui.lines import LineList
from tai2.tui.options import Options
from tai2.tui.page import Page
from tai2.tui.tab import ALL, Tab
from tai2.view.panels import config, offers
from tai2.view.panels.line import listing
from tai2.wire.models import MODELS, ModelsParams
from tai2.wire.prompts import PROMPT_REVERT, RevertParams
from tai2.wire.rpc import Fault

_MODELS_S: Final = 60.0


class CfgTab(Tab):
    """Options, editor, picker."""

    NAME, PLACE = "CFG", Place.CFG
    SECTIONS = frozenset({"config"})
    BINDINGS: ClassVar[list[Binding]] = bindings(Place.CFG)  # type: ignore[assignment] # Textual's type is wider

    def __init__(self, desk: Feed, inks: Inks, options: Options) -> None:
        super().__init__(desk, inks, options)
        self._known: Known | None = None
        self._read_at: int | None = None
        self._layout_of = CfgLayout(inks)

    def compose(self) -> ComposeResult:
        """One layout."""
        yield self._layout_of

    def paint(self, changed: frozenset[str]) -> None:
        """Read the options anew when they have changed."""
        if changed >= ALL and self._known is not None:
            self._layout_of.know(self._known)
        self._layout_of.options.fade(is_dim=self.is_old)
        state = self.desk.state
        revision = state.config.rev if state else 0
        if (self._known is None or revision != self._read_at) and not self.is_old:
            self._read_at = revision
            self.ask(self._read, "options")

    def home(self) -> Widget:
        """Begin in the options."""
        return self._layout_of.options

    def find(self) -> bool:
        """Search the model list."""
        layout = self._layout_of
        if layout.listed != "model" or not layout.has_class("-list"):
            return False
        layout.bar.open("models", "part of a model's id")
        return True

    def copied(self) -> str:
        """Return the option's value."""
        return self._known.text_of(self._layout_of.key) if self._known else ""

    def back(self) -> bool:
        """Close what is open below the options."""
        return self._layout_of.close()

    async def _read(self) -> None:
        found = await read(self.desk)
        if isinstance(found, Fault):
            self._read_at = None
            self._layout_of.fail(found.message, found.hint)
            return
        self._known = found
        self._layout_of.know(found)

    async def _save(self, key: str, text: str) -> None:
        if self._known is None:
            return
        reply = await save(self.desk, key, text, self._known)
        if isinstance(reply, Conflict):
            self._known = reply.known
            self._layout_of.dispute(reply)
        elif isinstance(reply, Fault):
            self._layout_of.fail(reply.message, reply.hint)
        else:
            await self._read()
            self._layout_of.settle(key)
            self._layout_of.say(config.saved(key, reply.current, reply.version))

    async def _read_models(self, search: str) -> None:
        params = ModelsParams(search=search, is_fit_only=False)
        reply = await self.desk.call(MODELS, params, _MODELS_S)
        if isinstance(reply, Fault):
            prompt = "model id; empty = the settings' one"
            self._layout_of.bar.open("value", prompt, self.copied())
            self._layout_of.fail(reply.message, reply.hint)
            return
        table = offers.models(reply.models)
        self._layout_of.list_table("model", [row.key for row in table.rows], listing(table))
        self._layout_of.say(offers.models_note(reply.interval_s, reply.age_ms, reply.warning))

    async def _revert(self, version: int) -> None:
        reply = await self.desk.call(PROMPT_REVERT, RevertParams(version=version))
        if isinstance(reply, Fault):
            self._layout_of.fail(reply.message, reply.hint)
            return
        await self._read()
        self._layout_of.close()
        self._layout_of.say(config.saved("prompt", f"version {version} again", reply.version))

    async def _edit_outside(self, text: str) -> None:
        try:
            with self.app.suspend():
                changed = await asyncio.to_thread(edited, text)
        except SuspendNotSupported:
            self._layout_of.fail("this terminal can't be handed to $EDITOR", "")
            return
        except Refused as exc:
            self._layout_of.fail(exc.message, exc.hint)
            return
        if changed is not None:
            self._layout_of.editor.replace(changed)

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        """Edit an option, take a model, or compare a version."""
        layout = self._layout_of
        if event.lines is not layout.options and layout.listed == "model":
            self.ask(lambda: self._save("model", event.key), "save")
        elif event.lines is not layout.options:
            layout.compare(int(event.key))
        elif event.key == "model":
            self.ask(lambda: self._read_models(""), "models")
        else:
            layout.edit(event.key)

    def on_find_bar_done(self, event: FindBar.Done) -> None:
        """Save a value, or search the models."""
        if event.bar.purpose == "models":
            self.ask(lambda: self._read_models(event.text), "models")
            return
        key = self._layout_of.key
        self.ask(lambda: self._save(key, event.text.strip()), "save")

    def on_page_opened(self, _event: Page.Opened) -> None:
        """Save mine over theirs, once both were seen."""
        if (conflict := self._layout_of.conflict) is not None:
            self._layout_of.close()
            self.ask(lambda: self._save(conflict.key, conflict.mine), "save")

    def on_prompt_editor_saved(self, event: PromptEditor.Saved) -> None:
        """Save a text."""
        self.ask(lambda: self._save(event.key, event.text), "save")

    def on_prompt_editor_external_wanted(self, event: PromptEditor.ExternalWanted) -> None:
        """Hand the draft to $EDITOR."""
        self.ask(lambda: self._edit_outside(event.text), "editor")

    def action_versions(self) -> None:
        """List the versions of the texts."""
        if self._known is not None:
            table = config.versions(self._known.versions)
            keys = [row.key for row in table.rows]
            self._layout_of.list_table("version", keys, listing(table))

    def action_diff(self) -> None:
        """Show what the draft, or the chosen version, differs in."""
        self._layout_of.diff()

    def action_revert(self) -> None:
        """Take the chosen version's texts as a new version."""
        if (version := self._layout_of.chosen_version) is not None:
            self.ask(lambda: self._revert(version), "revert")
        else:
            self._layout_of.fail("choose a version first", "v lists them")
