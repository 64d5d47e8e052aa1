"""A desk to ask questions about: fixed history, one snapshot, no engine behind it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from tai2.ask.desk import Sources
from tai2.ask.events import AskEvent
from tai2.ask.funnel import LiveFacts
from tai2.engine.clock import StepClock
from tai2.indicators.features import Costs, features
from tai2.model.controls import Controls, TradingState
from tai2.model.decision import Action, AllowedAction, DecisionRequest, Features, PositionEffect
from tai2.model.events import CycleRecord
from tai2.model.forecast import calibrate
from tai2.model.ids import CycleId, DecisionId, InstId
from tai2.model.money import QuoteAmt
from tai2.model.order import Order
from tai2.model.snapshot import Snapshot
from tai2.model.spend import Purpose
from tai2.model.trade import ExecutedTrade
from tai2.ports.history import Funnel, TradeQuery, TradeTotals
from tai2.ports.scores import ReasonerScore
from tai2.store.memory import MemoryState
from tai2.wire.controls import ConfigEntry
from tests.builders.market import INST, NOW, snapshot, swap
from tests.builders.trades import cycle, trade

Event = TypeVar("Event")
CANARY = "sk-or-canary-1f2e3d4c5b6a"
LIVE = LiveFacts(
    trading_state=TradingState.ACTIVE,
    state_reason="",
    reasoner="rules-v1 (no LLM)",
    next_cycle_ms=42_000,
)


@dataclass
class FixedHistory:
    """ports.history.History over lists that tests may change."""

    records: list[CycleRecord] = field(
        default_factory=lambda: [
            cycle(3, "hold", "NO_EDGE"),
            cycle(2, "refused", "SPREAD"),
            cycle(1, "sent", ""),
        ]
    )
    fills: list[ExecutedTrade] = field(default_factory=lambda: [trade(0)])
    replies: dict[str, str] = field(default_factory=lambda: {"D3": '{"action": "HOLD"}'})

    async def cycles(self, *, limit: int, inst_id: InstId | None) -> tuple[CycleRecord, ...]:
        return tuple(r for r in self.records if inst_id in (None, r.inst_id))[:limit]

    async def funnel(self, since_ms: int, until_ms: int, inst_id: InstId | None) -> Funnel:
        def of(outcome: str) -> tuple[tuple[str, int], ...]:
            return tuple((r.reason, 1) for r in self.records if r.outcome == outcome)

        return Funnel(
            since_ms=since_ms,
            until_ms=until_ms,
            cycles=len(self.records),
            stale=0,
            no_decision=of("no_decision"),
            held=of("hold"),
            refused=of("refused"),
            sent=len(of("sent")),
            not_sent=0,
            filled=1,
        )

    async def reply_text(self, decision_id: DecisionId) -> str | None:
        return self.replies.get(decision_id)

    async def trades(self, query: TradeQuery) -> tuple[ExecutedTrade, ...]:
        return tuple(self.fills[: query.limit])

    async def totals(self, query: TradeQuery) -> TradeTotals:
        return TradeTotals(
            fills=len(self.fills),
            pnl=Decimal("12.50"),
            fees=Decimal("-0.05"),
            notional=Decimal(100),
        )

    async def equity_at(self, ts: int) -> Decimal | None:
        return Decimal("9990.5")


@dataclass
class FixedDesk:
    """ask.desk.DeskFacts; its configuration holds a secret that must stay inside."""

    live_facts: LiveFacts = LIVE
    entries: tuple[ConfigEntry, ...] = (
        ConfigEntry(key="interval", current="180", source="default", default="180"),
        ConfigEntry(key="llm.api_key", current=CANARY, source="environment", default=""),
        ConfigEntry(
            key="store.postgres", current=f"postgresql://t:{CANARY}@h/db", source="x", default=""
        ),
    )
    orders: tuple[Order, ...] = ()

    def instruments(self) -> tuple[InstId, ...]:
        return (INST, InstId("ETH-USDT-SWAP"))

    def live(self) -> LiveFacts:
        return self.live_facts

    async def request(self, inst_id: InstId) -> DecisionRequest:
        found = snapshot()
        buy = AllowedAction(
            action=Action.BUY,
            effect=PositionEffect.OPEN,
            max_notional=QuoteAmt(Decimal("1300.5")),
        )
        return DecisionRequest(
            cycle_id=CycleId("preview"),
            decision_id=DecisionId("preview"),
            snapshot_id=found.snapshot_id,
            inst_id=inst_id,
            ts=found.ts,
            features=self.features(found),
            allowed=(buy,),
            blocked_by="",
            horizon_min=60,
        )

    def features(self, snapshot: Snapshot) -> Features:
        return features(snapshot, Costs(instrument=swap(), taker=Decimal("0.0005")))

    def config(self) -> tuple[ConfigEntry, ...]:
        return self.entries

    async def controls(self, version: int | None) -> Controls | None:
        if version not in (None, 7):
            return None
        return Controls(
            version=7,
            interval_s=Decimal(180),
            instruments=(INST,),
            trading_state=TradingState.ACTIVE,
            state_reason="",
            max_order_notional=QuoteAmt(Decimal(100)),
            max_position_notional=QuoteAmt(Decimal(1000)),
            changed_ms=NOW,
            changed_by="cli",
            strategy="Trade only the trend.",
        )

    def open_orders(self) -> tuple[Order, ...]:
        return self.orders

    def equity(self) -> Decimal | None:
        return Decimal("10003.0")


class FixedSpending:
    """ask.desk.Spending."""

    async def spent_usd(
        self, since_ms: int, until_ms: int, purpose: Purpose | None = None
    ) -> Decimal:
        return Decimal("0.42") if purpose is Purpose.DECIDE else Decimal("0.01")


class FixedScores:
    """ports.scores.Scores."""

    async def scores(self, since_ms: int) -> tuple[ReasonerScore, ...]:
        forecasts = [(Decimal("0.6"), Decimal(1)), (Decimal("0.7"), Decimal(0))]
        score = ReasonerScore(
            reasoner="vendor/model",
            prompt_hash="abc123",
            replies=4,
            failed=1,
            held=2,
            refused=1,
            sent=0,
            cost_usd=Decimal("0.42"),
            latency_p50_ms=900,
            latency_p95_ms=2_100,
            evidence=6,
            verified=5,
            calibration=calibrate(forecasts),
        )
        return (score,)


def sources(history: FixedHistory | None = None, desk: FixedDesk | None = None) -> Sources:
    """Return sources at NOW, one second after the newest record."""
    return Sources(
        history=history or FixedHistory(),
        state=MemoryState(),
        desk=desk or FixedDesk(),
        spending=FixedSpending(),
        clock=StepClock(NOW + 1_000),
        scores=FixedScores(),
    )


def of_kind(events: Sequence[AskEvent], kind: type[Event]) -> list[Event]:
    """Return the events of one kind."""
    return [event for event in events if isinstance(event, kind)]
