"""Fills, trades and cycle records for tests; the number makes each its own."""

from decimal import Decimal
from typing import Any

from tai2.model.events import CycleRecord
from tai2.model.ids import ClOrdId, CycleId, DecisionId, OrdId
from tai2.model.instrument import Side
from tai2.model.money import BaseQty, Contracts, Px, QuoteAmt
from tai2.model.order import Fill
from tai2.model.trade import ExecutedTrade, trade_uuid
from tests.builders.market import INST, NOW


def fill(number: int = 0) -> Fill:
    return Fill(
        inst_id=INST,
        trade_id=str(1000 + number),
        ord_id=OrdId("9"),
        cl_ord_id=ClOrdId("t2main1"),
        side=Side.BUY,
        px=Px(Decimal(100_000)),
        contracts=Contracts(Decimal("0.1")),
        fee=QuoteAmt(Decimal("-0.05")),
        fee_ccy="USDT",
        pnl=QuoteAmt(Decimal(0)),
        is_maker=False,
        ts_event=NOW + number,
    )


def trade(number: int = 0, **changes: Any) -> ExecutedTrade:
    made = fill(number)
    fields: dict[str, Any] = {
        "trade_id": trade_uuid(made.fill_id, "sim"),
        "fill_id": made.fill_id,
        "timestamp_ms": made.ts_event,
        "symbol": made.inst_id,
        "side": made.side,
        "price": made.px,
        "amount": BaseQty(Decimal("0.001")),
        "contracts": made.contracts,
        "notional": QuoteAmt(Decimal(100)),
        "fee": made.fee,
        "fee_ccy": made.fee_ccy,
        "pnl": made.pnl,
        "ord_id": made.ord_id,
        "cl_ord_id": made.cl_ord_id,
        "decision_id": DecisionId("D1"),
        "leg": "entry",
        "llm_reasoning": "because",
        "reasoner": "rules-v1",
        "mode": "sim",
    }
    return ExecutedTrade(**(fields | changes))


def dealt(
    number: int, side: str, contracts: str, px: str, pnl: str = "0", **changes: Any
) -> ExecutedTrade:
    """A fill of some contracts at a price, one base unit each, for a fee of 0.1 %."""
    notional = Decimal(contracts) * Decimal(px)
    shape = {
        "side": Side(side),
        "contracts": Contracts(Decimal(contracts)),
        "amount": BaseQty(Decimal(contracts)),
        "price": Px(Decimal(px)),
        "pnl": QuoteAmt(Decimal(pnl)),
        "notional": QuoteAmt(notional),
        "fee": QuoteAmt(-notional / 1000),
    }
    return trade(number, **(shape | changes))


def cycle(number: int, outcome: str, reason: str) -> CycleRecord:
    return CycleRecord(
        cycle_id=CycleId(f"C{number}"),
        decision_id=DecisionId(f"D{number}"),
        inst_id=INST,
        ts=NOW,
        duration_ms=1,
        outcome=outcome,
        reason=reason,
        reasoner="rules-v1",
        action="BUY",
        effect="OPEN",
        notional="80",
        p_up="0.6",
        cl_ord_id=f"t2main{number}" if outcome in ("sent", "not_sent") else "",
        justification="because",
        refusals=("SPREAD", "PRICE_DRIFT") if outcome == "refused" else (),
        detail="",
    )
