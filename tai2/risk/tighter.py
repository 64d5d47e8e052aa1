"""Limits that the controls make tighter, never looser: one table of knobs.

The control book checks a change with it, the desk gets the limits in force from it. A limit
that isn't in the table can't be changed while the daemon runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from tai2.model.controls import Controls
from tai2.model.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Knob:
    """One limit that can be tightened."""

    field: str
    """Of Limits."""
    unit: str
    is_floor: bool = False
    """True when more is tighter."""
    scale: int = 1
    """The field counts in 1/scale of the unit."""
    is_count: bool = False

    def of(self, limits: Limits) -> Decimal:
        """Return the limit in the knob's unit."""
        return Decimal(getattr(limits, self.field)) / self.scale

    def is_looser(self, wanted: Decimal, ceiling: Decimal) -> bool:
        """Tell whether a wish is looser than the ceiling."""
        return wanted < ceiling if self.is_floor else wanted > ceiling


def _caps(unit: str, *names: str) -> dict[str, Knob]:
    return {name: Knob(field=name, unit=unit) for name in names}


def _counts(*names: str) -> dict[str, Knob]:
    return {name: Knob(field=name, unit="", is_count=True) for name in names}


def _rests(*names: str) -> dict[str, Knob]:
    return {
        f"{name}_s": Knob(field=f"{name}_ms", unit="s", is_floor=True, scale=1000) for name in names
    }


KNOBS: Final[Mapping[str, Knob]] = {
    **_caps(
        "%",
        *("max_order_equity_pct", "max_drift_pct", "stop_max_pct", "max_daily_loss_pct"),
        *("max_drawdown_pct", "max_mark_band_pct", "target_max_pct"),
    ),
    **_caps("bps", "max_spread_bps", "max_slippage_bps"),
    **_caps("x", "max_total_equity_ratio", "max_lever"),
    **_counts(
        *("max_losing_streak", "max_refusals", "max_order_errors", "max_llm_errors"),
        *("max_entries_hour", "max_entries_hour_total", "max_in_flight"),
        *("max_sends_2s", "max_sends_day"),
    ),
    **_rests("error_pause", "cooldown", "stop_cooldown", "duplicate"),
    "stop_min_pct": Knob(field="stop_min_pct", unit="%", is_floor=True),
    "min_confidence": Knob(field="min_confidence", unit="", is_floor=True),
    "min_edge_ratio": Knob(field="min_edge_ratio", unit="x", is_floor=True),
    "max_decision_age_s": Knob(field="max_decision_age_ms", unit="s", scale=1000),
    "max_clock_off_s": Knob(field="max_clock_off_ms", unit="s", scale=1000),
    "max_meta_age_s": Knob(field="max_meta_age_ms", unit="s", scale=1000),
}
"""By the name that the settings use."""


def in_force(ceilings: Limits, controls: Controls) -> Limits:
    """Return the limits that count: each the tighter of ceiling and control.

    A name that isn't known any more is left out: the ceiling holds.
    """
    changed: dict[str, object] = {
        "max_order_notional": min(ceilings.max_order_notional, controls.max_order_notional),
        "max_position_notional": min(
            ceilings.max_position_notional, controls.max_position_notional
        ),
    }
    for wish in controls.tighter:
        knob = KNOBS.get(wish.name)
        if knob is None or knob.is_looser(wish.limit, knob.of(ceilings)):
            continue
        is_whole = knob.is_count or knob.scale != 1
        changed[knob.field] = int(wish.limit * knob.scale) if is_whole else wish.limit
    return replace(ceilings, **changed)  # type: ignore[arg-type]  # names of KNOBS are fields
