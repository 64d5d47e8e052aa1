"""Answers "why no trade?" from recorded facts: where the cycles of a window ended.

The dialogue calls `answer` first, whatever follows; every number comes from the history
port. No model takes part, so it works without a key, and nothing here can reach an order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tai2.ask.requests import refusal_of
from tai2.ask.window import Window, instrument_of, window_of
from tai2.model.controls import TradingState
from tai2.model.events import CycleRecord
from tai2.model.ids import InstId
from tai2.ports.history import Funnel, History
from tai2.view.text import clip, countdown, safe, utc_iso

_SHOWN: Final = 3
_CLIP: Final = 160

Counted = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFacts:
    """What the daemon knows now and the journal doesn't."""

    trading_state: TradingState
    state_reason: str
    reasoner: str
    """Label as shown to people."""
    next_cycle_ms: int | None
    """Milliseconds until the next cycle; None = none is planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer as plain text, and what it was made of."""

    text: str
    """Lines without control characters."""
    funnel: Funnel
    inst_id: InstId | None
    """What the question is about; None = all instruments."""
    newest: tuple[CycleRecord, ...]
    """The decisions that the text cites."""
    refusal: str
    """Set when the question asked to act; the first line of text then."""


async def answer(
    question: str,
    history: History,
    now_ms: int,
    inst_ids: Sequence[InstId],
    live: LiveFacts,
) -> Answer:
    """Answer a question about trades that happened or didn't.

    Args:
        question: Anything; a window and an instrument are looked for in it.
        history: Where every number comes from.
        now_ms: End of the window, ms UTC.
        inst_ids: Instruments that a question can name.
        live: State of the desk now.
    """
    window, inst_id = window_of(question, now_ms), instrument_of(question, inst_ids)
    funnel = await history.funnel(window.since_ms, window.until_ms, inst_id)
    newest = await history.cycles(limit=_SHOWN, inst_id=inst_id)
    refusal = refusal_of(question)
    lines = [
        *([refusal, ""] if refusal else []),
        _headline(funnel, window, inst_id),
        *stage_lines(funnel),
        "",
        *_blockers(live),
        *_last_decisions(newest),
    ]
    text = "\n".join(safe(line) for line in lines)
    return Answer(text=text, funnel=funnel, inst_id=inst_id, newest=newest, refusal=refusal)


def _headline(funnel: Funnel, window: Window, inst_id: InstId | None) -> str:
    where = inst_id or "all instruments"
    if not funnel.cycles:
        return f"No decision cycle ran {window.label} ({where}): nothing could be traded."
    return (
        f"{_times(funnel.cycles, 'cycle')} {window.label} ({where}), "
        f"{_times(funnel.sent, 'order')} sent, {funnel.filled} filled."
    )


def stage_lines(funnel: Funnel) -> Iterator[str]:
    """Yield one line a stage; their counts add up to the cycles, or a line says by how much not."""
    if not funnel.cycles:
        return
    for name, counted in _stage_counts(funnel):
        total = sum(count for _code, count in counted)
        codes = ", ".join(f"{code} {count}" for code, count in counted if code)
        yield f"  {name:<34} {total:>5}  {codes}".rstrip()
    yield f"  {'of these filled':<34} {funnel.filled:>5}"
    ended = sum(count for _name, counted in _stage_counts(funnel) for _code, count in counted)
    if ended != funnel.cycles:
        yield f"  {'without a recorded end':<34} {funnel.cycles - ended:>5}"


def _stage_counts(funnel: Funnel) -> tuple[tuple[str, Counted], ...]:
    return (
        ("ended early: data stale or missing", (("", funnel.stale),)),
        ("no valid decision", funnel.no_decision),
        ("decided to hold", funnel.held),
        ("refused by a rule", funnel.refused),
        ("order not sent", (("", funnel.not_sent),)),
        ("order sent", (("", funnel.sent),)),
    )


def _blockers(live: LiveFacts) -> Iterator[str]:
    if live.trading_state is TradingState.ACTIVE:
        yield "Nothing is halted now."
    else:
        why = f" ({live.state_reason})" if live.state_reason else ""
        yield f"Trading is {live.trading_state.value}{why}: resume with tai2 resume --reason …"
    when = countdown(live.next_cycle_ms)
    yield f"Next cycle in {when}, decided by {live.reasoner}."


def _last_decisions(newest: Sequence[CycleRecord]) -> Iterator[str]:
    if not newest:
        return
    yield f"Last {_times(len(newest), 'decision')}, newest first:"
    for record in newest:
        verdict = " ".join(part for part in (record.action, record.outcome, record.reason) if part)
        yield f"  {utc_iso(record.ts)} {record.inst_id} {verdict} [{_id_of(record)}]"
        if why := record.detail or record.justification:
            yield f"    {clip(safe(why), _CLIP)}"


def _id_of(record: CycleRecord) -> str:
    return record.decision_id or record.cycle_id


def _times(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
