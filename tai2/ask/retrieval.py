"""What to show a model that can't call tools: the look-ups that its question most likely needs.

The inquiry calls it when a model turns out to lack tools. It runs the same look-ups as a model
would, so that caps, ids and checks are the same; the choice is made by words alone.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from tai2.ask.cite import of_cycle
from tai2.ask.desk import Sources
from tai2.ask.findings import Printed
from tai2.ask.funnel import Answer
from tai2.ask.tools import Toolbox
from tai2.model.ids import InstId
from tai2.ports.chat import ToolCall
from tai2.view.text import utc_iso

ROOM: Final = 24_000
"""Characters of everything found: about 6 000 tokens."""
_FULL: Final = 3
_TOPICS: Final = (
    (("cvd", "cumulative volume delta"), "*cvd*"),
    (("ofi", "order flow", "orderflow"), "ofi.*"),
    (("rsi",), "*.rsi14"),
    (("stoch",), "*.stoch_*"),
    (("bollinger", "band", "bb"), "*.bb_*"),
    (("vwap",), "*.vwap"),
    (("volume",), "*.vol*"),
    (("ema", "trend", "moving average"), "*.ema*"),
    (("atr", "volatil"), "*.atr14*"),
    (("funding",), "fund.*"),
    (("open interest", " oi"), "oi.*"),
    (("liquidat",), "liq.*"),
    (("spread", "book", "imbalance", "depth"), "ob.*"),
    (("position", "holding", "upnl"), "pos.*"),
    (("equity", "balance", "margin"), "acct.*"),
    (("cost", "fee"), "cost.*"),
)
_ALWAYS: Final = ("now.*", "pos.side")


def patterns_in(question: str) -> tuple[str, ...]:
    """Return patterns of the metrics that a question names: CVD → *cvd*."""
    text = f" {question.lower()}"
    return tuple(pattern for words, pattern in _TOPICS if any(word in text for word in words))


async def retrieve(question: str, facts: Answer, sources: Sources) -> list[Printed]:
    """Look up one-line decisions, the newest in full, and the metrics that are named."""
    toolbox, found, room = Toolbox(sources), [], ROOM
    for call in _calls(question, facts, sources.desk.instruments()):
        shown = await toolbox.call(call, room)
        room -= len(shown.text)
        found.append(shown)
        if room < ROOM // 20:
            break
    return found


def _calls(question: str, facts: Answer, followed: Sequence[InstId]) -> Iterator[ToolCall]:
    patterns = [*_ALWAYS, *patterns_in(question)]
    for inst_id in [facts.inst_id] if facts.inst_id else followed[:_FULL]:
        yield _call("get_market", symbol=inst_id, metrics=patterns)
    window = {"since": utc_iso(facts.funnel.since_ms)}
    where = {"symbol": facts.inst_id} if facts.inst_id else {}
    yield _call("list_decisions", **window, **where)
    for record in facts.newest[:_FULL]:
        yield _call("get_decision", id=of_cycle(record))


def _call(name: str, **arguments: object) -> ToolCall:
    return ToolCall(call_id="", name=name, arguments=json.dumps(arguments))
