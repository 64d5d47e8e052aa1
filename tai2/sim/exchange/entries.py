"""The lines of the exchange's log: each holds whole new states, so the last one wins.

The core writes one per change of the account and reads them all at a restart.
A line must stand for a complete change: orders, fills, positions and cash move together.
"""

from decimal import Decimal

import msgspec

from tai2.model.errors import DataInvalid
from tai2.sim.exchange.positions import Held
from tai2.sim.exchange.records import AlgoView, BillView, FillView, OrderView, PastPosition


class PriceMark(msgspec.Struct, frozen=True, kw_only=True):
    """Where an instrument's market stood."""

    last: Decimal | None
    mark: Decimal | None
    index: Decimal | None
    next_trade: int
    """Newest trade number drawn."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything that one call changed."""

    ts: int
    """Exchange time, ms UTC."""
    drawn: int
    """Ids given so far."""
    cash: dict[str, Decimal] = {}
    """By currency, those that changed."""
    orders: list[OrderView] = []
    fills: list[FillView] = []
    bills: list[BillView] = []
    past: list[PastPosition] = []
    algos: list[AlgoView] = []
    held: list[Held] = []
    levers: dict[str, Decimal] = {}
    timers: dict[str, int] | None = None
    """Cancel-all-after by tag: trigger time ms. None = unchanged."""
    pos_mode: str = "net_mode"
    prices: dict[str, PriceMark] = {}


_decoder = msgspec.json.Decoder(Entry)


def encode(entry: Entry) -> bytes:
    """Write one line."""
    return msgspec.json.encode(entry)


def decode(line: bytes) -> Entry:
    """Read one line.

    Raises:
        DataInvalid: It isn't an entry of this version.
    """
    try:
        return _decoder.decode(line)
    except msgspec.MsgspecError as error:
        raise DataInvalid(
            f"the simulator's log holds a line that can't be read: {error}",
            "move the simulator's directory away to start with a fresh account",
        ) from error
