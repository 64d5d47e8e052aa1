"""One decision from all sides: why, prompt, reply, order, diff to the one before; and scores.

The tab gives it what it has read and hears when something is wanted that it hasn't.
"""

from collections.abc import Iterable
from typing import Final

from textual.content import Content
from textual.message import Message

from tai2.model.thought import Thought
from tai2.tui.inks import Inks
from tai2.tui.page import Page
from tai2.view.palette import Tone
from tai2.view.panels import scores, why
from tai2.view.panels.line import EMPTY, Line, Span, line, listing
from tai2.view.rows import DecisionRow

VIEWS: Final = ("why", "prompt", "reply", "order", "diff", "scores")
ROOMY: Final = 110
"""Columns from which on the scores show every figure."""
_LOADING: Final[tuple[Line, ...]] = (line(Span("…", Tone.DIM)),)
_NO_REPLY: Final[tuple[Line, ...]] = (
    line(Span("The cycle ended before anybody was asked.", Tone.DIM)),
)
KEPT: Final = 8
"""Cycles whose prompt and reply are kept; more are read again."""


class Detail(Page):
    """Sides of a decision."""

    class ScoresWanted(Message):
        """The scores are to be read anew."""

    def __init__(self, inks: Inks, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(inks, id=id)
        self._side = VIEWS[0]
        self._entitled = ("", "")
        self._row: DecisionRow | None = None
        self._before: DecisionRow | None = None
        self._thoughts: dict[str, Thought] = {}
        self._guards: tuple[why.Guard, ...] = ()

    def on_mount(self) -> None:
        """Name the sides."""
        self._paint()

    def decide(self, row: DecisionRow | None, before: DecisionRow | None) -> None:
        """Show another decision.

        Args:
            row: The cycle; None = none is there.
            before: The cycle before on the same instrument.
        """
        is_new = row is None or self._row is None or row.cycle_id != self._row.cycle_id
        self._row, self._before = row, before
        self._paint(from_top=is_new)

    def knows(self, row: DecisionRow) -> bool:
        """Tell whether a cycle's reply has been read."""
        return row.cycle_id in self._thoughts

    def learn(self, row: DecisionRow, thought: Thought) -> None:
        """Keep what was read about a cycle; a prompt is long, so only the last few are kept."""
        self._thoughts[row.cycle_id] = thought
        while len(self._thoughts) > KEPT:
            del self._thoughts[next(iter(self._thoughts))]
        self._paint(from_top=False)

    def guard(self, guards: Iterable[why.Guard]) -> None:
        """Show how the guards stand now."""
        self._guards = tuple(guards)
        self._paint(from_top=False)

    def score(self, record: scores.Record) -> None:
        """Show scores, if they are still wanted."""
        if self._side != "scores":
            return
        table = scores.table(record.scores)
        shown = listing(table if self.size.width >= ROOMY else table.narrowed())
        legend = line(Span(scores.LEGEND, Tone.DIM))
        self.show((scores.head(record), EMPTY, *shown, EMPTY, legend))

    def fail(self, message: str) -> None:
        """Show why something couldn't be read."""
        self.show((line(Span(f"! {message}", Tone.WARN)),))

    def step(self, by: int) -> None:
        """Show the next side."""
        self._side = VIEWS[(VIEWS.index(self._side) + by) % len(VIEWS)]
        self._paint()
        if self._side == "scores":
            self.show(_LOADING)
            self.post_message(self.ScoresWanted())

    def _paint(self, *, from_top: bool = True) -> None:
        marked = (f"‹{name}›" if name == self._side else name for name in VIEWS)
        is_scores = self._side == "scores"
        name = "Scores by model and prompt" if is_scores else self._side.capitalize()
        self._entitle(f"{name}  {why.title(self._row)}" if self._row else name, " · ".join(marked))
        if not is_scores:
            self.show(self._sides(self._row) if self._row else (), from_top=from_top)

    def _entitle(self, title: str, subtitle: str) -> None:
        """Name the window; Textual draws all of it again even for the same name."""
        if self._entitled != (title, subtitle):
            self._entitled = (title, subtitle)
            self.border_title, self.border_subtitle = Content(title), Content(subtitle)

    def _sides(self, row: DecisionRow) -> tuple[Line, ...]:
        thought = self._thoughts.get(row.cycle_id)
        if self._side == "why":
            return why.why(row, thought, self._guards)
        if self._side == "diff":
            before = self._before
            earlier = (before, self._thoughts.get(before.cycle_id)) if before else None
            return why.difference(earlier, (row, thought))
        if thought is None:
            return _NO_REPLY if row.decision_id is None else _LOADING
        sides = {"prompt": why.prompt, "reply": why.reply}
        return why.orders(row, thought) if self._side == "order" else sides[self._side](thought)
