"""The one-line input under a list: filter, search, a file's name, a value.

A tab opens it with a prompt and hears what was typed. It is out of sight until opened.
"""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input


class FindBar(Input):
    """An input that appears when asked and leaves with Enter or Esc."""

    DEFAULT_CSS: ClassVar[str] = """
    FindBar { height: 1; border: none; padding: 0 1; display: none; background: $panel; }
    FindBar:focus { border: none; }
    FindBar.-open { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Cancel", show=False, id="find.leave"),
    ]

    class Typed(Message):
        """Something was typed; it isn't final yet."""

        def __init__(self, bar: "FindBar", text: str) -> None:
            super().__init__()
            self.bar, self.text = bar, text

        @property
        def control(self) -> "FindBar":
            """The bar."""
            return self.bar

    class Done(Typed):
        """Enter."""

    class Left(Typed):
        """Esc: what was typed doesn't count."""

    def __init__(self, home: Widget) -> None:
        """home: the widget that gets the keyboard back."""
        super().__init__(select_on_focus=False)
        self._home = home
        self.purpose = ""
        """What the tab asked for when it opened the bar."""

    def open(self, purpose: str, prompt: str, text: str = "") -> None:
        """Appear and take the keyboard."""
        self.purpose = purpose
        self.placeholder = prompt
        self.value = text
        self.cursor_position = len(text)
        self.add_class("-open")
        self.focus()

    def close(self) -> None:
        """Leave the screen."""
        self.remove_class("-open")
        self._home.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell what stands there now."""
        event.stop()
        if self.has_class("-open"):
            self.post_message(self.Typed(self, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close and tell what was entered."""
        event.stop()
        self.close()
        self.post_message(self.Done(self, event.value))

    def action_leave(self) -> None:
        """Close without a result."""
        self.close()
        self.post_message(self.Left(self, self.value))
