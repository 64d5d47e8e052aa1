"""The terminal's shell: header, tabs, content and keys, and which of them to repaint.

`app` adds what the keys do. It holds the desk and the tabs, coalesces what changes to four paints a
second, and paints the shown tab only; it must never look into a tab.
"""

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from textual.app import App
from textual.binding import BindingType
from textual.containers import Container
from textual.events import Resize
from textual.widget import Widget

from tai2.client.condition import Mismatch
from tai2.client.outlook import CONDITION
from tai2.tui.board import Board
from tai2.tui.commands import Commands
from tai2.tui.feed import Feed
from tai2.tui.forget import FORGET_S, SETTLED_S, beginnings, measures
from tai2.tui.frame import footer, tabs_row
from tai2.tui.inks import Inks
from tai2.tui.key import Place
from tai2.tui.keys import bindings
from tai2.tui.links import link_of
from tai2.tui.noted import NotedFeed
from tai2.tui.options import Options
from tai2.tui.stretches import install
from tai2.tui.tab import ALL, Tab, TopicsChanged
from tai2.tui.tabs import TABS
from tai2.view.panels.masthead import masthead
from tai2.view.panels.notice import mismatch, too_small

FRAME_S: Final = 0.25
"""Between two paints."""
LEAST: Final = (60, 16)
"""Smallest terminal with room for the frame."""
_HEADER: Final = frozenset({"meta", "account", "tickers", "health"})


class Shell(App[str]):
    """One attached terminal."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.EVERYWHERE)]
    COMMANDS = {lambda: Commands}  # noqa: RUF012 - as Textual types it
    COMMAND_PALETTE_BINDING = "colon"
    ENABLE_COMMAND_PALETTE = True
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - as above
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012 - as above
    CSS = """
    Screen { background: $background; color: $foreground; layout: vertical; overflow: hidden; }
    ModalScreen { background: $background 35%; }
    #header, #tabs, #footer { height: 1; }
    #stage { height: 1fr; }
    #notice { display: none; height: 1fr; }
    .-notice #notice { display: block; }
    .-notice #stage, .-notice #tabs, .-notice #footer, .-notice #header { display: none; }
    Toast { padding: 0 1; margin: 0; }
    """

    def __init__(self, desk: Feed, options: Options) -> None:
        """Take the desk to show and how."""
        install()
        super().__init__()
        self._desk = NotedFeed(desk)
        self._options = options
        self.inks = Inks(options.palette)
        self._boards = {name: Board(id=name) for name in ("header", "tabs", "footer", "notice")}
        self._stage = Container(id="stage")
        self._tabs: dict[str, Tab] = {}
        self._shown = options.tab if options.tab in TABS else "LIVE"
        self._dirty: set[str] = set(ALL)
        self._second = -1
        self.is_frozen = False
        """True = the picture is held still; data goes on arriving."""

    @property
    def tab(self) -> Tab | None:
        """The tab that is shown; None before the first is mounted."""
        return self._tabs.get(self._shown)

    @property
    def place(self) -> Place:
        """Whose keys work now."""
        return self.tab.PLACE if self.tab else Place.EVERYWHERE

    def compose(self) -> Iterator[Widget]:
        """The frame; tabs follow when they are shown."""
        yield self._boards["header"]
        yield self._boards["tabs"]
        yield self._stage
        yield self._boards["footer"]
        yield self._boards["notice"]

    async def on_mount(self) -> None:
        """Attach, and begin to paint."""
        self.register_theme(self.inks.theme())
        self.theme = "tai2"
        self._desk.listen(self._note)
        self.run_worker(self._desk.run(), name="session", group="session")
        self.set_interval(FRAME_S, self._tick)
        self.set_interval(FORGET_S, measures)
        self._paint_frame()
        self.call_after_refresh(self._show_first)

    async def _show_first(self) -> None:
        """Show the first tab, or the one whose key was pressed before it was there."""
        await self.action_show_tab(self._shown)
        self.set_timer(SETTLED_S, beginnings)

    def on_resize(self, _event: Resize) -> None:
        """Everything has another width."""
        self.repaint()

    def repaint(self) -> None:
        """Paint everything anew as soon as the layout is done."""
        self._dirty |= ALL
        self.call_after_refresh(self._tick)

    def _note(self, names: frozenset[str]) -> None:
        self._dirty |= ALL if CONDITION in names else names

    def on_topics_changed(self, _message: TopicsChanged) -> None:
        """Watch what the shown tab wants now."""
        self._watch()

    def _watch(self) -> None:
        self._desk.watch(_HEADER | (self.tab.topics() if self.tab else frozenset()))

    def _tick(self) -> None:
        """Inks what has changed since the last time."""
        second = self._desk.silence_ms() // 1000 + (self._desk.now_ms() or 0) // 1000
        if not self._dirty and second == self._second:
            return
        changed, self._dirty = frozenset(self._dirty), set()
        is_due, self._second = second != self._second, second
        if self._show_notice():
            return
        self._paint_frame()
        tab = self.tab
        if tab is None or self.is_frozen or not tab.is_mounted:
            return
        if is_due or changed & (ALL | tab.topics()):
            tab.paint(changed)

    def _paint_frame(self) -> None:
        columns = self.size.width
        state = self._desk.state
        link = link_of(self._desk, self._options, is_frozen=self.is_frozen)
        top = masthead(state, link, self._desk.now_ms(), columns)
        self._place("header", [self.inks.line(top, is_dim=False)])
        self._place("tabs", [self.inks.line(tabs_row(tuple(TABS), self._shown))])
        self._place("footer", [self.inks.line(footer(self.place, columns))])

    def _place(self, name: str, rows: list[Any]) -> None:
        self._boards[name].show(rows)

    def _show_notice(self) -> bool:
        """Fill the screen with a sentence where the frame would mislead or not fit."""
        lines = None
        if isinstance(found := self._desk.condition, Mismatch):
            lines = mismatch(found.reason, found.hint)
        elif self.size.width < LEAST[0] or self.size.height < LEAST[1]:
            lines = too_small(self._desk.state, self._desk.now_ms(), LEAST)
        self.screen_stack[0].set_class(lines is not None, "-notice")
        if lines is not None:
            self._place("notice", [self.inks.line(each) for each in lines])
        return lines is not None

    async def action_show_tab(self, name: str) -> None:
        """Show a tab, mounted on its first showing."""
        if name not in self._tabs:
            self._desk.diary.note("tab_opened", tab=name)
            made = TABS[name]()(self._desk, self.inks, self._options)
            self._tabs[name] = made
            await self._stage.mount(made)
        for other, tab in self._tabs.items():
            tab.display = other == name
        self._shown = name
        self._tabs[name].home().focus(scroll_visible=False)
        self._watch()
        self.repaint()

    async def action_step_tab(self, step: int) -> None:
        """Show the next or the previous tab, around the ends."""
        names = tuple(TABS)
        await self.action_show_tab(names[(names.index(self._shown) + step) % len(names)])
