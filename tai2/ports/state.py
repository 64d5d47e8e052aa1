"""The StateService: where the Latest Market Snapshot lies for whoever wants to read it.

The recorder puts, the daemon's handlers and other programs get; Redis or memory holds it.
It holds derivable things only: losing all of it loses nothing, so it must never block a cycle.
"""

from typing import Protocol

from tai2.model.ids import InstId
from tai2.model.snapshot import Snapshot


class StateService(Protocol):
    """The newest snapshot of each instrument."""

    async def put(self, snapshot: Snapshot) -> None: ...

    async def latest(self, inst_id: InstId) -> Snapshot | None:
        """Return the newest snapshot; None = none taken yet."""
        ...
