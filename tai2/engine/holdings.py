"""How much of each position is ours: our own fills added up, less what others took away.

The ledger reports every recorded fill, the protector asks before it touches a position.
It must never call a position ours that somebody else opened on the same instrument.
"""

from collections.abc import Iterable

from tai2.model.account import Position
from tai2.model.ids import InstId
from tai2.model.money import ZERO, Contracts
from tai2.model.trade import EXTERNAL, Execution


class Holdings:
    """Our signed share of each instrument's position."""

    def __init__(self) -> None:
        self._net: dict[InstId, Contracts] = {}

    def load(self, executions: Iterable[Execution]) -> None:
        """Start from the journal, oldest first."""
        self._net = {}
        for execution in executions:
            self.note(execution)

    def note(self, execution: Execution) -> None:
        """Add one fill: ours moves our share, a foreign one can only shrink it."""
        share = self._net.get(execution.symbol, Contracts(ZERO))
        moved = Contracts(share + execution.contracts * execution.side.sign)
        if execution.leg == EXTERNAL:
            moved = _clip(moved, share)
        self._net[execution.symbol] = moved

    def share(self, held: Position) -> Contracts:
        """Return the signed part of a position that is ours; 0 = none of it."""
        return _clip(self._net.get(held.inst_id, Contracts(ZERO)), held.contracts)


def _clip(wanted: Contracts, bound: Contracts) -> Contracts:
    """Return the number between 0 and bound, which may be negative, nearest to wanted."""
    low, high = sorted((Contracts(ZERO), bound))
    return max(low, min(high, wanted))
