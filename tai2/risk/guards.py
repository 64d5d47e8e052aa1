"""Every guard by name: its limit, what it measures now, and how it is asked.

`tai2 guards` shows them, the self-test breaks them one by one. A guard that isn't in this
table doesn't exist: the gate's rules and the size caps are all here, and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tai2.risk import measures, pace
from tai2.risk.measures import (
    Measure,
    fared,
    from_mid,
    limit,
    none_allowed,
    of_equity,
    paced,
    seconds,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One guard."""

    name: str
    """The code of its refusal in lower case."""
    unit: str = ""
    limit: Measure | None = None
    """None = it has no number."""
    current: Measure | None = None
    is_floor: bool = False
    """True when the current value must not be less than the limit."""
    is_exclusive: bool = False
    """True when reaching the limit already refuses."""
    is_account_wide: bool = False
    codes: tuple[str, ...] = ()
    """Codes of its refusals where they differ from the name."""


GUARDS: Final[tuple[Guard, ...]] = (
    Guard(name="trading_state", is_account_wide=True, codes=("HALTED", "REDUCING")),
    Guard(name="allow_list"),
    Guard(name="maintenance", is_account_wide=True),
    Guard(name="instrument_live"),
    Guard(
        name="stale_data",
        unit="s",
        limit=lambda case: seconds(case.limits.ages.book_ms),
        current=lambda case: seconds(case.snapshot.book.age_ms),
    ),
    Guard(name="touch_known"),
    Guard(
        name="decision_age",
        unit="s",
        limit=limit("max_decision_age_ms", 1000),
        current=lambda case: seconds(case.now_ms - case.decided_on.ts),
    ),
    Guard(
        name="unknown_order",
        limit=none_allowed,
        current=lambda case: Decimal(len(case.exposure.unknown_orders)),
    ),
    Guard(
        name="in_flight",
        limit=none_allowed,
        current=lambda case: Decimal(case.exposure.working_orders),
    ),
    Guard(name="position_effect"),
    Guard(
        name="foreign_position",
        limit=none_allowed,
        current=lambda case: None if case.exposure.foreign is None else abs(case.exposure.foreign),
    ),
    Guard(name="stop_required", codes=("STOP_REQUIRED", "STOP_SIDE")),
    Guard(name="stop_distance", unit="%", limit=limit("stop_max_pct"), current=from_mid("stop_px")),
    Guard(
        name="target_distance",
        unit="%",
        limit=limit("target_max_pct"),
        current=from_mid("target_px"),
    ),
    Guard(name="liquidation", unit="%", limit=measures.liquidation, current=from_mid("stop_px")),
    Guard(name="spread", unit="bps", limit=limit("max_spread_bps"), current=measures.spread),
    Guard(name="price_drift", unit="%", limit=limit("max_drift_pct"), current=measures.drift),
    Guard(name="mark_band", unit="%", limit=limit("max_mark_band_pct"), current=measures.band),
    Guard(name="price_limit", unit="%", limit=measures.room, current=measures.way),
    Guard(
        name="edge", unit="x", limit=limit("min_edge_ratio"), current=measures.edge, is_floor=True
    ),
    Guard(
        name="confidence",
        limit=limit("min_confidence"),
        current=lambda case: case.decision.confidence,
        is_floor=True,
    ),
    Guard(
        name="leverage",
        unit="x",
        limit=limit("max_lever"),
        current=lambda case: case.exposure.lever,
    ),
    Guard(
        name="clock",
        unit="s",
        limit=limit("max_clock_off_ms", 1000),
        current=lambda case: seconds(case.clock_off_ms and abs(case.clock_off_ms)),
        is_account_wide=True,
    ),
    Guard(
        name="meta_age",
        unit="s",
        limit=limit("max_meta_age_ms", 1000),
        current=lambda case: seconds(case.meta_age_ms),
    ),
    Guard(name="account_check", is_account_wide=True),
    Guard(
        name="entries_hour",
        limit=limit("max_entries_hour"),
        current=paced(pace.entries_here),
        is_exclusive=True,
    ),
    Guard(
        name="entries_hour_total",
        limit=limit("max_entries_hour_total"),
        current=paced(pace.entries_all),
        is_exclusive=True,
        is_account_wide=True,
    ),
    Guard(name="cooldown", unit="s", limit=none_allowed, current=measures.rest),
    Guard(
        name="in_flight_total",
        limit=limit("max_in_flight"),
        current=paced(pace.in_flight_of),
        is_exclusive=True,
        is_account_wide=True,
    ),
    Guard(name="duplicate"),
    Guard(
        name="sends_2s",
        limit=limit("max_sends_2s"),
        current=paced(pace.sends_burst),
        is_exclusive=True,
        is_account_wide=True,
    ),
    Guard(
        name="sends_day",
        limit=limit("max_sends_day"),
        current=paced(pace.sends_today),
        is_exclusive=True,
        is_account_wide=True,
    ),
    *(
        Guard(
            name=name,
            unit=unit,
            limit=limit(f"max_{name}{'_pct' if unit else ''}"),
            current=fared(field),
            is_exclusive=True,
            is_account_wide=True,
        )
        for name, unit, field in (
            ("daily_loss", "%", "day_loss_pct"),
            ("drawdown", "%", "drawdown_pct"),
            ("losing_streak", "", "losing_streak"),
            ("refusals", "", "refusals"),
            ("order_errors", "", "order_errors"),
            ("llm_errors", "", "llm_errors"),
        )
    ),
    Guard(name="max_order_notional", unit="USDT", limit=limit("max_order_notional")),
    Guard(
        name="max_order_equity_pct",
        unit="USDT",
        limit=of_equity(lambda limits: limits.max_order_equity_pct / 100),
    ),
    Guard(
        name="max_position_notional",
        unit="USDT",
        limit=limit("max_position_notional"),
        current=lambda case: case.held_notional,
        is_exclusive=True,
    ),
    Guard(
        name="max_total_equity_ratio",
        unit="USDT",
        limit=of_equity(lambda limits: limits.max_total_equity_ratio),
        current=lambda case: case.exposure.total_notional,
        is_exclusive=True,
        is_account_wide=True,
    ),
    Guard(
        name="min_size",
        unit="USDT",
        limit=measures.smallest,
        current=lambda case: case.decision.notional,
        is_floor=True,
    ),
    Guard(name="size_caps"),
    Guard(
        name="slippage",
        unit="USDT",
        limit=lambda case: case.decision.notional,
        current=measures.depth_notional,
        is_floor=True,
    ),
)
BY_NAME: Final[Mapping[str, Guard]] = {guard.name: guard for guard in GUARDS}
