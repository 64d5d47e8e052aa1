"""The account's currencies: one wallet each, and which of them an instrument is reckoned in.

The core owns it. In futures mode every currency carries its own positions' margin, so that
nothing here may ever offset one currency against another.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from tai2.sim.exchange.positions import Held
from tai2.sim.exchange.records import InstSpec
from tai2.sim.exchange.wallet import Marks, Wallet

_ZERO: Final = Decimal(0)


class Purses:
    """Wallets by currency."""

    def __init__(
        self,
        specs: Sequence[InstSpec],
        *,
        cash: Mapping[str, Decimal],
        lever: Decimal,
        marks: Marks,
    ) -> None:
        self._specs = {spec.inst_id: spec for spec in specs}
        spot = [spec for spec in specs if spec.is_spot]
        ccys = {spec.purse_ccy: None for spec in specs}
        ccys |= dict.fromkeys([*(spec.base_ccy for spec in spot), *cash])
        self.by_ccy: dict[str, Wallet] = {}
        """The first is the one that figures of the whole account are told in."""
        for ccy in ccys:
            own = {one.inst_id: one for one in specs if one.purse_ccy == ccy}
            self.by_ccy[ccy] = Wallet(
                own, ccy=ccy, cash=cash.get(ccy, _ZERO), lever=lever, marks=marks
            )

    def first(self) -> Wallet:
        """Return the wallet of the first instrument's currency."""
        return next(iter(self.by_ccy.values()))

    def of(self, inst_id: str) -> Wallet:
        """Return the wallet in which an instrument's margin, profit or price is reckoned."""
        return self.by_ccy[self._specs[inst_id].purse_ccy]

    def relist(self, spec: InstSpec) -> None:
        """Take an instrument's new properties; its currencies stay."""
        self._specs[spec.inst_id] = spec
        self.of(spec.inst_id).relist(spec)

    def open(self) -> list[Held]:
        """Return every open position by instrument."""
        return sorted((one for wallet in self for one in wallet.open()), key=lambda one: one.key)

    def __iter__(self) -> Iterator[Wallet]:
        return iter(self.by_ccy.values())
