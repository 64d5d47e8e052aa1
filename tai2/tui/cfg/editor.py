"""The editor of a long text: system prompt or strategy, with what was changed in its heading.

The CFG tab gives it the saved text and hears what is to be saved. A draft survives leaving
the editor: only saving or taking the saved text back ends it.
"""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import TextArea

from tai2.view.panels import config
from tai2.view.text import safe


class PromptEditor(Vertical):
    """One text."""

    DEFAULT_CSS: ClassVar[str] = """
    PromptEditor { border: round $border; border-title-color: $foreground;
      border-subtitle-color: $dim; height: 1fr; }
    PromptEditor:focus-within { border: round $accent; }
    PromptEditor TextArea { border: none; padding: 0; height: 1fr; background: transparent; }
    PromptEditor TextArea:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", id="editor.save"),
        Binding("ctrl+r", "take_back", "Take back", id="editor.take_back"),
        Binding("ctrl+e", "external", "$EDITOR", id="editor.external", priority=True),
        Binding("escape", "leave", "Leave", id="editor.leave"),
    ]

    class Saved(Message):
        """The draft is to be saved."""

        def __init__(self, key: str, text: str) -> None:
            super().__init__()
            self.key, self.text = key, text

    class ExternalWanted(Saved):
        """The draft is to be edited in $EDITOR."""

    class Left(Saved):
        """The editor is to be closed; the draft stays."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._area = TextArea(soft_wrap=True, show_line_numbers=False, tab_behavior="focus")
        self._version: config.Version | None = None
        self._drafts: dict[str, str] = {}
        self.key = config.TEXTS[0]

    def compose(self) -> ComposeResult:
        """One area."""
        yield self._area

    def on_mount(self) -> None:
        """Name the keys."""
        self.border_subtitle = "^S save · ^R take back · ^E $EDITOR · Esc leave, draft stays"

    @property
    def text(self) -> str:
        """The draft."""
        return self._area.text

    @property
    def saved(self) -> str:
        """The text in force."""
        return config.text_of(self._version, self.key) if self._version else ""

    def draft_of(self, key: str) -> str | None:
        """Return a text that isn't saved yet; None = there is none."""
        return self._drafts.get(key)

    def open(self, key: str, version: config.Version) -> None:
        """Edit a text: its draft, else the saved one."""
        self.key, self._version = key, version
        self._area.load_text(self._drafts.get(key, self.saved))
        self._paint_title()
        self._area.focus()

    def replace(self, text: str) -> None:
        """Take another draft."""
        self._area.load_text(text)
        self._note()

    def settle(self, key: str, version: config.Version | None) -> None:
        """Forget a draft that has been saved."""
        self._drafts.pop(key, None)
        if version is not None:
            self._version = version
            self._paint_title()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Keep the draft."""
        event.stop()
        self._note()

    def _note(self) -> None:
        if self.text != self.saved:
            self._drafts[self.key] = self.text
        else:
            self._drafts.pop(self.key, None)
        self._paint_title()

    def _paint_title(self) -> None:
        self.border_title = Content(safe(config.editor_title(self._version, self.key, self.text)))

    def action_save(self) -> None:
        """Save the draft."""
        self.post_message(self.Saved(self.key, self.text))

    def action_take_back(self) -> None:
        """Forget the draft."""
        self.replace(self.saved)

    def action_external(self) -> None:
        """Edit the draft in $EDITOR."""
        self.post_message(self.ExternalWanted(self.key, self.text))

    def action_leave(self) -> None:
        """Close; the draft stays."""
        self.post_message(self.Left(self.key, self.text))
