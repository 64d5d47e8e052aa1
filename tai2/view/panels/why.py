"""Why a decision was what it was: its words, evidence, guards, prompt, reply and orders.

ENGINE, the web page and `tai2 decisions --id` show it. Words of the model and of the prompt
stay text; a quote that failed its check must be marked wherever it is shown.
"""

import difflib
from collections.abc import Iterable, Iterator
from typing import Final, Protocol

from tai2.model.decision import ClaimVerdict, Decision, Evidence
from tai2.model.order import Order
from tai2.model.thought import Thought
from tai2.view.palette import Tone
from tai2.view.panels.decisions import action, chance, spoken, verdict
from tai2.view.panels.line import EMPTY, Line, Span, labelled, line
from tai2.view.rows import DecisionRow
from tai2.view.text import (
    age,
    count,
    latency,
    money,
    number,
    safe,
    usd,
    utc_clock,
    utc_time,
)

CHARS_PER_TOKEN: Final = 4
"""Rough: enough to see a prompt grow."""
_CLAIMS: Final = {
    ClaimVerdict.VERIFIED: Span("✓ ", Tone.PLAIN),
    ClaimVerdict.ROUNDED: Span("≈ ", Tone.PLAIN),
    ClaimVerdict.FAILED: Span("✗ ", Tone.ERROR),
}
_OPERATORS: Final = {"LT": "<", "LTE": "≤", "GT": ">", "GTE": "≥"}


class Guard(Protocol):
    """A guard as it stands now: the method `guards` and the view's section have it."""

    @property
    def name(self) -> str: ...

    @property
    def scope(self) -> str: ...

    @property
    def ok(self) -> bool: ...

    @property
    def why(self) -> str: ...


def title(row: DecisionRow) -> str:
    """Return the short id that chats and files cite."""
    full_id = row.decision_id or row.cycle_id
    return safe(full_id)[-8:]


def why(
    row: DecisionRow, thought: Thought | None, guards: Iterable[Guard] = ()
) -> tuple[Line, ...]:
    """Return the whole reason of a cycle.

    Args:
        row: The cycle.
        thought: Its reply; None = not read yet, or the cycle ended before one.
        guards: As they stand now; those that would refuse an entry on its instrument are named.
    """
    decision = thought.decision if thought else None
    return (
        *_head(row, thought),
        EMPTY,
        line(safe(row.justification or row.detail) or "No words were given."),
        *(_belief(decision) if decision else ()),
        EMPTY,
        *_gate(row),
        *_now(row, guards),
    )


def _head(row: DecisionRow, thought: Thought | None) -> Iterator[Line]:
    did = action(row)
    effect = f" {safe(row.effect).lower()}" if row.effect not in ("", "NONE") else ""
    asked = f" · {safe(row.notional)} asked" if row.notional else ""
    confidence = thought.decision.confidence if thought and thought.decision else None
    sure = f" · conf {confidence * 100:.0f}%" if confidence is not None else ""
    yield line(
        Span(did.text, Tone.STRONG if did.tone is Tone.PLAIN else did.tone),
        f"{effect} {safe(row.inst_id)} · p(up) {chance(row)}{sure}{asked} · ",
        verdict(row),
    )
    when = f"{utc_time(row.ts)} UTC · {safe(row.reasoner) or 'no reasoner'}"
    yield line(Span(when + (f" · {_spent(thought)}" if thought else ""), Tone.DIM))


def _spent(thought: Thought) -> str:
    letters = len(thought.system) + len(thought.user) + len(thought.raw_reply)
    tokens = f" · ≈{count(letters // CHARS_PER_TOKEN)} tok" if thought.user else ""
    through = f" by {safe(thought.provider)}" if thought.provider else ""
    cost = usd(thought.cost_usd) if thought.cost_usd else "no cost"
    return f"{latency(thought.latency_ms)}{through}{tokens} · {cost}"


def _belief(decision: Decision) -> Iterator[Line]:
    yield EMPTY
    for each in decision.evidence:
        yield _evidence("evidence", each)
    for each in decision.counter_evidence:
        yield _evidence("against", each)
    for limit in decision.invalidation:
        sign = _OPERATORS.get(limit.operator, safe(limit.operator))
        yield labelled("invalid if", f"{safe(limit.metric)} {sign} {number(limit.threshold)}")
    levels = (("limit", decision.limit_px), ("stop", decision.stop_px))
    named = (*levels, ("target", decision.target_px))
    wanted = " · ".join(f"{name} {number(px)}" for name, px in named if px is not None)
    horizon = f"horizon {age(decision.horizon_min * 60_000)}"
    yield labelled("plan", f"{wanted} · {horizon}" if wanted else horizon)
    if decision.repaired:
        yield labelled("mended", Span(safe("; ".join(decision.repaired)), Tone.WARN))
    if decision.ungrounded:
        unknown = safe(", ".join(decision.ungrounded))
        yield labelled("not shown", Span(f"✗ {unknown}: in no fact of the prompt", Tone.ERROR))


def _evidence(label: str, quoted: Evidence) -> Line:
    said = "" if quoted.verdict is not ClaimVerdict.FAILED else " (not what was printed)"
    return labelled(
        label,
        _CLAIMS[quoted.verdict],
        f"{safe(quoted.metric)} {safe(quoted.quoted)}",
        Span(said, Tone.ERROR),
        Span(f"  {safe(quoted.why)}", Tone.DIM),
    )


def _gate(row: DecisionRow) -> Iterator[Line]:
    """Yield what the gate and the exchange said, in numbers."""
    if not row.refusals:
        detail = f": {safe(row.detail)}" if row.detail and row.justification else ""
        yield labelled("outcome", verdict(row), detail)
        return
    sentences = row.detail.split("; ")
    texts = sentences if len(sentences) == len(row.refusals) else [row.detail]
    for n, code in enumerate(row.refusals):
        said = f"  {safe(texts[n])}" if n < len(texts) else ""
        yield labelled("guard", Span(f"✗ {spoken(code)}", Tone.WARN), said)


def _now(row: DecisionRow, guards: Iterable[Guard]) -> Iterator[Line]:
    for guard in guards:
        if not guard.ok and guard.scope in ("", row.inst_id):
            name = safe(guard.name).replace("_", " ")
            yield labelled("guard now", Span(f"✗ {name}", Tone.WARN), f"  {safe(guard.why)}")


def prompt(thought: Thought) -> tuple[Line, ...]:
    """Return what the model was told, word for word."""
    if not thought.user:
        return (line(Span(f"{safe(thought.reasoner)} needs no prompt.", Tone.DIM)),)
    return (
        line(Span(f"system · {safe(thought.prompt_hash)}", Tone.ACCENT)),
        *_words(thought.system),
        EMPTY,
        line(Span("user", Tone.ACCENT)),
        *_words(thought.user),
    )


def reply(thought: Thought) -> tuple[Line, ...]:
    """Return what the reasoner said, word for word."""
    what = "no reply" if thought.is_failed else "raw reply"
    head = line(Span(f"{what} · {safe(thought.reasoner)} · {_spent(thought)}", Tone.ACCENT))
    return (head, *_words(thought.raw_reply))


def orders(row: DecisionRow, thought: Thought) -> tuple[Line, ...]:
    """Return the orders that came of a decision."""
    if not thought.orders:
        said = line("No order came of it: ", verdict(row))
        return (said,)
    return tuple(each for order in thought.orders for each in _order(order))


def _order(order: Order) -> Iterator[Line]:
    intent = order.intent
    side = Span(
        f"{'▲ BUY' if intent.side.value == 'buy' else '▼ SELL'} ",
        Tone.UP if intent.side.value == "buy" else Tone.DOWN,
    )
    only = " · reduce only" if intent.reduce_only else ""
    what = f"{number(intent.contracts)} contracts of {safe(intent.inst_id)}"
    yield line(Span(f"{safe(intent.leg.value)} ", Tone.STRONG), side, f"{what}{only}")
    yield labelled("state", f"{order.state.value} {safe(order.reason)}".rstrip())
    filled = f"{number(order.acc_fill)} of {number(intent.contracts)}"
    yield labelled("filled", filled + (f" at {number(order.avg_px)}" if order.avg_px else ""))
    yield labelled("price cap", f"{number(intent.limit_px)} · {money(intent.notional)} notional")
    if intent.stop:
        target = f" · target {number(intent.stop.target_px)}"
        yield labelled("stop", f"{number(intent.stop.stop_px)}{target}")
    sent = utc_clock(order.sent_ms) + "Z" if order.sent_ms else "not sent"
    yield labelled("sent", sent)
    yield labelled("ids", Span(f"{safe(intent.cl_ord_id)} · {safe(order.ord_id or '–')}", Tone.DIM))
    yield EMPTY


def difference(
    before: tuple[DecisionRow, Thought | None] | None, after: tuple[DecisionRow, Thought | None]
) -> tuple[Line, ...]:
    """Return what changed since the previous decision on the same instrument."""
    if before is None:
        return (line(Span("No earlier decision on this instrument is loaded.", Tone.DIM)),)
    lines = difflib.unified_diff(
        _summary(*before),
        _summary(*after),
        f"{utc_time(before[0].ts)} {title(before[0])}",
        f"{utc_time(after[0].ts)} {title(after[0])}",
        n=99,
        lineterm="",
    )
    return tuple(map(diff_line, lines)) or (line(Span("Nothing changed.", Tone.DIM)),)


def diff_line(text: str) -> Line:
    """Return a line of a unified diff: its sign says what its tone repeats."""
    shown = safe(text)
    if shown.startswith(("+++", "---", "@@")):
        return line(Span(shown, Tone.DIM))
    tone = {"+": Tone.ACCENT, "-": Tone.WARN}.get(shown[:1], Tone.PLAIN)
    return line(Span(shown, tone))


def _summary(row: DecisionRow, thought: Thought | None) -> list[str]:
    """Return a decision as lines that compare well: one statement each."""
    decision = thought.decision if thought else None
    parts = [
        f"action {row.action or 'none'} {row.effect}".rstrip(),
        f"outcome {row.outcome} {row.reason}",
        f"refused by {', '.join(row.refusals) or 'nobody'}",
        f"p(up) {chance(row)}",
        f"notional {row.notional or 'none'}",
        f"reasoner {row.reasoner}",
        f"prompt {thought.prompt_hash if thought and thought.prompt_hash else 'none'}",
    ]
    if decision:
        parts += [f"evidence {e.metric} {e.quoted}" for e in decision.evidence]
        parts += [f"against {e.metric} {e.quoted}" for e in decision.counter_evidence]
        parts += [
            f"invalid if {e.metric} {e.operator} {e.threshold}" for e in decision.invalidation
        ]
    parts += [f"because {sentence}" for sentence in row.justification.split(". ") if sentence]
    return [safe(part) for part in parts]


def _words(text: str) -> tuple[Line, ...]:
    return tuple(line(each) for each in safe(text, keep_lines=True).splitlines())
