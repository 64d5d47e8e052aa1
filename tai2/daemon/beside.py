"""What the engine's owners don't hold and the view shows: read from the stores now and then.

The hub and the status ask for it every few seconds at most. An outside store that is away
must be a row of health here, never an error.
"""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Final

from tai2.daemon.assembly import Engine
from tai2.daemon.storage import Storage
from tai2.model.controls import Controls
from tai2.view.rows import HealthRow

DAY_MS: Final = 86_400_000
BESIDE_MS: Final = 5_000
LATCH_VERSIONS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What the engine's owners don't hold: read from the stores now and then."""

    ts: int = 0
    """When it was read, ms UTC."""
    day_equity: Decimal | None = None
    """The day's first, and what was moved in since: transfers are neither gain nor loss."""
    outside: tuple[HealthRow, ...] = ()
    """PostgreSQL and Redis, where they are set."""
    spent_usd: Decimal | None = None
    latch: Controls | None = None
    """The version that latched the trading state which counts now."""
    version: int = 0
    """Of the controls that `latch` was found for."""

    def is_old(self, now: int, version: int) -> bool:
        """Tell whether it should be read again."""
        is_other_day = now // DAY_MS != self.ts // DAY_MS
        return now - self.ts >= BESIDE_MS or is_other_day or version != self.version


async def beside(engine: Engine, storage: Storage) -> Beside:
    """Read the day's first equity, its spending, the outside stores and who latched trading."""
    now = engine.adapters.clock.now_ms()
    morning = now - now % DAY_MS
    current = engine.controls.current
    versions = await engine.adapters.journal.control_versions(LATCH_VERSIONS)
    first = await storage.recent.equity_at(morning)
    ccy = engine.accounts.latest.balance.ccy if engine.accounts.latest else ""
    moved = await engine.statement.transfers_since(morning, ccy)
    return Beside(
        ts=now,
        day_equity=None if first is None else first + moved,
        outside=tuple(HealthRow(**asdict(row)) for row in await storage.health(now)),
        spent_usd=await storage.spending.spent_usd(morning, morning + DAY_MS),
        latch=_latch((current, *versions)),
        version=current.version,
    )


def _latch(versions: tuple[Controls, ...]) -> Controls:
    """Return the oldest of the newest versions that agree on the trading state."""
    latch = versions[0]
    for each in versions:
        if (each.trading_state, each.state_reason) != (latch.trading_state, latch.state_reason):
            break
        latch = each
    return latch
