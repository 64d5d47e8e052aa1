"""Why a fill happened: finds the order, the stop and the decision behind an execution.

The ledger asks it for the row of each fill. It must state the exchange's figures as they
are, and say "external" rather than guess a reason.
"""

from collections.abc import Mapping
from typing import Final

from tai2.model.ids import STOP_PREFIX, AlgoClOrdId, InstId, OrdId
from tai2.model.instrument import Instrument
from tai2.model.order import Fill, Leg, Order
from tai2.model.trade import EXTERNAL, ExecutedTrade, trade_uuid
from tai2.ports.clock import Clock
from tai2.ports.journal import Journal

CHILDREN_KEPT: Final = 1_000
"""Parents remembered; an older child is asked for again."""


class Attribution:
    """Knows which orders are children of which stops, and makes rows of executed_trades."""

    def __init__(
        self,
        journal: Journal,
        instruments: Mapping[InstId, Instrument],
        clock: Clock,
        mode: str,
    ) -> None:
        self._journal = journal
        self._instruments = instruments
        self._clock = clock
        self._mode = mode
        self._children: dict[OrdId, AlgoClOrdId | None] = {}
        self.strays = 0
        """Fills on instruments that this desk doesn't follow."""

    def note_child(self, ord_id: OrdId, algo_cl_ord_id: AlgoClOrdId | None) -> None:
        """Remember which stop placed an order; None = no stop did."""
        self._children[ord_id] = algo_cl_ord_id
        if len(self._children) > CHILDREN_KEPT:
            del self._children[next(iter(self._children))]

    def is_known(self, fill: Fill) -> bool:
        """Tell whether the order behind a fill can be named without asking the exchange."""
        return fill.cl_ord_id is not None or fill.ord_id in self._children

    async def trade(self, fill: Fill, order: Order | None) -> ExecutedTrade | None:
        """Return the row of a fill; None for an instrument that we don't follow.

        Args:
            fill: The exchange's record.
            order: Our order with the fill's client id, None when there is none.
        """
        instrument = self._instruments.get(fill.inst_id)
        if instrument is None:
            self.strays += 1
            return None
        cause, leg = await self._cause(fill, order)
        decision_id = cause.intent.decision_id if cause else None
        text, reasoner = ("", "")
        if decision_id is not None:
            text, reasoner = await self._journal.justification(decision_id)
        return ExecutedTrade(
            trade_id=trade_uuid(fill.fill_id, self._mode),
            fill_id=fill.fill_id,
            timestamp_ms=fill.ts_event,
            symbol=fill.inst_id,
            side=fill.side,
            price=fill.px,
            amount=instrument.base_qty(fill.contracts, fill.px),
            contracts=fill.contracts,
            notional=instrument.notional(fill.contracts, fill.px),
            fee=fill.fee,
            fee_ccy=fill.fee_ccy,
            pnl=fill.pnl,
            ord_id=fill.ord_id,
            cl_ord_id=fill.cl_ord_id,
            decision_id=decision_id,
            leg=leg,
            llm_reasoning=text,
            reasoner=reasoner,
            mode=self._mode,
            lag_ms=self._clock.now_ms() - fill.ts_event,
        )

    async def _cause(self, fill: Fill, order: Order | None) -> tuple[Order | None, str]:
        if order is not None:
            return order, order.intent.leg.value
        algo_cl_ord_id = self._children.get(fill.ord_id)
        if algo_cl_ord_id and algo_cl_ord_id.startswith(STOP_PREFIX):
            return await self._protected(fill, algo_cl_ord_id), Leg.STOP.value
        return None, EXTERNAL

    async def _protected(self, fill: Fill, algo_cl_ord_id: AlgoClOrdId) -> Order | None:
        """Return the entry behind a stop: attached, or placed later for it.

        A stop that even the journal doesn't know (a backup was restored) counts for the newest.
        """
        if entry := await self._journal.find_protected(algo_cl_ord_id):
            return entry
        if stop := await self._journal.find_stop(algo_cl_ord_id):
            return await self._journal.find_order(stop.entry)
        newest = await self._journal.last_entry(fill.inst_id)
        return newest if newest and newest.intent.side is fill.side.opposite else None
