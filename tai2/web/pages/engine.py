"""ENGINE: the decision log, why each was so, and the chat that explains.

Decisions arrive by push; the whole of one is read when it is chosen. The chat is the `ask`
engine: it can't trade, and its sources are checked. What a model wrote is text, never HTML.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from nicegui import ui

from tai2.view.palette import Tone
from tai2.view.panels import chat as talk
from tai2.view.panels import decisions, scores
from tai2.view.panels import why as because
from tai2.view.panels.line import EMPTY, Line, Span, line
from tai2.view.rows import DecisionRow
from tai2.view.text import safe
from tai2.web.desk import WebDesk
from tai2.web.paint import LinesView, ListView, TableView, button, card
from tai2.wire.engine import ENGINE, EngineParams
from tai2.wire.past import ASK, AskEvent, AskParams, AskStep
from tai2.wire.rpc import Fault
from tai2.wire.thoughts import DECISION as THOUGHT
from tai2.wire.thoughts import ThoughtParams

ASK_S: Final = 60.0
_SIGHTS: Final = ("why", "prompt", "raw reply", "order")


def engine(desk: WebDesk) -> None:
    """Build the page."""
    with ui.element("div").classes("halves"):
        sheet = _Decisions(desk)
        _Chat(desk, sheet)
    _Scores(desk)


class _Decisions:
    """The list, and the sheet of the chosen one."""

    def __init__(self, desk: WebDesk) -> None:
        self._desk = desk
        self._lines: dict[str, tuple[Line, ...]] = {}
        with ui.element("div"):
            with card("Decisions"):
                with ui.element("div").classes("tools"):
                    self._words = (
                        ui.input(label="Filter").props("dense outlined").on_value_change(self._list)
                    )
                self._entries = ListView("Decisions", self.choose)
            with card("Why"):
                with ui.element("div").classes("tools"):
                    self._sight = ui.select(list(_SIGHTS), value="why", label="Show").props(
                        "dense outlined"
                    )
                    self._sight.on_value_change(self._show)
                self._sheet = LinesView(classes="mono")
        self._list()
        desk.changed.subscribe(self._on_change)

    def rows(self) -> tuple[DecisionRow, ...]:
        """Return the newest decisions, newest first."""
        state = self._desk.outlook.state
        found = state.decisions.rows.values() if state else ()
        return tuple(sorted(found, key=lambda row: row.cycle_id, reverse=True))

    async def choose(self, cycle_id: str) -> None:
        """Show one decision in full."""
        row = next((row for row in self.rows() if row.cycle_id == cycle_id), None)
        if row is None:
            return
        self._entries.choose(cycle_id)
        thought = None
        if row.decision_id:
            reply = await self._desk.session.call(
                THOUGHT, ThoughtParams(decision_id=row.decision_id)
            )
            thought = None if isinstance(reply, Fault) else reply
        state = self._desk.outlook.state
        guards = tuple(state.guards.rows.values()) if state else ()
        name = line(Span(safe(row.decision_id or row.cycle_id), Tone.DIM))
        self._lines = {"why": (name, *because.why(row, thought, guards))}
        if thought is not None:
            self._lines["prompt"] = because.prompt(thought)
            self._lines["raw reply"] = because.reply(thought)
            self._lines["order"] = because.orders(row, thought)
        self._show()

    def _on_change(self, changed: frozenset[str]) -> None:
        if "decisions" in changed:
            self._list()

    def _list(self) -> None:
        rows = decisions.matching(self.rows(), str(self._words.value or ""))
        self._entries.show(decisions.entries(rows, is_wide=True))

    def _show(self) -> None:
        nothing = (line(Span("Choose a decision.", Tone.DIM)),)
        self._sheet.show(self._lines.get(str(self._sight.value), nothing))


class _Chat:
    """Questions and answers."""

    def __init__(self, desk: WebDesk, sheet: _Decisions) -> None:
        self._desk = desk
        self._sheet = sheet
        with card(f"Chat ({talk.READS_ONLY})"):
            self._talk = ui.element("div").classes("talk").props("aria-live=polite")
            with ui.element("div").classes("tools"):
                self._question = (
                    ui.input(label="Ask the engine").props("dense outlined").classes("grow")
                )
                self._question.on("keydown.enter", self._ask)
                button("Ask", self._ask)

    async def _ask(self) -> None:
        question = str(self._question.value or "").strip()
        if not question:
            return
        self._question.set_value("")
        with self._talk:
            LinesView().show((line(Span("you  ", Tone.ACCENT), safe(question)),))
            answer = _Answer(self._sheet)
        reply = await self._desk.session.stream(
            ASK, AskParams(question=question), answer.take, ASK_S
        )
        if isinstance(reply, Fault):
            answer.fail(f"{reply.message}. {reply.hint}")
        elif reply.explanation is not None:
            rows = self._sheet.rows()
            answer.end(
                reply.explanation.text,
                talk.footer(reply.explanation),
                talk.cited(reply.explanation.citations, rows),
            )
        elif reply.failure:
            answer.fail(reply.failure)


class _Answer:
    """One answer as it comes."""

    def __init__(self, sheet: _Decisions) -> None:
        self._sheet = sheet
        self._facts = LinesView()
        self._doing = LinesView()
        self._words = ui.markdown("", sanitize=True)
        self._foot = LinesView()
        self._sources = ui.element("div").classes("tools")
        self._text = ""

    def take(self, event: AskEvent) -> None:
        """Show one step on the way."""
        match event.step:
            case AskStep.FACTS:
                self._facts.show(talk.facts(event.text))
            case AskStep.LOOKING:
                self._doing.show((talk.looking(event.text),))
            case AskStep.DELTA:
                self._text += event.text
                self._words.set_content(talk.markdown(self._text))
            case AskStep.WAITING:
                self._doing.show((line(Span("waiting for the model …", Tone.DIM)),))

    def end(self, text: str, footer: Line, sources: tuple[talk.Citation, ...]) -> None:
        """Show the checked text and what it cites; a source leads to its decision."""
        self._doing.show(())
        self._words.set_content(talk.markdown(text))
        self._foot.show((footer,))
        with self._sources:
            for source in sources:
                button(f"[{safe(source.cited)}]", self._leading_to(source))

    def fail(self, why: str) -> None:
        """Say why there is no explanation."""
        self._doing.show(())
        self._foot.show((talk.failure(why),))

    def _leading_to(self, source: talk.Citation) -> Callable[[], Awaitable[None]]:
        async def lead() -> None:
            if source.cycle_id:
                await self._sheet.choose(source.cycle_id)

        return lead


class _Scores:
    """How good each model and prompt was; read when the page opens and after each decision."""

    def __init__(self, desk: WebDesk) -> None:
        self._desk = desk
        with card("Scores by model and prompt"):
            self._head = LinesView()
            self._table = TableView("Scores by model and prompt")
        ui.timer(0, self._read, once=True)
        desk.changed.subscribe(self._on_change)

    async def _on_change(self, changed: frozenset[str]) -> None:
        if "decisions" in changed:
            await self._read()

    async def _read(self) -> None:
        reply = await self._desk.session.call(ENGINE, EngineParams())
        if isinstance(reply, Fault):
            self._head.show((line(Span(safe(reply.message), Tone.WARN)),))
            return
        self._head.show((scores.head(reply) or EMPTY,))
        self._table.show(scores.table(reply.scores))
