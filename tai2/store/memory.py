"""What needs no outside store: the newest snapshot of each instrument, and a latch.

Compose uses the StateService when no REDIS_URL is set; it must pass the same contract as Redis.
"""

from tai2.model.ids import InstId
from tai2.model.panic import Panic
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


class MemoryLatch:
    """ports.latch.Latch for replays and tests: nobody panics beside them."""

    def __init__(self) -> None:
        self.left: Panic | None = None

    def is_set(self) -> bool:
        """Tell whether something was left."""
        return self.left is not None

    def read(self) -> Panic | None:
        """Return what was left."""
        return self.left

    def clear(self) -> bool:
        """Forget it."""
        self.left = None
        return True
