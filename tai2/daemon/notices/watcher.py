"""Turns what happens on the desk into notices for its owner.

The notifier shows it every event of the bus. It only words and counts; whether a notice is
sent, and how often, is the mailbag's business. It must never decide about trading.
"""

from collections.abc import Iterator
from typing import Final

from tai2.model.controls import Controls, TradingState
from tai2.model.events import (
    ControlsChanged,
    CycleEnded,
    CycleRecord,
    Event,
    HealthChanged,
    TradeRecorded,
)
from tai2.model.ids import InstId
from tai2.model.notice import Grade, Notice
from tai2.model.order import Leg
from tai2.model.trade import ExecutedTrade
from tai2.view import text

STREAK: Final = 5
"""So many refusals, or failures to decide, in a row are worth a notice."""
_OWN_WORK: Final = (Leg.ENTRY.value, Leg.EXIT.value)
_KEY_CODES: Final = ("LLM_KEY_REJECTED", "LLM_FORBIDDEN", "LLM_NO_CREDIT")
_BUDGET_CODES: Final = ("LLM_BUDGET_CALL", "LLM_BUDGET_DAY")
_STREAKS: Final = {
    "refused": "decisions refused",
    "no_decision": "cycles without a decision",
    "stale": "cycles without fresh data",
    "rejected": "orders rejected by the exchange",
}


class Watcher:
    """Sees every event and says what the owner should hear of it."""

    def __init__(self, state: TradingState) -> None:
        """state: in force now; only changes of it are told."""
        self._streaks: dict[InstId, tuple[str, int]] = {}
        """Per instrument: (outcome, how often in a row)."""
        self._state = state

    def see(self, event: Event) -> Iterator[Notice]:
        """Yield the notices that an event is worth."""
        match event:
            case TradeRecorded():
                yield _fill(event.trade)
            case HealthChanged():
                yield _health(event)
            case ControlsChanged():
                yield from self._controls(event.controls)
            case CycleEnded():
                yield from self._cycle(event.record)
            case _:
                return

    def _controls(self, controls: Controls) -> Iterator[Notice]:
        before, self._state = self._state, controls.trading_state
        if before is controls.trading_state:
            return
        is_by_guard = controls.changed_by == "guard"
        is_free = controls.trading_state is TradingState.ACTIVE
        word = controls.trading_state.value.upper()
        why = text.safe(controls.state_reason) or "no reason given"
        cure = "" if is_free else " Only a person lets it go on: tai2 resume."
        yield Notice(
            grade=Grade.URGENT if is_by_guard and not is_free else Grade.WARNING,
            key=f"state:{word}",
            title=f"Trading is {word}",
            text=f"Set by {text.safe(controls.changed_by)}: {why}.{cure}",
            ts=controls.changed_ms,
        )

    def _cycle(self, record: CycleRecord) -> Iterator[Notice]:
        if record.outcome == "unknown":
            yield _unknown(record)
        if record.reason in _KEY_CODES:
            yield _model_trouble(record, Grade.URGENT, "The model's server rejects the key")
        if record.reason in _BUDGET_CODES:
            yield _model_trouble(record, Grade.WARNING, "The model's budget is spent")
        outcome, count = self._streaks.get(record.inst_id, ("", 0))
        count = count + 1 if outcome == record.outcome else 1
        self._streaks[record.inst_id] = (record.outcome, count)
        if record.outcome in _STREAKS and count == STREAK:
            yield _streak(record, count)


def _fill(trade: ExecutedTrade) -> Notice:
    is_own_work = trade.leg in _OWN_WORK
    net = f", PnL {text.pnl(trade.net_pnl)} after its fee" if trade.pnl else ""
    because = text.clip(text.safe(trade.llm_reasoning), 200)
    return Notice(
        grade=Grade.INFO if is_own_work else Grade.WARNING,
        key=f"fill:{trade.fill_id}",
        title=f"{trade.side.value.upper()} {trade.symbol} filled ({trade.leg})",
        text=(
            f"{text.number(trade.amount)} at {text.number(trade.price)}, "
            f"fee {text.money(trade.fee)} {trade.fee_ccy}{net}. {because}".rstrip()
        ),
        ts=trade.timestamp_ms,
    )


def _health(change: HealthChanged) -> Notice:
    state = "works again" if change.is_ok else "is degraded"
    return Notice(
        grade=Grade.INFO if change.is_ok else Grade.WARNING,
        key=f"health:{change.part}:{change.is_ok}",
        title=f"{change.part} {state}",
        text=text.safe(change.detail),
        ts=change.ts,
    )


def _unknown(record: CycleRecord) -> Notice:
    return Notice(
        grade=Grade.URGENT,
        key=f"unknown:{record.cl_ord_id}",
        title=f"An order on {record.inst_id} may or may not exist",
        text=(
            f"{text.safe(record.reason)}. {record.inst_id} is frozen until the exchange's own "
            f"evidence settles order {record.cl_ord_id}."
        ),
        ts=record.ts,
    )


def _model_trouble(record: CycleRecord, grade: Grade, title: str) -> Notice:
    return Notice(
        grade=grade,
        key=f"model:{record.reason}",
        title=title,
        text=f"{record.reason}: {text.clip(text.safe(record.detail), 200)}. No decisions so far.",
        ts=record.ts,
    )


def _streak(record: CycleRecord, count: int) -> Notice:
    said = text.clip(text.safe(record.detail), 200)
    return Notice(
        grade=Grade.WARNING,
        key=f"streak:{record.inst_id}:{record.outcome}",
        title=f"{record.inst_id}: {count} {_STREAKS[record.outcome]} in a row",
        text=f"Last one: {text.safe(record.reason)}. {said}".rstrip(),
        ts=record.ts,
    )
