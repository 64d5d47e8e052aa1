"""Watches held positions between decisions and gets out when their idea has run its course.

It looks every second, asks no model and sends only what closes: when a stop or target was
passed and the exchange's own order didn't act, when a condition of the decision has become
true, or when nobody has renewed the idea within its horizon.
"""

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

import structlog

from tai2.engine.accounts import Accounts
from tai2.engine.desk import Desk
from tai2.engine.holdings import Holdings
from tai2.engine.ledger import Ledger
from tai2.engine.rescue import Naked, Rescue
from tai2.engine.service import Pulse
from tai2.model.account import Position
from tai2.model.controls import TradingState
from tai2.model.decision import Decision, Features, Invalidation
from tai2.model.ids import DecisionId, InstId
from tai2.model.money import ZERO, Contracts, Px
from tai2.model.order import Order
from tai2.ports.journal import DecisionJournal

log = structlog.get_logger()

TICK_S: Final = 1.0
PASSED_MS: Final = 3_000
"""A stop or target at the exchange may take this long to act after its price was passed."""
MINUTE_MS: Final = 60_000
_COMPARE: Final[Mapping[str, Callable[[Decimal, Decimal], bool]]] = {
    "LT": operator.lt,
    "LTE": operator.le,
    "GT": operator.gt,
    "GTE": operator.ge,
}


class Vigil:
    """Closes what should be closed."""

    def __init__(
        self,
        desk: Desk,
        ledger: Ledger,
        accounts: Accounts,
        holdings: Holdings,
        rescue: Rescue,
        journal: DecisionJournal,
    ) -> None:
        self._desk = desk
        self._ledger = ledger
        self._accounts = accounts
        self._holdings = holdings
        self._rescue = rescue
        self._journal = journal
        self._passed: dict[InstId, int] = {}
        """Since when a position's stop or target has been passed."""
        self._decisions: dict[DecisionId, Decision | None] = {}

    async def run(self, pulse: Pulse) -> None:
        """Look until cancelled."""
        while True:
            pulse.beat()
            await self.look()
            await self._desk.clock.sleep(TICK_S)

    async def look(self) -> None:
        """Judge every position that is ours once.

        Raises:
            JournalFailed: An exit can't be journalled; nothing was sent.
        """
        account = self._accounts.latest
        held = {one.inst_id: one for one in account.positions} if account else {}
        self._passed = {inst: ms for inst, ms in self._passed.items() if inst in held}
        for inst_id, position in held.items():
            share = self._holdings.share(position)
            is_sure = self._accounts.is_settled(inst_id) and inst_id in self._desk.markets
            if share != ZERO and is_sure and not self._ledger.working(inst_id):
                await self._judge(position, share)

    async def _judge(self, held: Position, share: Contracts) -> None:
        entry = await self._ledger.last_entry(held.inst_id)
        if entry is None or entry.intent.stop is None or entry.intent.side.sign * share < ZERO:
            return
        why = self._overrun(entry) or await self._ended(entry)
        if not why:
            return
        log.warning("position_ended", inst=held.inst_id, why=why)
        naked = Naked(
            inst_id=held.inst_id,
            entry=entry,
            contracts=Contracts(abs(share)),
            stop_px=entry.intent.stop.stop_px,
        )
        await self._rescue.close(naked, why)

    def _overrun(self, entry: Order) -> str:
        """Say that the price has been past stop or target for too long; "" when it hasn't."""
        inst_id, now = entry.intent.inst_id, self._desk.clock.now_ms()
        why = self._price_passed(entry)
        if not why:
            self._passed.pop(inst_id, None)
            return ""
        return why if now - self._passed.setdefault(inst_id, now) >= PASSED_MS else ""

    def _price_passed(self, entry: Order) -> str:
        plan, sign = entry.intent.stop, entry.intent.side.sign
        assert plan is not None
        market = self._desk.markets[entry.intent.inst_id]
        if market.mark is not None and _is_beyond(market.mark.px, plan.stop_px, -sign):
            return f"the mark is past the stop {plan.stop_px}"
        target, ticker = plan.target_px, market.ticker
        if target is not None and ticker is not None and _is_beyond(ticker.last_px, target, sign):
            return f"the price is past the target {plan.target_px}"
        return ""

    async def _ended(self, entry: Order) -> str:
        """Say why the idea is over, "" while it stands; while halted a person decides that."""
        if self._desk.controls.current.trading_state is TradingState.HALTED:
            return ""
        inst_id = entry.intent.inst_id
        decision = await self._decision(entry.intent.decision_id)
        if decision is None:
            return ""
        renewed_ms = self._desk.memory.renewed_ms(inst_id) or entry.intent.created_ms
        until_ms = max(renewed_ms, entry.intent.created_ms) + decision.horizon_min * MINUTE_MS
        if self._desk.clock.now_ms() >= until_ms:
            return f"nobody renewed the idea within {decision.horizon_min} min"
        if not decision.invalidation:
            return ""
        facts = await self._desk.facts(inst_id)
        return next((_text(one) for one in decision.invalidation if _is_met(one, facts)), "")

    async def _decision(self, decision_id: DecisionId) -> Decision | None:
        if decision_id not in self._decisions:
            found = await self._journal.find_decision(decision_id)
            self._decisions = {decision_id: found, **dict(list(self._decisions.items())[:50])}
        return self._decisions[decision_id]


def _is_beyond(px: Px, bound: Px, direction: int) -> bool:
    """Tell whether a price lies behind a bound, upwards for +1."""
    return (px - bound) * direction > ZERO


def _is_met(condition: Invalidation, facts: Features) -> bool:
    """Tell whether a condition holds; a missing or stale fact proves nothing."""
    number = facts.number(condition.metric)
    return number is not None and _COMPARE[condition.operator](number, condition.threshold)


def _text(condition: Invalidation) -> str:
    return f"{condition.metric} {condition.operator} {condition.threshold}"
