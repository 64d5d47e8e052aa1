"""The decision method of the socket: everything stored about one decision.

The handlers' table includes it. It reads the journal only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tai2.model.errors import UsageError
from tai2.model.thought import Thought
from tai2.ports.thoughts import Thoughts
from tai2.wire.method import RawHandler, bind
from tai2.wire.thoughts import DECISION, ThoughtParams


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionHandler:
    """The decision method of one running daemon."""

    thoughts: Thoughts

    def table(self) -> Mapping[str, RawHandler]:
        """Return the dispatch table."""
        return {DECISION.name: bind(DECISION, self.decision)}

    async def decision(self, params: ThoughtParams) -> Thought:
        """Return one decision in full."""
        found = await self.thoughts.thought(params.decision_id)
        if found is None:
            raise UsageError(f"no decision {params.decision_id}", "List them: tai2 decisions")
        return found
