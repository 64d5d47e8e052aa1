"""The widgets of CFG and where they stand: options above, what one does with them below.

The tab tells it what is known and hears what is chosen, typed or saved. It asks nobody.
"""

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from tai2.tui.board import Board
from tai2.tui.cfg.editor import PromptEditor
from tai2.tui.cfg.saving import Conflict, Known
from tai2.tui.find_bar import FindBar
from tai2.tui.inks import Inks
from tai2.tui.lines import LineList
from tai2.tui.page import Page
from tai2.view.palette import Tone
from tai2.view.panels import config
from tai2.view.panels.line import Entry, Line, Span, line

_BELOW: Final = ("editor", "list", "page")


class CfgLayout(Vertical):
    """Options, and one thing below them at a time."""

    DEFAULT_CSS: ClassVar[str] = """
    CfgLayout #options { height: 1fr; max-height: 24; }
    CfgLayout.-editor #options, CfgLayout.-list #options, CfgLayout.-page #options { height: 6; }
    CfgLayout #hint, CfgLayout #head { height: 1; }
    CfgLayout #editor, CfgLayout #list, CfgLayout #page, CfgLayout #head { display: none; }
    CfgLayout.-editor #editor, CfgLayout.-list #list, CfgLayout.-list #head,
    CfgLayout.-page #page { display: block; }
    CfgLayout #list, CfgLayout #page { height: 1fr; }
    CfgLayout #page { border: round $border; padding: 0 1; border-title-color: $foreground; }
    CfgLayout #page:focus { border: round $accent; }
    """

    def __init__(self, inks: Inks) -> None:
        super().__init__()
        self._inks = inks
        self._known: Known | None = None
        self._said: Line = ()
        self.conflict: Conflict | None = None
        self.listed = ""
        """What the list shows: model or version."""
        self.options = LineList(inks, id="options", empty="…")
        self.editor = PromptEditor(id="editor")
        self._hint = Board(id="hint")
        self.bar = FindBar(self.options)
        self._head = Board(id="head")
        self._list = LineList(inks, id="list")
        self._page = Page(inks, id="page")

    def compose(self) -> ComposeResult:
        """Options, a line to type in, a hint, and the things below."""
        yield self.options
        yield self.bar
        yield self._hint
        yield self.editor
        yield self._head
        yield self._list
        yield self._page

    @property
    def key(self) -> str:
        """The option under the cursor."""
        return self.options.key

    @property
    def chosen_version(self) -> int | None:
        """The version under the cursor; None while none are listed."""
        is_there = self.listed == "version" and bool(self._list.key)
        return int(self._list.key) if is_there else None

    def know(self, known: Known) -> None:
        """Show options as they are now."""
        self._known = known
        columns = self.size.width
        entries = [config.entry(each, columns=columns) for each in known.reply.entries]
        for key in config.TEXTS:
            is_draft = self.editor.draft_of(key) is not None
            text = config.text_entry(key, known.current, columns=columns, is_draft=is_draft)
            entries.append(text)
        self.options.show(sorted(entries, key=config.rank))
        self._paint_hint()

    def _paint_hint(self) -> None:
        if self._said:
            return
        entries = self._known.reply.entries if self._known else ()
        found = next((each for each in entries if each.key == self.key), None)
        hint = config.hint(found) if found else config.text_hint(self.key)
        self._hint.show([self._inks.line((Span(" "), *hint))])

    def say(self, parts: Line) -> None:
        """Show a line below the options until another one is chosen."""
        self._said = parts
        self._hint.show([self._inks.line((Span(" "), *parts))])

    def fail(self, message: str, hint: str) -> None:
        """Show why something was refused."""
        self.say(line(Span(f"✗ {message} {hint}".rstrip(), Tone.WARN)))

    def _open(self, part: str) -> None:
        for each in _BELOW:
            self.set_class(each == part, f"-{each}")

    def close(self) -> bool:
        """Close what is open; False when nothing was."""
        was_open = any(self.has_class(f"-{part}") for part in _BELOW)
        self.conflict = None
        self._open("")
        self.options.focus()
        if self._known is not None:
            self.know(self._known)
        return was_open

    def settle(self, key: str) -> None:
        """An option was saved: forget its draft."""
        self.editor.settle(key, self._known.current if self._known else None)
        if key not in config.TEXTS:
            self.close()
        elif self._known is not None:
            self.know(self._known)

    def dispute(self, conflict: Conflict) -> None:
        """Show both values of an option that somebody else changed."""
        self.know(conflict.known)
        theirs, by = conflict.known.text_of(conflict.key), conflict.known.by(conflict.key)
        shown = config.conflict(conflict.key, conflict.mine, theirs, by)
        self._show_page("Changed meanwhile", shown)
        self.conflict = conflict

    def _show_page(self, title: str, lines: tuple[Line, ...]) -> None:
        self._page.border_title = Content(title)
        self._page.show(lines)
        self._open("page")
        self._page.focus()

    def list_table(self, what: str, keys: list[str], lines: tuple[Line, ...]) -> None:
        """List models or versions, headings first."""
        self.listed = what
        self._head.show([self._inks.line((Span(" "), *lines[0]))])
        rows = zip(keys, lines[1:], strict=True)
        self._list.show([Entry(key=key, line=each) for key, each in rows], empty="nothing fits")
        self._open("list")
        self._list.focus()
        if what == "version":
            self.say(config.VERSIONS_HINT)

    def edit(self, key: str) -> None:
        """Edit an option where it is best edited."""
        if self._known is None:
            return
        if key not in config.TEXTS:
            self.bar.open("value", "Enter saves · Esc leaves it", self._known.text_of(key))
        elif self._known.current is not None:
            self._open("editor")
            self.editor.open(key, self._known.current)

    def compare(self, version: int) -> None:
        """Show a version's texts against those in force."""
        rows = self._known.versions if self._known else ()
        old = next((row for row in rows if row.version == version), None)
        now = self._known.current if self._known else None
        if old is not None and now is not None:
            title = f"Version {version} against the one in force"
            self._show_page(title, config.version_difference(old, now))

    def diff(self) -> None:
        """Show the chosen version, or the draft of the option, against what is in force."""
        if self.has_class("-list") and self.chosen_version is not None:
            self.compare(self.chosen_version)
            return
        key = self.key if self.key in config.TEXTS else config.TEXTS[0]
        saved = self._known.text_of(key) if self._known else ""
        draft = self.editor.draft_of(key)
        lines = config.difference(saved, saved if draft is None else draft, ("in force", "draft"))
        self._show_page(f"{config.label(key)}: draft against the one in force", lines)

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        """Say what a change of this option does."""
        if event.lines is self.options:
            self._said = ()
            self._paint_hint()

    def on_prompt_editor_left(self, event: PromptEditor.Left) -> None:
        """Close the editor; the draft stays."""
        event.stop()
        self.close()
