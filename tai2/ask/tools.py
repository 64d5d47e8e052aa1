"""The look-ups that a model may ask for: a fixed table of functions that only read.

The dialogue offers their specs and runs what the model calls. What isn't in the table can't
run; whatever is wrong with a call must come back as an error text, never as an exception.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tai2.ask import decisions, money, present
from tai2.ask.arguments import Argument, Given, Kind, read, schema
from tai2.ask.desk import Sources
from tai2.ask.findings import MAX_LETTERS, Findings, Printed, printed
from tai2.ask.scope import LIMIT, SYMBOL, WINDOW
from tai2.model.errors import Tai2Error
from tai2.ports.chat import ToolCall, ToolSpec
from tai2.view.text import safe

LookUp = Callable[[Given, Sources], Awaitable[Findings]]
"""Reads something; raises Tai2Error when it can't."""

_ID: Final = Argument(
    name="id", kind=Kind.WORD, about="As shown in brackets, such as D-7Q2M4KX9.", is_required=True
)
_METRICS: Final = Argument(
    name="metrics",
    kind=Kind.METRICS,
    about="Metric ids, * = anything: cvd.*, m5.rsi14, *vwap. Groups: acct pos h4 h1 m5 m1 fund "
    "oi liq cvd ofi flow cost now ob.",
    is_required=True,
)
_ACTION: Final = Argument(
    name="action", kind=Kind.WORD, about="Only this action.", choices=("BUY", "SELL", "HOLD")
)
_VERDICT: Final = Argument(
    name="verdict", kind=Kind.WORD, about="Only this outcome.", choices=decisions.VERDICTS
)
_CODE: Final = Argument(name="code", kind=Kind.WORD, about="Only this code, such as SPREAD.")
_SECTION: Final = Argument(name="section", kind=Kind.WORD, about="Section or key; absent = all.")
_VERSION: Final = Argument(name="version", kind=Kind.VERSION, about="Absent = the one in force.")
_FOLLOWED: Final = Argument(
    name="symbol", kind=Kind.WORD, about="Instrument, such as BTC-USDT-SWAP.", is_required=True
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One look-up as it is declared."""

    name: str
    about: str
    arguments: tuple[Argument, ...]
    look_up: LookUp

    @property
    def spec(self) -> ToolSpec:
        """What the model is told about it."""
        return ToolSpec(name=self.name, description=self.about, parameters=schema(self.arguments))


TOOLS: Final = (
    Tool(
        name="funnel",
        about="Where the decision cycles of a window ended, as counts that add up.",
        arguments=WINDOW,
        look_up=decisions.funnel,
    ),
    Tool(
        name="list_decisions",
        about="Decisions in one line each, newest first.",
        arguments=(*WINDOW, _ACTION, _VERDICT, LIMIT),
        look_up=decisions.list_decisions,
    ),
    Tool(
        name="get_decision",
        about="One decision in full: words, refusals, fills, raw reply.",
        arguments=(_ID,),
        look_up=decisions.get_decision,
    ),
    Tool(
        name="list_rejections",
        about="What a rule or the exchange refused, newest first.",
        arguments=(*WINDOW, _CODE, LIMIT),
        look_up=decisions.list_rejections,
    ),
    Tool(
        name="list_orders",
        about="Open orders, then the orders that decisions of the window led to.",
        arguments=(*WINDOW, LIMIT),
        look_up=decisions.list_orders,
    ),
    Tool(
        name="list_trades",
        about="Fills, newest first, with the sums over all of the window's.",
        arguments=(*WINDOW, LIMIT),
        look_up=money.list_trades,
    ),
    Tool(
        name="performance",
        about="What the fills of a window earned, and equity then and now.",
        arguments=WINDOW,
        look_up=money.performance,
    ),
    Tool(
        name="llm_usage",
        about="What language models cost, why they gave no decision, how good they were.",
        arguments=tuple(each for each in WINDOW if each is not SYMBOL),
        look_up=money.llm_usage,
    ),
    Tool(
        name="get_market",
        about="Facts of an instrument now, with age, and what code would allow.",
        arguments=(_FOLLOWED, _METRICS),
        look_up=present.get_market,
    ),
    Tool(
        name="get_snapshot",
        about="Facts of the newest stored snapshot of an instrument, by its id.",
        arguments=(_ID, _METRICS),
        look_up=present.get_snapshot,
    ),
    Tool(
        name="get_config",
        about="Options and controls in force; no secrets.",
        arguments=(_SECTION,),
        look_up=present.get_config,
    ),
    Tool(
        name="get_prompt",
        about="The system prompt that decisions are made with.",
        arguments=(_VERSION,),
        look_up=present.get_prompt,
    ),
)
"""Every look-up there is. None of them changes anything."""

BY_NAME: Final[Mapping[str, Tool]] = {tool.name: tool for tool in TOOLS}
SPECS: Final = tuple(tool.spec for tool in TOOLS)


class Toolbox:
    """Runs look-ups over one desk's sources."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def call(self, call: ToolCall, letters: int = MAX_LETTERS) -> Printed:
        """Run what a model asked for; an error is a text, so that the model can mend it.

        Args:
            call: As the model wrote it, unchecked.
            letters: Most characters that the result may have.
        """
        tool = BY_NAME.get(call.name)
        if tool is None:
            return _error(f"no tool named {call.name!r:.60}. Tools: {', '.join(BY_NAME)}.")
        try:
            given = read(tool.arguments, call.arguments)
            return printed(await tool.look_up(given, self._sources), letters)
        except Tai2Error as exc:
            return _error(f"{exc.message}. {exc.hint}".strip())


def _error(text: str) -> Printed:
    return Printed(text=safe(f"error: {text}")[:1_000], ids={})
