"""Proves at start that every guard guards: each must refuse an entry that breaks only it.

The daemon runs it before the first decision and stays REDUCING when a guard lets its breach
pass. It must break one thing at a time, and fail when a guard has no breach at all.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from tai2.model.condition import Condition, Pace, Sent
from tai2.model.controls import TradingState
from tai2.model.decision import PositionEffect
from tai2.model.ids import AlgoClOrdId, ClOrdId, DecisionId, InstId
from tai2.model.instrument import Side
from tai2.model.limits import Limits
from tai2.model.maintenance import Stage
from tai2.model.market import MarkPx
from tai2.model.money import Contracts, Px, QuoteAmt
from tai2.model.order import Leg, Order, OrderIntent, OrderState
from tai2.model.verdict import Reject
from tai2.risk import specimen as made
from tai2.risk.case import Case
from tai2.risk.gate import IntentIds, judge
from tai2.risk.guards import GUARDS, Guard
from tai2.risk.sized import sized

IDS: Final = IntentIds(cl_ord_id=ClOrdId("selftest"), algo_cl_ord_id=AlgoClOrdId("selftest"))
HUGE: Final = Decimal(10**15)

Breach = Callable[[Case], Case]
"""Breaks a clean case in one place."""


def failures(limits: Limits) -> tuple[str, ...]:
    """Return one sentence for each guard that lets its breach pass; () = all guard.

    Args:
        limits: The settings' ceilings.
    """
    clean = made.clean(limits)
    verdict = judge(clean, IDS)
    if isinstance(verdict, Reject):
        said = "; ".join(found.text for found in verdict.refusals)
        return (f"these limits refuse every entry: {said}",)
    return tuple(words for guard in GUARDS if (words := _failure(guard, clean)))


def _failure(guard: Guard, clean: Case) -> str:
    breach = BREACHES.get(guard.name)
    if breach is None:
        return f"{guard.name}: nothing tests it"
    verdict = judge(breach(clean), IDS)
    wanted = guard.codes or (guard.name.upper(),)
    if isinstance(verdict, Reject) and any(found.code in wanted for found in verdict.refusals):
        return ""
    return f"{guard.name}: let a breach pass"


def _decided(**changes: Any) -> Breach:  # Any: replace() takes what the record takes
    return lambda case: replace(case, decision=replace(case.decision, **changes))


def _seen(**changes: Any) -> Breach:  # as _decided
    return lambda case: replace(case, snapshot=replace(case.snapshot, **changes))


def _exposed(**changes: Any) -> Breach:  # as _decided
    return lambda case: replace(case, exposure=replace(case.exposure, **changes))


def _fared(field: str, limit: str, **more: int) -> Breach:
    def breach(case: Case) -> Case:
        assert case.condition is not None
        found: dict[str, Any] = {field: getattr(case.limits, limit), **more}
        worse: Condition = replace(case.condition, **found)
        return replace(case, condition=worse)

    return breach


def _sent(limit: str, age_ms: int = 0, *, is_entry: bool = True, inst_id: str = "") -> Breach:
    """Return a breach of as many orders sent as a limit allows."""

    def breach(case: Case) -> Case:
        one = Sent(
            inst_id=InstId(inst_id or case.instrument.inst_id),
            side=Side.SELL,
            is_entry=is_entry,
            contracts=Contracts(Decimal(1)),
            ts=case.now_ms - age_ms,
        )
        return _paced(case, sent=(one,) * int(getattr(case.limits, limit)))

    return breach


def _paced(case: Case, **changes: Any) -> Case:  # as _decided
    assert case.pace is not None
    changed: Pace = replace(case.pace, **changes)
    return replace(case, pace=changed)


def _twice(case: Case) -> Case:
    contracts = sized(case)
    assert contracts is not None
    sent = Sent(
        inst_id=case.instrument.inst_id,
        side=case.side,
        is_entry=True,
        contracts=contracts,
        ts=case.now_ms,
    )
    limits = replace(case.limits, duplicate_ms=max(case.limits.duplicate_ms, 1))
    return replace(_paced(case, sent=(sent,)), limits=limits)


def _resting(case: Case) -> Case:
    limits = replace(case.limits, cooldown_ms=max(case.limits.cooldown_ms, 1))
    return replace(_paced(case, settled_ms=case.now_ms), limits=limits)


def _doubtful(case: Case) -> Case:
    intent = OrderIntent(
        cl_ord_id=ClOrdId("selftest"),
        decision_id=DecisionId("self-test"),
        leg=Leg.EXIT,
        inst_id=case.instrument.inst_id,
        side=Side.SELL,
        contracts=Contracts(Decimal(1)),
        limit_px=made.PX,
        reduce_only=True,
        stop=None,
        notional=QuoteAmt(Decimal(1)),
        created_ms=case.now_ms,
    )
    order = Order(intent=intent, state=OrderState.UNKNOWN)
    return _exposed(unknown_orders=(order,))(case)


def _halted(case: Case) -> Case:
    return replace(case, controls=replace(case.controls, trading_state=TradingState.HALTED))


def _suspended(case: Case) -> Case:
    return replace(case, instrument=replace(case.instrument, is_live=False))


def _lot(lot: Decimal) -> Breach:
    return lambda case: replace(case, instrument=replace(case.instrument, lot_sz=lot, min_sz=lot))


def _wide(case: Case) -> Case:
    half = made.PX * case.limits.max_spread_bps / 10_000
    return _seen(book=made.fresh(made.book(made.PX - half, made.PX + half)))(case)


def _drifted(case: Case) -> Case:
    far = Decimal(made.PX) * (1 + 2 * case.limits.max_drift_pct / 100)
    before = made.fresh(made.book(far - made.TICK, far + made.TICK))
    return replace(case, decided_on=replace(case.decided_on, book=before))


def _off_the_mark(case: Case) -> Case:
    px = Px(made.PX * (1 + 2 * (case.limits.max_mark_band_pct + 1) / 100))
    mark = MarkPx(inst_id=made.INST, ts_event=case.now_ms, ts_recv=case.now_ms, px=px)
    return _seen(mark=made.fresh(mark))(case)


def _thin(case: Case) -> Case:
    top = made.book()
    level = (top.best_ask, Contracts(Decimal("0.0000001")))
    return _seen(book=made.fresh(replace(top, asks=(level,))))(case)


def _poor(case: Case) -> Case:
    balance = case.snapshot.balance.fresh
    assert balance is not None
    return _seen(balance=made.fresh(replace(balance, equity=QuoteAmt(Decimal("1E-12")))))(case)


def _full(case: Case) -> Case:
    contracts = case.limits.max_position_notional / made.PX * 2
    return _exposed(pending=Contracts(contracts))(case)


BREACHES: Final[Mapping[str, Breach]] = {
    "trading_state": _halted,
    "allow_list": lambda case: replace(case, controls=replace(case.controls, instruments=())),
    "maintenance": _exposed(maintenance=Stage.ONGOING),
    "instrument_live": _suspended,
    "stale_data": _seen(balance=made.absent(object)),
    "touch_known": _seen(book=made.absent(object)),
    "decision_age": lambda case: replace(case, now_ms=case.now_ms + 10**9),
    "unknown_order": _doubtful,
    "in_flight": _exposed(working_orders=1),
    "foreign_position": _exposed(foreign=Contracts(Decimal(1))),
    "position_effect": _decided(effect=PositionEffect.INCREASE),
    "stop_required": _decided(stop_px=None),
    "stop_distance": _decided(stop_px=Px(Decimal(made.PX) - made.TICK / 100)),
    "target_distance": _decided(target_px=Px(HUGE)),
    "liquidation": _exposed(lever=HUGE),
    "spread": _wide,
    "price_drift": _drifted,
    "mark_band": _off_the_mark,
    "price_limit": lambda case: replace(case, price_limit=None),
    "edge": lambda case: replace(case, taker=HUGE),
    "confidence": _decided(confidence=Decimal(-1)),
    "leverage": lambda case: _exposed(lever=case.limits.max_lever * 2)(case),
    "clock": lambda case: replace(case, clock_off_ms=-case.limits.max_clock_off_ms - 1),
    "meta_age": lambda case: replace(case, meta_age_ms=case.limits.max_meta_age_ms + 1),
    "account_check": _exposed(account_trouble="the key may withdraw"),
    "entries_hour": _sent("max_entries_hour"),
    "entries_hour_total": _sent("max_entries_hour_total", inst_id="OTHER-SWAP"),
    "cooldown": _resting,
    "in_flight_total": lambda case: _paced(case, in_flight=case.limits.max_in_flight),
    "duplicate": _twice,
    "sends_2s": _sent("max_sends_2s", is_entry=False),
    "sends_day": _sent("max_sends_day", 5_000, is_entry=False),
    "daily_loss": _fared("day_loss_pct", "max_daily_loss_pct"),
    "drawdown": _fared("drawdown_pct", "max_drawdown_pct"),
    "losing_streak": _fared("losing_streak", "max_losing_streak"),
    "refusals": _fared("refusals", "max_refusals"),
    "order_errors": _fared("order_errors", "max_order_errors", order_error_ms=made.NOW_MS),
    "llm_errors": _fared("llm_errors", "max_llm_errors", llm_error_ms=made.NOW_MS),
    "max_order_notional": _lot(HUGE),
    "max_order_equity_pct": _poor,
    "max_position_notional": _full,
    "max_total_equity_ratio": _exposed(total_notional=QuoteAmt(HUGE)),
    "min_size": _decided(notional=QuoteAmt(Decimal("1E-9"))),
    "size_caps": _exposed(total_notional=None),
    "slippage": _thin,
}
"""By the guard's name."""
