"""CFG: what is set, from where, in which range, and what a change does; effective at once.

The daemon verifies and keeps every change. A control that somebody else changed meanwhile is
shown with both values and nothing is lost. Without web.control the page only shows.
"""

from dataclasses import replace
from typing import Final

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from tai2.view.palette import Tone
from tai2.view.panels import config as panel
from tai2.view.panels import offers
from tai2.view.panels.line import Line, Span, line
from tai2.view.text import safe
from tai2.web.acts import tell
from tai2.web.desk import WebDesk
from tai2.web.pages.prompts import Prompts
from tai2.web.paint import LinesView, LineView, TableView, button, card
from tai2.wire.controls import CONFIG_GET, CONFIG_SET, ConfigEntry, ConfigReply, ConfigSetParams
from tai2.wire.method import NoParams
from tai2.wire.models import MODELS, ModelsParams
from tai2.wire.rpc import Fault

_LOOK_ONLY: Final = line(
    Span("This page may only look. web.control = true lets it change things.", Tone.WARN)
)


def cfg(desk: WebDesk) -> None:
    """Build the page."""
    if not desk.may_control:
        LineView(_LOOK_ONLY)
    options = _Options(desk)
    Prompts(desk)
    _Models(desk)
    ui.timer(0, options.read, once=True)


class _Options:
    """Every option that fits on a line."""

    def __init__(self, desk: WebDesk) -> None:
        self._desk = desk
        self._version = 0
        self._fields: dict[str, _Field] = {}
        with card("Controls and options"):
            self._note = LinesView()
            self._box = ui.element("div")
        desk.changed.subscribe(self._on_change)

    async def read(self) -> None:
        """Read every option anew; what is being edited stays."""
        reply = await self._desk.session.call(CONFIG_GET, NoParams())
        if isinstance(reply, Fault):
            self._note.show((line(Span(safe(reply.message), Tone.WARN)),))
            return
        self._note.show(())
        self._show(reply)

    async def _on_change(self, changed: frozenset[str]) -> None:
        if "config" in changed:
            await self.read()

    def _show(self, reply: ConfigReply) -> None:
        self._version = reply.version
        entries = [each for each in reply.entries if each.key not in panel.TEXTS]
        with self._box:
            for entry in entries:
                if entry.key not in self._fields:
                    self._fields[entry.key] = _Field(entry, self)
        for entry in entries:
            self._fields[entry.key].show(entry)

    @property
    def may_control(self) -> bool:
        """True when the page may change things."""
        return self._desk.may_control

    async def save(self, key: str, text: str) -> Fault | None:
        """Change one option on top of the version that was read; return what refused it."""
        params = ConfigSetParams(key=key, text=text, expected_version=self._version)
        reply = await self._desk.session.call(CONFIG_SET, params)
        if isinstance(reply, Fault):
            return reply
        self._version = reply.version
        tell(f"{panel.label(key)}: {reply.current}, effective at once")
        return None


class _Field:
    """One option with its input."""

    def __init__(self, entry: ConfigEntry, options: _Options) -> None:
        self._entry = entry
        self._options = options
        is_open = options.may_control and bool(entry.span)
        with ui.element("div").classes("field"):
            TextElement(tag="label", text=panel.label(entry.key)).props(f'for="f-{entry.key}"')
            with ui.element("div"):
                with ui.element("div").classes("tools"):
                    self._input = ui.input(value=entry.current)
                    self._input.props(f'for="f-{entry.key}" dense outlined')
                    self._input.set_enabled(is_open)
                    if is_open:
                        self._input.on("keydown.enter", self._save)
                        button("Save", self._save)
                self._hint = LineView()
                self._source = LineView()
                self._conflict = LinesView()

    def show(self, entry: ConfigEntry) -> None:
        """Show the option as it stands; an edit of ours that isn't saved stays beside it."""
        before, self._entry = self._entry, entry
        mine = str(self._input.value or "")
        if mine == before.current:
            self._input.set_value(entry.current)
        elif before.current not in (entry.current, mine):
            self._conflict.show(self._both(mine))
        self._hint.show(panel.hint(entry, is_readonly=not self._options.may_control))
        self._source.show(line(Span(panel.source(entry), Tone.DIM)))

    async def _save(self) -> None:
        mine = str(self._input.value or "").strip()
        fault = await self._options.save(self._entry.key, mine)
        if fault is None:
            self._entry = replace(self._entry, current=mine)  # an edit that is saved is none
            self._conflict.show(())
            return
        await self._options.read()
        self._conflict.show((line(Span(safe(f"{fault.message}. {fault.hint}"), Tone.WARN)),))

    def _both(self, mine: str) -> tuple[Line, ...]:
        lines = panel.conflict(self._entry.key, mine, self._entry.current, self._entry.source)
        return lines[:-1]


class _Models:
    """Models fit to trade, with the price of a day; choosing one sets the control."""

    def __init__(self, desk: WebDesk) -> None:
        self._desk = desk
        with card("Models"):
            with ui.element("div").classes("tools"):
                self._search = (
                    ui.input(label="Search").props("dense outlined").on("keydown.enter", self._read)
                )
                button("List", self._read)
            self._note = LinesView()
            self._table = TableView("Models", self._choose)

    async def _read(self) -> None:
        params = ModelsParams(search=str(self._search.value or ""))
        reply = await self._desk.session.call(MODELS, params, 30.0)
        if isinstance(reply, Fault):
            self._note.show((line(Span(safe(f"{reply.message}. {reply.hint}"), Tone.WARN)),))
            return
        note = offers.models_note(reply.interval_s, reply.age_ms, reply.warning)
        self._note.show((note,))
        self._table.show(offers.models(reply.models))

    async def _choose(self, model_id: str) -> None:
        if not self._desk.may_control:
            tell("model: this page may only look", is_bad=True)
            return
        reply = await self._desk.session.call(
            CONFIG_SET, ConfigSetParams(key="model", text=model_id)
        )
        if isinstance(reply, Fault):
            tell(f"{reply.message}. {reply.hint}", is_bad=True)
        else:
            tell(f"Model: {reply.current}, from the next decision on")
            await self._read()
