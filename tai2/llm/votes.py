"""The seven votes of rules-v1: what each fact says about the next move, as one number.

`llm.rules` adds them up into a score and quotes the facts behind them. Decimal only, from the
printed numbers only; a required fact that is missing must be named, never counted as 0.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tai2.model.decision import Features
from tai2.model.money import ZERO
from tai2.model.snapshot import Freshness

ONE: Final = Decimal(1)
SIDES: Final = frozenset({"FLAT", "LONG", "SHORT"})
REQUIRED: Final = (
    "acct.equity",
    "ob.mid",
    "ob.imb10",
    "cost.round_trip",
    "m5.ema20",
    "m5.ema50",
    "m5.ema20_vs_50",
    "m5.rsi14",
    "m5.atr14",
    "m5.atr14_bps",
    "h4.ema20",
    "h4.ema50",
    "h4.ema20_vs_50",
    "h4.atr14",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """Weights and thresholds; the weights sum to 1."""

    trend: Decimal = Decimal("0.30")
    higher_trend: Decimal = Decimal("0.20")
    flow: Decimal = Decimal("0.20")
    book: Decimal = Decimal("0.10")
    funding: Decimal = Decimal("0.05")
    interest: Decimal = Decimal("0.05")
    momentum: Decimal = Decimal("0.10")
    open_score: Decimal = Decimal("0.45")
    """Smallest |score| to open a position."""
    close_score: Decimal = Decimal("0.30")
    """A score against the position beyond this closes it."""
    stop_atr: Decimal = Decimal("1.5")
    """Distance of the stop from the mid, in ATR of five-minute bars; also the expected move."""
    target_atr: Decimal = Decimal("2.5")
    cost_multiple: Decimal = Decimal(2)
    """The expected move must be worth this many round trips."""
    risk_pct: Decimal = Decimal("0.5")
    """Percent of equity lost at the stop."""
    funding_scale_pct: Decimal = Decimal("0.03")
    """Funding rate that counts fully: three times the usual 0.01 % (stands for z = 3)."""
    interest_scale_pct: Decimal = ONE
    rsi_high: Decimal = Decimal(75)
    rsi_low: Decimal = Decimal(25)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One component of the score, with the fact that it rests on."""

    metric: str
    part: Decimal
    """Weight times a figure in [−1, 1]; positive speaks for up."""
    up: str
    down: str

    @property
    def why(self) -> str:
        """What the fact implies, in one clause."""
        return self.up if self.part > 0 else self.down


def missing(features: Features) -> list[str]:
    """Return what a judgement needs and hasn't: absent, stale, or a range of zero."""
    absent = [metric for metric in REQUIRED if features.number(metric) is None]
    divisors = ("ob.mid", "m5.atr14", "h4.atr14")
    absent += [each for each in divisors if each not in absent and features.number(each) == ZERO]
    side = features.facts.get("pos.side")
    is_known = side and side.text in SIDES and side.freshness is Freshness.FRESH
    return absent if is_known else [*absent, "pos.side"]


def votes(features: Features, book: RuleBook) -> tuple[Vote, ...]:
    """Return every component, in a fixed order; all required facts must be fresh.

    CVD slope, open interest and funding count 0 while they are missing: the first takes ten
    minutes to know after a start, the second an hour.
    """

    def number(metric: str) -> Decimal:
        return features.number(metric) or ZERO

    trend = clip((number("m5.ema20") - number("m5.ema50")) / number("m5.atr14"))
    higher = clip((number("h4.ema20") - number("h4.ema50")) / number("h4.atr14"))
    funding = -clip(number("fund.rate") / book.funding_scale_pct)
    interest = sign(trend) * clip(number("oi.chg1h") / book.interest_scale_pct)
    rsi = number("m5.rsi14")
    momentum = -ONE if rsi > book.rsi_high else ONE if rsi < book.rsi_low else ZERO
    table = (
        ("m5.ema20_vs_50", book.trend * trend, "short trend is up", "short trend is down"),
        ("h4.ema20_vs_50", book.higher_trend * higher, "long trend is up", "long trend is down"),
        ("cvd.slope_z", book.flow * clip(number("cvd.slope_z") / 2), "takers buy", "takers sell"),
        ("ob.imb10", book.book * clip(number("ob.imb10")), "bids are heavier", "asks are heavier"),
        ("fund.rate", book.funding * funding, "shorts pay longs", "longs pay shorts"),
        ("oi.chg1h", book.interest * interest, "positions back a rise", "positions back a fall"),
        ("m5.rsi14", book.momentum * momentum, "oversold", "overbought"),
    )
    return tuple(Vote(metric=name, part=part, up=up, down=down) for name, part, up, down in table)


def clip(number: Decimal) -> Decimal:
    """Return the number cut to [−1, 1]."""
    return max(-ONE, min(ONE, number))


def sign(number: Decimal) -> int:
    """Return +1, 0 or -1."""
    return (number > 0) - (number < 0)
