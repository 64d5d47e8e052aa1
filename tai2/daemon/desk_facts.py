"""What a question may see of the running desk: ask.desk.DeskFacts over the engine.

The ask handler hands it to the dialogue. It only reads, and what it gives holds no secret:
secrets live in the settings, which never come here.
"""

from dataclasses import asdict, dataclass
from decimal import Decimal

from tai2.ask.funnel import LiveFacts
from tai2.daemon.assembly import Engine
from tai2.indicators.features import Costs, features
from tai2.model.controls import Controls
from tai2.model.decision import DecisionRequest, Features
from tai2.model.ids import InstId
from tai2.model.order import Order
from tai2.model.snapshot import Snapshot
from tai2.wire.controls import ConfigEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFacts:
    """ask.desk.DeskFacts."""

    engine: Engine

    def instruments(self) -> tuple[InstId, ...]:
        """Return the instruments that are followed."""
        return tuple(self.engine.markets)

    def live(self) -> LiveFacts:
        """Return the trading state and who decides next."""
        engine, current = self.engine, self.engine.controls.current
        return LiveFacts(
            trading_state=current.trading_state,
            state_reason=current.state_reason,
            reasoner=engine.adapters.reasoner.label,
            next_cycle_ms=max(engine.scheduler.due_ms - engine.adapters.clock.now_ms(), 0),
        )

    async def request(self, inst_id: InstId) -> DecisionRequest:
        """Return what a reasoner would be asked about an instrument now."""
        return await self.engine.desk.preview(inst_id)

    def features(self, snapshot: Snapshot) -> Features:
        """Print the facts of a stored snapshot."""
        instrument = self.engine.markets[snapshot.inst_id].instrument
        fees = self.engine.desk.fees[snapshot.inst_id]
        return features(snapshot, Costs(instrument=instrument, taker=fees.taker))

    def config(self) -> tuple[ConfigEntry, ...]:
        """Return the controls."""
        return tuple(ConfigEntry(**asdict(entry)) for entry in self.engine.controls.entries())

    async def controls(self, version: int | None) -> Controls | None:
        """Return one version of the controls; None asks for the newest."""
        if version is None:
            return self.engine.controls.current
        return await self.engine.adapters.journal.controls_at(version)

    def open_orders(self) -> tuple[Order, ...]:
        """Return our orders that may still execute."""
        return self.engine.ledger.open_orders()

    def equity(self) -> Decimal | None:
        """Return equity; None = the account has not been read."""
        account = self.engine.accounts.latest
        return account.balance.equity if account else None
