"""What a tab is: the contract between the shell and LIVE, TA, ENGINE, HISTORY, DEBUG, CFG.

The shell mounts a tab when it is first shown, tells it when to paint, and hands it keys;
the tab places what `view.panels` gives it. A tab never formats numbers, never chooses
colours, and does no input or output in a handler: it asks its desk in a worker.

How to write one::

    class Engine(Tab):
        NAME = "ENGINE"                          # as in the tabs row; also its --tab word
        PLACE = Place.ENGINE                     # its rows of the key table, see tab_keys
        SECTIONS = frozenset({"decisions"})      # changes of these repaint it
        BINDINGS = bindings(Place.ENGINE)        # actions: def action_…(self)

        def compose(self): …                     # widgets that know only their data type
        def paint(self, changed): …              # read self.desk.state, give it to widgets

Add the class to `tabs.TABS` and its keys to `tab_keys.TAB_KEYS`; nothing else.
"""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Vertical
from textual.message import Message

from tai2.tui.feed import Feed
from tai2.tui.inks import Inks
from tai2.tui.key import Place
from tai2.tui.options import Options

if TYPE_CHECKING:
    from textual.widget import Widget
    from textual.worker import Worker


class TopicsChanged(Message):
    """A tab wants to watch something else."""


ALL: frozenset[str] = frozenset({"*"})
"""What `paint` is told when everything may have changed."""


class Tab(Vertical):
    """One of the six tabs."""

    NAME: ClassVar[str] = ""
    PLACE: ClassVar[Place] = Place.EVERYWHERE
    SECTIONS: ClassVar[frozenset[str]] = frozenset()
    """Sections and item topics (log, decision, fill) that it shows; its paint is called when
    one of them or one of its `topics` has changed, at most 4 times a second, and once a
    second for ages."""
    DEFAULT_CSS: ClassVar[str] = "Tab { width: 1fr; height: 1fr; }"
    can_focus = True

    def __init__(self, desk: Feed, inks: Inks, options: Options) -> None:
        """Keep what it draws from and with.

        Args:
            desk: Where it reads and asks.
            inks: Tones and strokes as segments.
            options: How the terminal was asked to be.
        """
        super().__init__(id=f"tab-{self.NAME.lower()}")
        self.desk = desk
        self.inks = inks
        self.options = options

    def topics(self) -> frozenset[str]:
        """Return what to watch while this tab is shown: SECTIONS, and charts if it has any."""
        return self.SECTIONS

    def paint(self, changed: frozenset[str]) -> None:
        """Show the desk's present picture.

        Called on the loop, only while the tab is shown and not frozen. Must be short; may
        be called with nothing changed, for ages. `changed` is ALL after it was mounted,
        shown again, resized, lost or found its daemon. Read `is_old` for dimming.
        """

    @property
    def is_old(self) -> bool:
        """True when the picture isn't current: everything is to be dimmed."""
        return not self.desk.is_attached

    def home(self) -> "Widget":
        """Return the widget that gets the keys when the tab is shown."""
        return self

    def find(self) -> bool:
        """Open the tab's search or filter; False = it has none."""
        return False

    def copied(self) -> str:
        """Return what `y` copies; "" = nothing is chosen."""
        return ""

    def back(self) -> bool:
        """Close what is open on Esc; False = nothing was."""
        return False

    def closing_of(self) -> str | None:
        """Return the instrument of the chosen position, for the key that closes one."""
        return None

    def ask(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> "Worker[None]":
        """Run a coroutine that asks the desk; a newer one of that name replaces it.

        It ends when the tab does. What goes wrong at the other end is a Fault in its hands.
        """
        return self.run_worker(work(), name=name, group=name, exclusive=True)

    def watch_anew(self) -> None:
        """Tell the shell that `topics` has changed."""
        self.post_message(TopicsChanged())
