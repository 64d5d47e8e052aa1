"""The settings' ceilings as the engine's limits: units made one, nothing left out.

Compose calls it once. A limit that the settings lack must fail here, not at the gate.
"""

from decimal import Decimal

from tai2.model.limits import AgeLimits, Limits
from tai2.model.money import ZERO, QuoteAmt
from tai2.settings.sections import FreshnessSection, Settings


def limits_of(settings: Settings) -> Limits:
    """Return the ceilings of the settings."""
    risk = settings.risk
    return Limits(
        max_order_notional=QuoteAmt(risk.max_order_notional),
        max_order_equity_pct=risk.max_order_equity_pct,
        max_position_notional=QuoteAmt(risk.max_position_notional),
        max_total_equity_ratio=risk.max_total_equity_ratio,
        max_spread_bps=risk.max_spread_bps,
        max_slippage_bps=risk.max_slippage_bps,
        max_drift_pct=risk.max_drift_pct,
        stop_min_pct=risk.stop_min_pct,
        stop_max_pct=risk.stop_max_pct,
        max_decision_age_ms=_ms(risk.max_decision_age_s),
        max_lever=risk.max_lever,
        max_daily_loss_pct=risk.max_daily_loss_pct,
        max_drawdown_pct=risk.max_drawdown_pct,
        max_losing_streak=risk.max_losing_streak,
        max_refusals=risk.max_refusals,
        max_order_errors=risk.max_order_errors,
        max_llm_errors=risk.max_llm_errors,
        error_pause_ms=_ms(risk.error_pause_s),
        max_entries_hour=risk.max_entries_hour,
        max_entries_hour_total=risk.max_entries_hour_total,
        max_in_flight=risk.max_in_flight,
        max_sends_2s=risk.max_sends_2s,
        max_sends_day=risk.max_sends_day,
        cooldown_ms=_ms(risk.cooldown_s),
        stop_cooldown_ms=_ms(risk.stop_cooldown_s),
        duplicate_ms=_ms(risk.duplicate_s),
        max_mark_band_pct=risk.max_mark_band_pct,
        target_max_pct=risk.target_max_pct,
        min_confidence=risk.min_confidence if _asks_a_model(settings) else ZERO,
        min_edge_ratio=risk.min_edge_ratio,
        max_clock_off_ms=_ms(risk.max_clock_off_s),
        max_meta_age_ms=_ms(risk.max_meta_age_s),
        ages=_ages(settings.freshness),
    )


def _asks_a_model(settings: Settings) -> bool:
    """Tell whether a model decides: rules-v1 states 0.40 to 0.55 by its formula, not a belief."""
    return settings.openrouter_api_key is not None or bool(settings.llm.base_url)


def _ms(seconds: Decimal) -> int:
    return int(seconds * 1000)


def _ages(freshness: FreshnessSection) -> AgeLimits:
    return AgeLimits(
        book_ms=int(freshness.book_s * 1000),
        ticker_ms=int(freshness.ticker_s * 1000),
        mark_ms=int(freshness.mark_s * 1000),
        flow_ms=int(freshness.flow_s * 1000),
        funding_ms=int(freshness.funding_s * 1000),
        open_interest_ms=int(freshness.open_interest_s * 1000),
        account_ms=int(freshness.account_s * 1000),
        candle_grace_ms=int(freshness.candle_grace_s * 1000),
    )
