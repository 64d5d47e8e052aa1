"""The engine method of the socket: the reasoner in charge, everybody's record, the spending.

The handlers' table includes it. It reads the journal only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tai2.daemon.assembly import Engine
from tai2.ports.scores import Scores
from tai2.ports.spending import SpendLedger
from tai2.prompt.version import prompt_hash
from tai2.wire import engine as wire
from tai2.wire.codec import recast
from tai2.wire.method import RawHandler, bind

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineHandlers:
    """Engine methods of one running daemon."""

    engine: Engine
    scores: Scores
    spending: SpendLedger
    day_cap_usd: Decimal | None

    def table(self) -> Mapping[str, RawHandler]:
        """Return the dispatch table."""
        return {wire.ENGINE.name: bind(wire.ENGINE, self.record)}

    async def record(self, params: wire.EngineParams) -> wire.EngineReply:
        """Return scores since a time and what today cost."""
        now, current = self.engine.adapters.clock.now_ms(), self.engine.controls.current
        morning = now - now % DAY_MS
        return wire.EngineReply(
            reasoner=self.engine.adapters.reasoner.label,
            prompt_hash=prompt_hash(current.system_prompt, current.strategy),
            spent_today_usd=await self.spending.spent_usd(morning, morning + DAY_MS),
            day_cap_usd=self.day_cap_usd,
            scores=tuple(
                recast(wire.ScoreRow, score) for score in await self.scores.scores(params.since_ms)
            ),
        )
