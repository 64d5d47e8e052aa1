"""ENGINE: what did it think, what did it do, what stopped it, what did it cost?

The shell shows it. It asks the daemon for one decision, the scores and answers in workers;
its widgets only show. Narrow screens see log, detail or chat.
"""

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from tai2.tui.engine.chat import Chat
from tai2.tui.engine.detail import Detail
from tai2.tui.engine.dialogue import Dialogue
from tai2.tui.engine.log import DecisionLog
from tai2.tui.feed import Feed
from tai2.tui.inks import Inks
from tai2.tui.key import Place
from tai2.tui.keys import bindings
from tai2.tui.lines import LineList
from tai2.tui.options import Options
from tai2.tui.tab import ALL, Tab
from tai2.view.panels.chat import READS_ONLY
from tai2.view.rows import DecisionRow
from tai2.wire.codec import recast
from tai2.wire.engine import ENGINE, EngineParams
from tai2.wire.past import CYCLES, CyclesParams
from tai2.wire.rpc import Fault
from tai2.wire.thoughts import DECISION, ThoughtParams

OLDER: Final = 500
"""Cycles read once, beside those of the picture."""
_WINDOWS: Final = ("list", "detail", "chat")


class EngineTab(Tab):
    """Log, detail, chat."""

    NAME, PLACE = "ENGINE", Place.ENGINE
    SECTIONS = frozenset({"decisions", "guards"})
    SCOPED_CSS = False
    DEFAULT_CSS: ClassVar[str] = """
    EngineTab #decisions, EngineTab #detail, EngineTab #chat {
      border: round $border; border-title-color: $foreground; border-subtitle-color: $dim;
    }
    EngineTab #decisions { width: 46; }
    EngineTab #beside { width: 1fr; }
    EngineTab #detail { padding: 0 1; height: 1fr; }
    EngineTab #chat { padding: 0 1; height: 12; }
    EngineTab.-chat #chat { height: 2fr; }
    EngineTab #decisions:focus-within, EngineTab #detail:focus, EngineTab #chat:focus-within
      { border: round $accent; }
    .-narrow EngineTab #decisions { width: 1fr; }
    .-narrow EngineTab #chat { height: 1fr; }
    .-narrow EngineTab.-list #beside { display: none; }
    .-narrow EngineTab.-detail #decisions { display: none; }
    .-narrow EngineTab.-detail #chat { display: none; }
    .-narrow EngineTab.-chat #decisions { display: none; }
    .-narrow EngineTab.-chat #detail { display: none; }
    """
    BINDINGS: ClassVar[list[Binding]] = bindings(Place.ENGINE)  # type: ignore[assignment] # Textual's type is wider

    def __init__(self, desk: Feed, inks: Inks, options: Options) -> None:
        super().__init__(desk, inks, options)
        self.add_class("-list")
        self._has_older = False
        self._log = DecisionLog(inks, id="decisions")
        self._detail = Detail(inks, id="detail")
        self._chat = Chat(inks, id="chat")

    def compose(self) -> ComposeResult:
        """Lay out the three windows."""
        with Horizontal():
            yield self._log
            with Vertical(id="beside"):
                yield self._detail
                yield self._chat

    def on_mount(self) -> None:
        """Name the chat."""
        self._chat.border_title = f"Chat ({READS_ONLY})"
        self._chat.border_subtitle = "i type · Enter send · Esc leave"

    # what the shell calls

    def paint(self, changed: frozenset[str]) -> None:
        """Show the present picture."""
        self._log.lines.fade(is_dim=self.is_old)
        self._detail.fade(is_dim=self.is_old)
        state = self.desk.state
        if state is None:
            return
        if changed & {"guards", *ALL}:
            self._detail.guard(state.guards.rows.values())
        self._log.take(state.decisions.rows)
        if not self._has_older and not self.is_old:
            self._has_older = True
            self.ask(self._read_older, "older-cycles")

    def home(self) -> Widget:
        """Begin in the log."""
        return self._log.lines

    def find(self) -> bool:
        """Filter the log."""
        self.action_show("list")
        self._log.find()
        return True

    def copied(self) -> str:
        """Return the decision's id."""
        row = self._log.row
        return (row.decision_id or row.cycle_id) if row else ""

    def back(self) -> bool:
        """Go back to the log; from there, lift its filter."""
        if self._log.lines.has_focus:
            return self._log.lift()
        self.action_show("list")
        return True

    # asking

    async def _read_older(self) -> None:
        reply = await self.desk.call(CYCLES, CyclesParams(limit=OLDER))
        if isinstance(reply, Fault):
            self._has_older = False
            return
        older: dict[str, DecisionRow] = {
            row.cycle_id: recast(DecisionRow, row) for row in reply.cycles
        }
        self._log.take(older, is_newer=False)

    async def _read_thoughts(self, *rows: DecisionRow | None) -> None:
        for row in rows:
            if row is None or row.decision_id is None or self._detail.knows(row):
                continue
            params = ThoughtParams(decision_id=row.decision_id)
            reply = await self.desk.call(DECISION, params)
            if not isinstance(reply, Fault):
                self._detail.learn(row, reply)

    async def _read_scores(self) -> None:
        reply = await self.desk.call(ENGINE, EngineParams())
        if isinstance(reply, Fault):
            self._detail.fail(reply.message)
        else:
            self._detail.score(reply)

    # hearing

    def on_decision_log_picked(self, event: DecisionLog.Picked) -> None:
        """Show the decision under the cursor."""
        row, before = event.row, self._log.previous(event.row)
        self._detail.decide(row, before)
        self.ask(lambda: self._read_thoughts(row, before), "thoughts")

    def on_decision_log_opened(self, _event: DecisionLog.Opened) -> None:
        """Open a decision."""
        self.action_show("detail")

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        """Show the decision that an answer cites."""
        if self._log.reveal(event.key.partition("#")[0]):
            self.action_show("detail")

    def on_detail_scores_wanted(self, _event: Detail.ScoresWanted) -> None:
        """Read the scores."""
        self.ask(self._read_scores, "scores")

    def on_chat_asked(self, event: Chat.Asked) -> None:
        """Put a question to the daemon."""
        known = tuple(self._log.rows.values())
        dialogue = Dialogue(self.desk, self._chat)
        self.ask(lambda: dialogue.ask(event.question, known), "question")

    # keys

    def action_show(self, window: str) -> None:
        """Bring a window to the front and give it the keyboard."""
        for name in _WINDOWS:
            self.set_class(name == window, f"-{name}")
        match window:
            case "chat":
                self._chat.rest()
            case "detail":
                self._detail.focus()
            case _:
                self._log.lines.focus()

    def action_type(self) -> None:
        """Type a question."""
        self.action_show("chat")
        self._chat.type()

    def action_side(self, by: int) -> None:
        """Show another side of the decision."""
        if self.has_class("-chat"):
            self.action_show("detail")
        self._detail.step(by)

    def action_outcome(self) -> None:
        """Step the outcome filter."""
        self._log.step_outcome()
