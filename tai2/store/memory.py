"""The StateService in memory: the newest snapshot of each instrument, nothing else.

Compose uses it when no REDIS_URL is set. It must pass the same contract as Redis.
"""

from tai2.model.ids import InstId
from tai2.model.snapshot import Snapshot


class MemoryState:
    """ports.state.StateService."""

    def __init__(self) -> None:
        self._latest: dict[InstId, Snapshot] = {}

    async def put(self, snapshot: Snapshot) -> None:
        """Keep a snapshot in place of the previous one."""
        self._latest[snapshot.inst_id] = snapshot

    async def latest(self, inst_id: InstId) -> Snapshot | None:
        """Return the newest snapshot."""
        return self._latest.get(inst_id)
