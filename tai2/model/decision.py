"""What a reasoner is asked, the facts it is shown, and what it may answer.

Features become facts, prompts print them, replies are checked against them.
A reply that isn't a clean decision must become NoDecision, never a guess.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from tai2.model.ids import CycleId, DecisionId, InstId, SnapshotId
from tai2.model.instrument import Side
from tai2.model.market import Bar
from tai2.model.money import Px, QuoteAmt
from tai2.model.snapshot import Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One printed number: what evidence may cite."""

    metric: str
    """Id as printed in square brackets, for example m5.rsi14."""
    text: str
    """The value exactly as printed, without unit."""
    number: Decimal | None
    """None for words such as LONG or FLAT, and for MISSING."""
    unit: str
    """"" when it has none."""
    age_ms: int | None
    freshness: Freshness


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesFact:
    """A printed series, oldest to newest; its last value is the newest closed bar."""

    metric: str
    texts: tuple[str, ...]
    unit: str
    bar: Bar


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """All facts of one snapshot, in the order in which they are printed."""

    facts: Mapping[str, Fact]
    series: tuple[SeriesFact, ...]

    def number(self, metric: str) -> Decimal | None:
        """Return a fresh fact's number; None when missing, stale or a word."""
        fact = self.facts.get(metric)
        return fact.number if fact and fact.freshness is Freshness.FRESH else None


class Action(StrEnum):
    """The mission's three words."""

    BUY = "BUY"
    SELL = "SELL"
    HOLD = "HOLD"


class PositionEffect(StrEnum):
    """What the action does to the position."""

    OPEN = "OPEN"
    INCREASE = "INCREASE"
    REDUCE = "REDUCE"
    CLOSE = "CLOSE"
    NONE = "NONE"


class HoldReason(StrEnum):
    """Why a reasoner prefers to wait."""

    NOT_HOLD = "NOT_HOLD"
    NO_EDGE = "NO_EDGE"
    MIXED_SIGNALS = "MIXED_SIGNALS"
    COST_EXCEEDS_EDGE = "COST_EXCEEDS_EDGE"
    STALE_OR_MISSING_DATA = "STALE_OR_MISSING_DATA"
    RISK_LIMIT = "RISK_LIMIT"
    COOLDOWN = "COOLDOWN"
    POSITION_OK = "POSITION_OK"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedAction:
    """One action that code would let through now, with its largest amount."""

    action: Action
    effect: PositionEffect
    max_notional: QuoteAmt


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentDecision:
    """An earlier decision with what became of it: codes and numbers, never a model's words."""

    decision_id: DecisionId
    ts: int
    """UTC."""
    action: str
    """"" when no clean decision came."""
    effect: str
    notional: str
    p_up: str
    outcome: str
    """As in CycleRecord: hold, refused, sent, no_decision…"""
    codes: tuple[str, ...]
    """Hold reason, refusing rules or the code of no decision."""
    went_up: Decimal | None
    """1, 0.5 or 0 once its horizon has passed, None before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRequest:
    """Everything a reasoner gets for one decision."""

    cycle_id: CycleId
    decision_id: DecisionId
    snapshot_id: SnapshotId
    inst_id: InstId
    ts: int
    features: Features
    allowed: tuple[AllowedAction, ...]
    """Besides HOLD, which is always allowed. Empty = nothing may be traded now."""
    blocked_by: str
    """Code of what empties `allowed` (HALTED, COOLDOWN…), "" otherwise."""
    horizon_min: int
    recent: tuple[RecentDecision, ...] = ()
    """Last decisions on this instrument, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPrompt:
    """What a model was told, word for word."""

    prompt_hash: str
    """Of system text, schema and renderer: the same for every decision of one version."""
    system: str
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A reasoner's raw answer, not yet believed."""

    text: str
    reasoner: str
    """Engine or model id as shown to people, for example "rules-v1 (no LLM)"."""
    latency_ms: int
    cost_usd: Decimal
    prompt: SentPrompt | None = None
    """None for a reasoner without a prompt."""
    provider: str = ""
    """Who served the model, "" when nobody says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyFailed:
    """No usable answer arrived."""

    code: str
    """For example LLM_TIMEOUT."""
    detail: str
    reasoner: str
    latency_ms: int
    cost_usd: Decimal
    prompt: SentPrompt | None = None


class ClaimVerdict(StrEnum):
    """How a quoted value compares with what was printed."""

    VERIFIED = "verified"
    ROUNDED = "rounded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A fact that the reasoner quotes, with our verdict on the quote."""

    metric: str
    quoted: str
    why: str
    verdict: ClaimVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalidation:
    """A condition that would prove the idea wrong."""

    metric: str
    operator: str
    """LT, LTE, GT or GTE."""
    threshold: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A reply that passed every check of form, meaning and evidence."""

    decision_id: DecisionId
    snapshot_id: SnapshotId
    inst_id: InstId
    action: Action
    effect: PositionEffect
    hold_reason: HoldReason
    notional: QuoteAmt | None
    """Requested size in quote currency; None with HOLD."""
    limit_px: Px | None
    stop_px: Px | None
    target_px: Px | None
    horizon_min: int
    p_up: Decimal
    """Probability in [0, 1] that the mid is higher at the horizon."""
    confidence: Decimal | None
    justification: str
    evidence: tuple[Evidence, ...]
    counter_evidence: tuple[Evidence, ...]
    invalidation: tuple[Invalidation, ...]
    repaired: tuple[str, ...]
    """What the parser mended, "" entries never."""
    ungrounded: tuple[str, ...] = ()
    """Numbers in the justification that were never printed (decimals refuse a trade)."""

    @property
    def side(self) -> Side | None:
        """Side of the order that this decision asks for; None with HOLD."""
        if self.action is Action.HOLD:
            return None
        return Side.BUY if self.action is Action.BUY else Side.SELL

    @property
    def is_entry(self) -> bool:
        """True when exposure would grow."""
        return self.effect in (PositionEffect.OPEN, PositionEffect.INCREASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoDecision:
    """The cycle ends without a decision, and this is why."""

    decision_id: DecisionId
    stage: str
    """reasoner, completeness, extract, parse, schema, semantic, evidence or snapshot."""
    code: str
    detail: str
