"""Takes stock before the first decision: breakers, account, pace, and a test of every guard.

The start path calls it after reconciliation. A guard that fails its test must leave the desk
reducing, and nothing here may send an order.
"""

from tai2.daemon.assembly import Engine
from tai2.model.controls import TradingState
from tai2.risk.selftest import failures


async def take_stock(engine: Engine) -> None:
    """Give the guards what they need before the first decision; after reconciliation.

    Raises:
        VenueUnavailable: The account's settings can't be read.
    """
    await engine.breakers.recover()
    await engine.audit.look()
    await engine.upkeep.look()
    await engine.statement.try_refresh()
    await engine.breakers.look()
    for inst_id in engine.markets:
        await engine.desk.paces.refresh(inst_id)
    if found := failures(engine.charter.limits):
        engine.health.report("guards", is_ok=False, detail="; ".join(found))
        await engine.controls.tighten(
            TradingState.REDUCING, f"self_test: {'; '.join(found)}", "guard"
        )
