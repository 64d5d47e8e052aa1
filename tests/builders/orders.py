"""Order intents and their records for tests."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tai2.engine.alarm import Alarm
from tai2.engine.bus import Bus
from tai2.engine.clock import StepClock
from tai2.engine.control_book import ControlBook
from tai2.engine.ledger import OnExecution, Watch
from tai2.engine.strangers import Strangers
from tai2.model.ids import AlgoClOrdId, ClOrdId, DecisionId
from tai2.model.instrument import Side
from tai2.model.money import Contracts, Px, QuoteAmt
from tai2.model.order import Leg, OrderIntent, StopPlan
from tai2.store.journal.journal import SqliteJournal
from tai2.store.memory import MemoryLatch
from tests.builders.market import INST, NOW, controls, limits, swap

STOP = StopPlan(
    algo_cl_ord_id=AlgoClOrdId("s2main0000000000000000000000001"),
    stop_px=Px(Decimal(99_000)),
    target_px=Px(Decimal(102_000)),
)


def intent(**changes: Any) -> OrderIntent:
    base = OrderIntent(
        cl_ord_id=ClOrdId("t2main0000000000000000000000001"),
        decision_id=DecisionId("D1"),
        leg=Leg.ENTRY,
        inst_id=INST,
        side=Side.BUY,
        contracts=Contracts(Decimal("0.1")),
        limit_px=Px(Decimal("100200.1")),
        reduce_only=False,
        stop=STOP,
        notional=QuoteAmt(Decimal("100.2")),
        created_ms=NOW,
    )
    return replace(base, **changes)


def watch(journal: SqliteJournal, on_execution: OnExecution = lambda *_: None) -> Watch:
    """Return listeners of a ledger that knows INST and belongs to the desk "main"."""
    alarm = Alarm(ControlBook(controls(), limits(), journal, StepClock(NOW), Bus()))
    strangers = Strangers("main", {INST: swap()}, alarm, MemoryLatch())
    return Watch(on_execution=on_execution, strangers=strangers, alarm=alarm)
