"""Reading one decision back in full, from what the journal stores.

The method `decision` asks it; the journal answers. It must be read-only.
"""

from typing import Protocol

from tai2.model.ids import DecisionId
from tai2.model.thought import Thought


class Thoughts(Protocol):
    """Read-only questions about single decisions."""

    async def thought(self, decision_id: DecisionId) -> Thought | None:
        """Return everything about one decision; None = no reply of that id is stored."""
        ...
