"""The chat with the desk: questions, facts, an explanation that streams in, what it cites.

The ENGINE tab puts questions to the daemon and hands back what comes; this widget only shows.
Words of the model are Markdown for the eye: no link opens, nothing in them acts.
"""

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Input, Markdown, Static
from textual.widgets.markdown import MarkdownStream

from tai2.tui.inks import Inks
from tai2.tui.lines import LineList
from tai2.tui.page import painted
from tai2.view.palette import Tone
from tai2.view.panels import chat as panel
from tai2.view.panels.line import Entry, Line, Span, line
from tai2.view.text import safe

MAX_QUESTION: Final = 4_000


class Chat(Vertical):
    """A conversation."""

    DEFAULT_CSS: ClassVar[str] = """
    Chat > VerticalScroll { height: 1fr; scrollbar-size-vertical: 1; }
    Chat Static { height: auto; }
    Chat Markdown { height: auto; padding: 0 1 0 0; margin: 0; }
    Chat MarkdownParagraph { margin: 0 0 1 0; }
    Chat LineList { height: auto; max-height: 6; }
    Chat > Input { height: 1; border: none; padding: 0; background: $panel; }
    Chat > Input:focus { border: none; }
    """

    class Asked(Message):
        """A question was sent."""

        def __init__(self, question: str) -> None:
            super().__init__()
            self.question = question

    def __init__(self, inks: Inks, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._inks = inks
        self._words: Markdown | None = None
        self._stream: MarkdownStream | None = None
        self._status = Static(markup=False)
        self._input = Input(
            placeholder=panel.PLACEHOLDER, max_length=MAX_QUESTION, select_on_focus=False
        )
        self._talk = VerticalScroll(can_focus=True)

    def compose(self) -> ComposeResult:
        """What was said, and where one types."""
        yield self._talk
        yield self._status
        yield self._input

    @property
    def is_busy(self) -> bool:
        """True while an answer is on its way."""
        return self._words is not None

    def type(self) -> None:
        """Put the keyboard into the question."""
        # At once, not with the next refresh: what is typed behind `i` belongs to the question.
        self.screen.set_focus(self._input, scroll_visible=False)
        if not self._input.has_focus:
            self._input.focus()

    def rest(self) -> None:
        """Leave the question and let keys work again."""
        self._talk.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Send the question, one at a time."""
        event.stop()
        question = event.value.strip()
        if not question or self.is_busy:
            return
        self._input.clear()
        self.post_message(self.Asked(question))

    async def begin(self, question: str) -> None:
        """Show a question and make room for its answer."""
        self._words = Markdown(open_links=False)
        await self._add(line(Span("you     ", Tone.ACCENT), safe(question)))
        self._tell(line(Span("looking at the facts…", Tone.DIM)))

    async def facts(self, text: str) -> None:
        """Show the answer from recorded facts, then open the explanation below it."""
        await self._add(line(Span("engine  ", Tone.UP), Span("from the record", Tone.DIM)))
        await self._add(*panel.facts(text))
        if self._words is not None:
            await self._talk.mount(self._words)
        self._talk.scroll_end(animate=False)

    async def delta(self, text: str) -> None:
        """Add words of the explanation."""
        if self._words is None:
            return
        if self._stream is None:
            # Not earlier: stopping a stream that never wrote raises CancelledError (Textual 8.2).
            self._stream = Markdown.get_stream(self._words)
        await self._stream.write(safe(text, keep_lines=True))
        self._talk.scroll_end(animate=False)

    async def looking(self, text: str) -> None:
        """Say what the model looks up; the words before were only talk."""
        await self._end_stream()
        if self._words is not None:
            await self._words.update("")
        self._tell(panel.looking(text))

    async def explained(
        self, text: str, explained: panel.Explained, citations: tuple[panel.Citation, ...]
    ) -> None:
        """Show the checked words, the check, and the sources that lead to decisions."""
        await self._end_stream()
        if self._words is not None:
            await self._words.update(panel.markdown(text))
        await self._add(panel.footer(explained))
        if sources := [each for each in citations if each.cycle_id]:
            listed = LineList(self._inks)
            await self._talk.mount(listed)
            listed.show([_source(n, each) for n, each in enumerate(sources)])
        await self.end()

    async def failed(self, text: str) -> None:
        """Show why no explanation came."""
        await self._end_stream()
        await self._add(panel.failure(text))
        await self.end()

    async def end(self) -> None:
        """Take the next question."""
        await self._end_stream()
        self._words = None
        self._tell(())
        self._talk.scroll_end(animate=False)

    async def _end_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.stop()

    async def _add(self, *lines: Line) -> None:
        await self._talk.mount(Static(painted(lines, self._inks), markup=False))
        self._talk.scroll_end(animate=False)

    def _tell(self, said: Line) -> None:
        self._status.display = bool(said)
        self._status.update(painted((said,), self._inks))


def _source(number: int, citation: panel.Citation) -> Entry:
    shown = line(Span(f"[{safe(citation.cited)}]", Tone.ACCENT), Span("  Enter shows it", Tone.DIM))
    return Entry(key=f"{citation.cycle_id}#{number}", line=shown)
