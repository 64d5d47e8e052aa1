"""The two-step methods of the socket: prepare and commit.

The handlers' table includes them. The operator decides; nothing is decided here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tai2.daemon.operator import Operator
from tai2.wire.method import RawHandler, bind
from tai2.wire.verbs import COMMIT, PREPARE, CommitParams, CommitReply, PrepareParams, Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbHandlers:
    """Dangerous verbs of one running daemon."""

    operator: Operator

    def table(self) -> Mapping[str, RawHandler]:
        """Return the dispatch table."""
        return {
            PREPARE.name: bind(PREPARE, self.prepare),
            COMMIT.name: bind(COMMIT, self.commit),
        }

    async def prepare(self, params: PrepareParams) -> Ticket:
        """Return a ticket with what would be done, in numbers."""
        return await self.operator.prepare(params)

    async def commit(self, params: CommitParams) -> CommitReply:
        """Do what the ticket says, if the word is right and nothing has changed."""
        return await self.operator.commit(params.ticket, params.typed)
