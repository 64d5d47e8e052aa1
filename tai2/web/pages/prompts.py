"""The prompt's texts in CFG: editor, what differs, versions, and going back to one.

Saving makes a new version at once; nothing that was typed is lost when the daemon refuses it.
"""

from nicegui import ui

from tai2.view.palette import Tone
from tai2.view.panels import config as panel
from tai2.view.panels.line import Line, Span, line
from tai2.view.text import safe
from tai2.web.acts import tell
from tai2.web.desk import WebDesk
from tai2.web.paint import LinesView, TableView, button, card
from tai2.wire.controls import CONFIG_SET, ConfigSetParams
from tai2.wire.prompts import (
    PROMPT_REVERT,
    PROMPT_VERSIONS,
    RevertParams,
    VersionRow,
    VersionsParams,
)
from tai2.wire.rpc import Fault


class Prompts:
    """System prompt and strategy."""

    def __init__(self, desk: WebDesk) -> None:
        self._desk = desk
        self._rows: tuple[VersionRow, ...] = ()
        self._chosen: VersionRow | None = None
        with card("Prompt"):
            self._texts = {
                key: ui.textarea(label=panel.label(key)).props("outlined autogrow").classes("mono")
                for key in panel.TEXTS
            }
            for text in self._texts.values():
                text.style("width: 100%").set_enabled(desk.may_control)
            with ui.element("div").classes("tools"):
                if desk.may_control:
                    button("Save as a new version", self._save)
                button("Show what differs", self._differ)
                self._back = button("Go back to the chosen version", self._revert)
                self._back.set_visibility(False)
            self._diff = LinesView(classes="mono")
            self._note = LinesView()
            self._table = TableView("Versions of the prompt", self._choose)
        ui.timer(0, self._read, once=True)
        desk.changed.subscribe(self._on_change)

    async def _on_change(self, changed: frozenset[str]) -> None:
        if "config" in changed:
            await self._read()

    async def _read(self) -> None:
        reply = await self._desk.session.call(PROMPT_VERSIONS, VersionsParams())
        if isinstance(reply, Fault):
            self._note.show((line(Span(safe(reply.message), Tone.WARN)),))
            return
        before, self._rows = self._current(), reply.versions
        self._table.show(panel.versions(self._rows))
        for key, text in self._texts.items():
            if before is None or text.value == _saved(before, key):
                text.set_value(_saved(self._current(), key))

    def _current(self) -> VersionRow | None:
        return next((row for row in self._rows if row.is_current), None)

    def _differ(self) -> None:
        lines: list[Line] = []
        for key, text in self._texts.items():
            saved, typed = _saved(self._current(), key), str(text.value or "")
            if saved != typed:
                lines += panel.difference(saved, typed, (f"{key} in force", f"{key} typed"))
        self._diff.show(lines or (line(Span("Nothing differs.", Tone.DIM)),))

    async def _save(self) -> None:
        for key, text in self._texts.items():
            typed = str(text.value or "")
            if typed == _saved(self._current(), key):
                continue
            reply = await self._desk.session.call(CONFIG_SET, ConfigSetParams(key=key, text=typed))
            if isinstance(reply, Fault):
                tell(f"{reply.message}. {reply.hint}", is_bad=True)
                return
            tell(f"{panel.label(key)}: version {reply.version}, for the next decision")
        await self._read()

    def _choose(self, version: str) -> None:
        self._chosen = next((row for row in self._rows if str(row.version) == version), None)
        if self._chosen is None:
            return
        now, then = self._current(), self._chosen
        lines: list[Line] = []
        for key in panel.TEXTS:
            if _saved(now, key) != _saved(then, key):
                names = (f"{key} in force", f"{key} of version {version}")
                lines += panel.difference(_saved(now, key), _saved(then, key), names)
        self._diff.show(lines or (line(Span("Nothing differs.", Tone.DIM)),))
        self._back.set_visibility(self._desk.may_control and not then.is_current)

    async def _revert(self) -> None:
        if self._chosen is None:
            return
        params = RevertParams(version=self._chosen.version)
        reply = await self._desk.session.call(PROMPT_REVERT, params)
        if isinstance(reply, Fault):
            tell(f"{reply.message}. {reply.hint}", is_bad=True)
            return
        tell(f"Version {params.version} is in force again, as version {reply.version}")
        self._back.set_visibility(False)
        await self._read()


def _saved(row: VersionRow | None, key: str) -> str:
    if row is None:
        return ""
    return row.strategy if key == "strategy" else row.system_prompt
