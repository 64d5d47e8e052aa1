"""What a market tells the exchange that can't touch any order: funding, interest, history.

Markets call it, the facade inherits it.
Whatever may fill or trigger something belongs in the facade, not here.
"""

from collections.abc import Sequence
from decimal import Decimal

from tai2.sim.exchange.reads import AccountReads
from tai2.sim.exchange.records import (
    CandleRow,
    FundingMoved,
    FundingView,
    LiquidationPrinted,
    OpenInterestMoved,
    OpenInterestView,
)


class Publishing(AccountReads):
    """Public figures as a market sets them."""

    def set_funding(self, inst_id: str, funding: FundingView) -> None:
        """Set rate and times of the current funding period."""
        self._core.listings[inst_id].funding = funding
        self._core.emit(FundingMoved(inst_id=inst_id, funding=funding))

    def set_open_interest(self, inst_id: str, oi: OpenInterestView) -> None:
        """Set the open interest."""
        self._core.listings[inst_id].open_interest = oi
        self._core.emit(OpenInterestMoved(inst_id=inst_id, oi=oi))

    def print_liquidation(self, inst_id: str, side: str, px: Decimal, sz: Decimal) -> None:
        """Publish somebody's forced order at its bankruptcy price."""
        pos_side = "short" if side == "buy" else "long"
        self._core.emit(
            LiquidationPrinted(
                inst_id=inst_id, side=side, pos_side=pos_side, bk_px=px, sz=sz, ts=self.now_ms
            )
        )

    def restart_sequence(self, inst_id: str) -> None:
        """Let a book's next change carry a seqId below its prevSeqId."""
        self._core.listings[inst_id].book.restart_sequence()

    def seed_candles(self, inst_id: str, bar: str, rows: Sequence[CandleRow]) -> None:
        """Give one bar width its history, oldest first."""
        self._core.listings[inst_id].seed(bar, rows)
