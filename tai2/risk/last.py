"""The last look: what can have changed between the gate and the first byte.

The sender calls it under its lock for every order but an emergency. It judges with the
newest values only, takes no time, and must refuse what it can't see.
"""

from dataclasses import dataclass
from decimal import Decimal

from tai2.model.condition import Pace
from tai2.model.controls import Controls, TradingState
from tai2.model.limits import Limits
from tai2.model.maintenance import Stage
from tai2.model.market import PriceLimit
from tai2.model.money import BPS, in_bps
from tai2.model.order import Leg, OrderIntent
from tai2.model.snapshot import Aged, BookTop
from tai2.model.verdict import Refusal
from tai2.risk.pace import BURST_MS, DAY_MS, HOUR_MS
from tai2.risk.refusal import refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """The newest values."""

    controls: Controls
    limits: Limits
    book: Aged[BookTop]
    price_limit: PriceLimit | None
    """What prices the exchange takes; None = not known."""
    pace: Pace | None
    """Without the order in question; None = not known."""
    maintenance: Stage | None
    """What the exchange has announced; None = not known."""
    clock_off_ms: int | None
    now_ms: int


def refused_at_last(intent: OrderIntent, sight: Sight) -> Refusal | None:
    """Return why an order must not leave now, None to let it go."""
    state, is_entry = sight.controls.trading_state, intent.leg is Leg.ENTRY
    if state is TradingState.HALTED or (state is TradingState.REDUCING and is_entry):
        return refusal(state.value, f"trading is {state.value}: {sight.controls.state_reason}")
    if sight.maintenance is Stage.ONGOING or (is_entry and sight.maintenance is not Stage.NONE):
        return refusal("maintenance", f"maintenance of the exchange: {sight.maintenance}")
    if not is_entry:
        return None
    return _outdated(intent, sight) or _moved(intent, sight) or _crowded(intent, sight)


def _outdated(intent: OrderIntent, sight: Sight) -> Refusal | None:
    """Refuse an entry whose book is stale, now or since the gate: it may have queued."""
    limit_ms = sight.limits.ages.book_ms
    if sight.book.fresh is None:
        return refusal("stale_data", f"the book is {sight.book.freshness.value}")
    waited_ms = sight.now_ms - intent.created_ms
    if not 0 <= waited_ms <= limit_ms:
        text = f"the order waited {waited_ms} ms for its turn, {limit_ms} ms allowed"
        return refusal("decision_age", text, limit_ms, waited_ms)
    if sight.clock_off_ms is None or abs(sight.clock_off_ms) > sight.limits.max_clock_off_ms:
        off = sight.clock_off_ms
        return refusal("clock", f"the clock is {off} ms off", sight.limits.max_clock_off_ms, off)
    return None


def _moved(intent: OrderIntent, sight: Sight) -> Refusal | None:
    """Refuse when the market has left the price that the order was judged at."""
    book, limits = sight.book.fresh, sight.limits
    assert book is not None  # _outdated refuses without
    spread_bps = in_bps(Decimal(book.best_ask - book.best_bid), book.mid)
    if spread_bps > limits.max_spread_bps:
        text = f"the spread is {spread_bps:.2f} bps, {limits.max_spread_bps} allowed"
        return refusal("spread", text, limits.max_spread_bps, f"{spread_bps:.2f}")
    judged_at = intent.limit_px / (1 + intent.side.sign * limits.max_slippage_bps / BPS)
    percent = abs(book.mid / judged_at - 1) * 100
    most = limits.max_drift_pct + limits.max_slippage_bps / 100 + limits.max_spread_bps / 100
    if percent > most:
        text = f"the mid moved {percent:.3f} % since the gate, {most} allowed"
        return refusal("price_drift", text, most, f"{percent:.3f}")
    if sight.price_limit is None or not sight.price_limit.takes(intent.side, intent.limit_px):
        return refusal("price_limit", f"the exchange wouldn't take {intent.side} {intent.limit_px}")
    return None


def _crowded(intent: OrderIntent, sight: Sight) -> Refusal | None:
    """Refuse what would exceed a count, now that others may have left since the gate."""
    pace, limits = sight.pace, sight.limits
    if pace is None:
        return refusal("pace", "what was sent lately isn't known")
    day_start = max(sight.now_ms - sight.now_ms % DAY_MS, pace.armed_ms)
    in_hour = [s for s in pace.sent if s.is_entry and sight.now_ms - s.ts < HOUR_MS]
    here = [sent for sent in in_hour if sent.inst_id == intent.inst_id]
    counts = (
        ("entries_hour", len(here), limits.max_entries_hour),
        ("entries_hour_total", len(in_hour), limits.max_entries_hour_total),
        ("in_flight_total", pace.in_flight, limits.max_in_flight),
        ("sends_2s", _since(pace, sight.now_ms - BURST_MS), limits.max_sends_2s),
        ("sends_day", _since(pace, day_start - 1), limits.max_sends_day),
    )
    for rule, found, limit in counts:
        if found >= limit:
            return refusal(rule, f"{found} so far, {limit} allowed", limit, found)
    return None


def _since(pace: Pace, after_ms: int) -> int:
    return sum(sent.ts > after_ms for sent in pace.sent)
