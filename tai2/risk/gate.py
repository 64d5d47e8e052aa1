"""The gate: every rule, every reason, then the size — and only then an intent.

The cycle calls it once per decision. It must collect all refusals, shrink only size,
and never return an intent whose caps were not checked again after rounding.
"""

from dataclasses import dataclass

from tai2.model.decision import PositionEffect
from tai2.model.ids import AlgoClOrdId, ClOrdId
from tai2.model.instrument import Side
from tai2.model.money import ZERO, Contracts, Px, QuoteAmt, trimmed
from tai2.model.order import Leg, OrderIntent, StopPlan
from tai2.model.verdict import Allow, Refusal, Reject, Verdict
from tai2.risk.case import Case
from tai2.risk.refusal import refusal
from tai2.risk.rules import ALWAYS, ENTRIES, Rule
from tai2.risk.sized import caps_of, sized
from tai2.risk.sizing import Cap, exit_contracts, tightest


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentIds:
    """Fresh ids for the order and its stop, used only if the case is allowed."""

    cl_ord_id: ClOrdId
    algo_cl_ord_id: AlgoClOrdId


def judge(case: Case, ids: IntentIds) -> Verdict:
    """Run every rule that applies, then size the order.

    Returns:
        Allow with the one intent that may be sent, or Reject with every reason.
    """
    refusals = refusals_of(case)
    if refusals:
        return Reject(refusals=refusals)
    try:
        return _entry(case, ids) if case.is_entry else _exit(case, ids)
    except ArithmeticError as exc:
        return _no("size_caps", f"the size can't be computed: {type(exc).__name__}")


def refusals_of(case: Case) -> tuple[Refusal, ...]:
    """Return what every rule that applies says against a case, sizes left aside."""
    rules = ALWAYS + ENTRIES if case.is_entry else ALWAYS
    return tuple(found for rule in rules if (found := asked(rule, case)))


def asked(rule: Rule, case: Case) -> Refusal | None:
    """Return one rule's word; what it can't compute, such as a NaN, is its refusal."""
    try:
        return rule(case)
    except ArithmeticError as exc:
        return refusal(rule.__name__, f"it can't be computed: {type(exc).__name__}")


def _entry(case: Case, ids: IntentIds) -> Verdict:
    px, dear_px, requested = case.limit_px, case.sizing_px, case.decision.notional
    caps = caps_of(case)
    if px is None or dear_px is None or requested is None or not caps:
        return _no("size_caps", "equity, position or price isn't known: no size can be capped")
    contracts, binding = sized(case), tightest(caps)
    assert contracts is not None  # request and price are known
    if contracts == ZERO:
        return _too_small(case, binding, requested, dear_px)
    notional = case.instrument.notional(contracts, dear_px)
    if notional > binding.notional:
        return _no(binding.rule, "the rounded order exceeds its cap", binding.notional, notional)
    if (there := depth(case)) < contracts:
        text = f"the book holds {there} contracts within the cap, {contracts} wanted"
        return _no("slippage", text, there, contracts)
    stop_px, target_px = case.decision.stop_px, case.decision.target_px
    assert stop_px is not None
    assert target_px is not None  # rule stop_required passed
    plan = StopPlan(
        algo_cl_ord_id=ids.algo_cl_ord_id,
        stop_px=case.instrument.stop_px(case.side, stop_px),
        target_px=case.instrument.stop_px(case.side.opposite, target_px),
    )
    shrunk = contracts < case.instrument.contracts_for(requested, dear_px)
    return Allow(
        intent=_intent(case, ids, contracts, px, plan),
        shrunk_from=trimmed(requested) if shrunk else "",
    )


def depth(case: Case) -> Contracts:
    """Return how much the fresh book offers within the slippage cap; 0 without one."""
    px = case.worst_px
    if case.book is None or px is None:
        return Contracts(ZERO)
    levels = case.book.asks if case.side is Side.BUY else case.book.bids
    sign = case.side.sign
    return Contracts(sum((qty for at, qty in levels if (px - at) * sign >= ZERO), ZERO))


def _exit(case: Case, ids: IntentIds) -> Verdict:
    px, held = case.limit_px, case.exposure.position
    assert px is not None
    assert held is not None  # rules touch_known and position_effect passed
    wanted = case.decision.notional if case.decision.effect is PositionEffect.REDUCE else None
    contracts = exit_contracts(case.instrument, held, wanted, px)
    if contracts == ZERO:
        return _no("min_size", "the part to close is below one lot", case.instrument.min_sz, 0)
    return Allow(intent=_intent(case, ids, contracts, px, None), shrunk_from="")


def _too_small(case: Case, binding: Cap, requested: QuoteAmt, px: Px) -> Reject:
    smallest = case.instrument.notional(Contracts(case.instrument.min_sz), px)
    if binding.notional < smallest:
        text = f"{trimmed(binding.notional)} left under {binding.rule}, one lot costs {smallest}"
        return _no(binding.rule, text, binding.notional, smallest)
    return _no("min_size", f"{requested} buys less than one lot", smallest, requested)


def _intent(
    case: Case, ids: IntentIds, contracts: Contracts, px: Px, stop: StopPlan | None
) -> OrderIntent:
    return OrderIntent(
        cl_ord_id=ids.cl_ord_id,
        decision_id=case.decision.decision_id,
        leg=Leg.ENTRY if stop else Leg.EXIT,
        inst_id=case.instrument.inst_id,
        side=case.side,
        contracts=contracts,
        limit_px=px,
        reduce_only=stop is None,
        stop=stop,
        notional=case.instrument.notional(contracts, px),
        created_ms=case.now_ms,
    )


def _no(rule: str, text: str, limit: object = "", actual: object = "") -> Reject:
    found: Refusal = refusal(rule, text, limit, actual)
    return Reject(refusals=(found,))
