"""An answer as plain text for a terminal: what goes to stdout, and the talk beside it.

The CLI and the ENGINE chat print with it, event by event. No escape sequence may come out of
it: colour is the caller's, and only on a terminal.
"""

from tai2.ask.events import (
    Answered,
    AskEvent,
    Delta,
    Failed,
    FunnelReady,
    Looking,
    Waiting,
)
from tai2.view.text import money, safe


class Transcript:
    """Turns events into text; remembers whether a line is open and words were streamed."""

    def __init__(self) -> None:
        self._is_open = False
        self._streamed = ""

    def text(self, event: AskEvent) -> str:
        """Return what to write to stdout for an event, line feeds included; "" = nothing."""
        match event:
            case FunnelReady():
                gap = "\n" if event.is_final else "\n\n"
                return safe(event.text, keep_lines=True) + gap
            case Delta():
                return self._words(safe(event.text, keep_lines=True))
            case Looking():
                self._streamed = ""
                return self._closed()
            case Answered():
                words = "" if self._streamed else self._words(safe(event.text, keep_lines=True))
                return f"{words}{self._closed()}\n{footer(event)}\n"
            case Failed():
                return self._closed()
            case Waiting():
                return ""

    def _words(self, text: str) -> str:
        self._streamed += text.strip()
        if text:
            self._is_open = not text.endswith("\n")
        return text

    def _closed(self) -> str:
        """End the open line, if there is one."""
        was_open, self._is_open = self._is_open, False
        return "\n" if was_open else ""


def footer(event: Answered) -> str:
    """Return the line below an answer: the check, the model, the cost."""
    return f"— {safe(event.footer)} · {safe(event.model)} · ${money(event.cost_usd)}"


def talk(event: AskEvent) -> str:
    """Return what to write to stderr for an event, without line feed; "" = nothing."""
    match event:
        case Looking():
            return f"looking at {safe(event.tool)} {safe(event.arguments)}".rstrip()
        case Waiting():
            return "the model is thinking"
        case Failed():
            return f"no explanation: {safe(event.detail)} ({safe(event.code)})"
        case _:
            return ""
