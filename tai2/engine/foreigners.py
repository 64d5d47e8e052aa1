"""What somebody else holds on this account: positions beside ours, by instrument.

Gate, status and the operator's verbs ask it. It must never count as foreign what a fill of ours
that is still on its way would explain, nor touch anything.
"""

from dataclasses import dataclass
from typing import Final

from tai2.engine.accounts import Accounts
from tai2.engine.control_book import ControlBook
from tai2.engine.ledger import Ledger
from tai2.model.account import Position
from tai2.model.ids import InstId
from tai2.model.money import ZERO, Contracts
from tai2.ports.clock import Clock

GRACE_MS: Final = 5_000
"""A position pushed ahead of its fill looks foreign for a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A position of which a part isn't ours."""

    position: Position
    contracts: Contracts
    """Their signed part."""
    orders: int
    """Foreign orders that can still execute on the instrument."""
    is_ignored: bool
    """True when a person knows of it."""


class Foreigners:
    """Sees them."""

    def __init__(
        self, accounts: Accounts, ledger: Ledger, controls: ControlBook, clock: Clock
    ) -> None:
        self._accounts = accounts
        self._ledger = ledger
        self._controls = controls
        self._clock = clock
        self._since: dict[InstId, int] = {}

    def found(self) -> tuple[Foreign, ...]:
        """Return every position of which a part isn't ours, by the newest account."""
        account = self._accounts.latest
        rows = (self._row(held) for held in account.positions) if account else ()
        return tuple(row for row in rows if row.contracts != ZERO)

    def on(self, inst_id: InstId) -> Foreign | None:
        """Return the one on an instrument; None = all that is held there is ours."""
        return next((one for one in self.found() if one.position.inst_id == inst_id), None)

    def _row(self, held: Position) -> Foreign:
        inst_id = held.inst_id
        return Foreign(
            position=held,
            contracts=Contracts(held.contracts - self._ledger.holdings.share(held)),
            orders=self._ledger.strangers.working_on(inst_id),
            is_ignored=inst_id in self._controls.current.ignored,
        )

    def troubling(self) -> tuple[Foreign, ...]:
        """Return those that nobody has adopted or ignored, once they have been there for a while.

        Ask it regularly: it remembers since when.
        """
        now = self._clock.now_ms()
        new = {one.position.inst_id: one for one in self.found() if not one.is_ignored}
        self._since = {inst_id: self._since.get(inst_id, now) for inst_id in new}
        return tuple(one for inst_id, one in new.items() if now - self._since[inst_id] >= GRACE_MS)
