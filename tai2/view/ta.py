"""A snapshot as a row of indicators, with the distances and ratios that people read.

The fold calls it for each new snapshot, the projector between them. It adds nothing that a
snapshot doesn't hold: a missing figure stays None, a stale one keeps its verdict.
"""

from tai2.model.snapshot import Aged, FlowSet, Snapshot, TechnicalSet
from tai2.view.rows import BarRow, LiquidationRow, TaRow


def ta_row(snapshot: Snapshot) -> TaRow:
    """Return the row of a snapshot."""
    funding, interest = snapshot.funding.value, snapshot.open_interest.value
    flow = snapshot.flow.value or _NO_FLOW
    return TaRow(
        inst_id=snapshot.inst_id,
        ts=snapshot.ts,
        bars={aged.value.bar.value: bar_row(aged) for aged in snapshot.technical if aged.value},
        cvd_session=flow.cvd_session,
        cvd_minutes=flow.cvd_bars,
        cvd_slope_z=flow.cvd_slope_z,
        ofi_bar=flow.ofi_bar,
        ofi_z=flow.ofi_z,
        imbalance_5=flow.imbalance_5,
        imbalance_20=flow.imbalance_20,
        micro_px=flow.micro_px,
        flow_has_gap=flow.has_gap,
        funding_rate=funding.rate if funding else None,
        funding_ms=funding.funding_time if funding else None,
        open_interest=interest.base_qty if interest else None,
        oi_change_ratio=snapshot.oi_change_1h,
        liquidations=tuple(
            LiquidationRow(
                side=liq.side, px=liq.bk_px, contracts=liq.contracts, ts_event=liq.ts_event
            )
            for liq in snapshot.liquidations
        ),
    )


def bar_row(aged: Aged[TechnicalSet]) -> BarRow:
    """Return the row of one bar width; its value must be known."""
    found = aged.value
    assert found is not None
    return BarRow(
        bar=found.bar.value,
        freshness=aged.freshness,
        close=found.close,
        bb_lower=found.bb_lower,
        bb_mid=found.bb_mid,
        bb_upper=found.bb_upper,
        percent_b=_place(found.close, found.bb_lower, found.bb_upper),
        stoch_rsi_k=found.stoch_rsi_k,
        stoch_rsi_d=found.stoch_rsi_d,
        vwap=found.vwap,
        vwap_ratio=_over(_less(found.close, found.vwap), found.vwap),
        volume=found.volume,
        volume_ratio=_over(found.volume, found.volume_avg),
        volume_z=found.volume_z,
        ema20=found.ema20,
        ema50=found.ema50,
        rsi14=found.rsi14,
        atr14=found.atr14,
        atr_ratio=_over(found.atr14, found.close),
    )


def _place(close: float | None, lower: float | None, upper: float | None) -> float | None:
    return _over(_less(close, lower), _less(upper, lower))


def _less(number: float | None, other: float | None) -> float | None:
    return None if number is None or other is None else number - other


def _over(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else part / whole


_NO_FLOW = FlowSet(
    cvd_session=None,
    cvd_bars=(),
    cvd_slope_z=None,
    ofi_bar=None,
    ofi_z=None,
    imbalance_5=None,
    imbalance_10=None,
    imbalance_20=None,
    micro_px=None,
    has_gap=False,
)
