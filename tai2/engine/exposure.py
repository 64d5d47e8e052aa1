"""What is held and what may still be added: positions, working orders, leverage.

The cycle asks before it shows limits to a reasoner and again before the gate.
Whatever can't be known must stay None; it must never count as nothing held.
"""

from collections.abc import Callable, Collection, Mapping

from tai2.engine.accounts import Accounts
from tai2.engine.audit import Audit
from tai2.engine.ledger import Ledger
from tai2.engine.market import InstrumentMarket
from tai2.engine.upkeep import Upkeep
from tai2.model.account import Account
from tai2.model.ids import InstId
from tai2.model.money import ZERO, Contracts, QuoteAmt
from tai2.model.order import Leg
from tai2.model.snapshot import Snapshot
from tai2.risk.case import Exposure


class Exposures:
    """Computes the exposure of one instrument within the whole account."""

    def __init__(
        self,
        accounts: Accounts,
        ledger: Ledger,
        markets: Mapping[InstId, InstrumentMarket],
        audit: Audit,
        upkeep: Upkeep,
    ) -> None:
        self._audit = audit
        self._upkeep = upkeep
        self._accounts = accounts
        self._ledger = ledger
        self._markets = markets
        self.ignored: Callable[[], Collection[InstId]] = tuple
        """Tells where a person knows of somebody else's position."""

    def of(self, snapshot: Snapshot) -> Exposure:
        """Return the exposure of the snapshot's instrument as of now."""
        inst_id = snapshot.inst_id
        position = snapshot.position.fresh
        working = self._ledger.working(inst_id)
        return Exposure(
            position=position.contracts if position else None,
            foreign=self._foreign(inst_id) if position else None,
            pending=pending_entries(self._ledger, inst_id),
            total_notional=self.total() if position else None,
            unknown_orders=tuple(order for order in working if order.state.is_ambiguous),
            working_orders=len(working),
            lever=self._accounts.levers.get(inst_id),
            account_trouble=self._audit.trouble(),
            maintenance=self._upkeep.stage(),
        )

    def total(self) -> QuoteAmt | None:
        """Return the notional of all positions, foreign ones too, and of pending entries.

        Somebody else's on an instrument that isn't followed can't be valued: it makes the total
        unknown until a person ignores it.
        """
        account = self._accounts.latest
        if account is None:
            return None
        total = ZERO
        held_on = {held.inst_id for held in account.positions} - set(self.ignored())
        for inst_id in held_on | set(self._markets):
            notional = self._notional(account, inst_id)
            if notional is None:
                return None
            total += notional
        return QuoteAmt(total)

    def _foreign(self, inst_id: InstId) -> Contracts:
        account = self._accounts.latest
        held = account.position(inst_id) if account else None
        return Contracts(held.contracts - self._ledger.holdings.share(held) if held else ZERO)

    def _notional(self, account: Account, inst_id: InstId) -> QuoteAmt | None:
        held = account.position(inst_id)
        contracts = abs(held.contracts) if held else ZERO
        contracts += pending_entries(self._ledger, inst_id)
        if contracts == ZERO:
            return QuoteAmt(ZERO)
        market = self._markets.get(inst_id)
        if market is None:
            return None
        px = held.mark_px if held else None
        px = px or (market.mark.px if market.mark else None)
        return None if px is None else market.instrument.notional(Contracts(contracts), px)


def pending_entries(ledger: Ledger, inst_id: InstId) -> Contracts:
    """Return the open size of our entries on an instrument, UNKNOWN ones included."""
    entries = (o for o in ledger.working(inst_id) if o.intent.leg is Leg.ENTRY)
    return Contracts(sum((order.open_contracts for order in entries), ZERO))
