"""The ask method of the socket: facts first, then a checked explanation, streamed.

The handlers' table includes it. It holds one Dialogue and turns its events into wire records;
no way leads from here to an order.
"""

from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import asdict, dataclass

from tai2.ask.dialogue import Dialogue
from tai2.ask.events import Answered, AskEvent, Delta, Failed, FunnelReady, Looking, Waiting
from tai2.model.errors import Tai2Error
from tai2.wire import past as wire
from tai2.wire.method import Streaming, bind_stream

Emit = Callable[[wire.AskEvent], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHandler:
    """The ask method of one running daemon."""

    dialogue: Dialogue

    def table(self) -> Mapping[str, Streaming]:
        """Return the dispatch table."""
        return {wire.ASK.name: bind_stream(wire.ASK, self.ask)}

    async def ask(self, params: wire.AskParams, emit: Emit) -> wire.AskReply:
        """Answer a question; events go out as they come."""
        facts: FunnelReady | None = None
        last: AskEvent | None = None
        async with aclosing(self.dialogue.ask(params.question)) as events:
            async for event in events:
                facts = event if isinstance(event, FunnelReady) else facts
                last = event
                if (row := _row(event)) is not None:
                    emit(row)
        if facts is None:
            detail = last.detail if isinstance(last, Failed) else "no answer"
            raise Tai2Error(f"can't answer: {detail}", "See: tai2 logs")
        return wire.AskReply(
            answer=facts.text,
            funnel=wire.FunnelRow(**asdict(facts.funnel)),
            explanation=_explanation(last) if isinstance(last, Answered) else None,
            failure=f"{last.code}: {last.detail}" if isinstance(last, Failed) else "",
        )


def _row(event: AskEvent) -> wire.AskEvent | None:
    match event:
        case FunnelReady():
            return wire.AskEvent(step=wire.AskStep.FACTS, text=event.text)
        case Looking():
            text = f"{event.tool} {event.arguments}".rstrip()
            return wire.AskEvent(step=wire.AskStep.LOOKING, text=text)
        case Waiting():
            return wire.AskEvent(step=wire.AskStep.WAITING, text="")
        case Delta():
            return wire.AskEvent(step=wire.AskStep.DELTA, text=event.text)
        case _:
            return None


def _explanation(answered: Answered) -> wire.Explanation:
    return wire.Explanation(
        text=answered.text,
        citations=tuple(citation.cited for citation in answered.citations),
        is_verified=answered.is_verified,
        footer=answered.footer,
        model=answered.model,
        cost_usd=answered.cost_usd,
    )
