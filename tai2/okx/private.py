"""Private pushes as model values: order updates, and whole accounts made of partial ones.

`OkxVenue.watch` gives it the sink and seeds it from REST after each connection.
It must never publish an account before it knows balance and positions both.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from tai2.model.account import Account, Balance, Position
from tai2.model.errors import DataInvalid, VenueUnavailable
from tai2.model.ids import InstId
from tai2.okx.answer import decode_rows
from tai2.okx.decode.account import BalanceRow, PositionRow, balance, position
from tai2.okx.decode.orders import OrderRow, order_update
from tai2.okx.frames import Arg, Frame
from tai2.okx.login import Login
from tai2.ports.venue import PrivateSink

SETTLE_CCY: Final = "USDT"
ARGS: Final = (
    Arg(channel="orders", inst_type="ANY"),
    Arg(channel="positions", inst_type="ANY"),
    Arg(channel="account"),
)


class AccountBook:
    """The newest balance and position of each instrument, closed ones included."""

    def __init__(self) -> None:
        self._balance: Balance | None = None
        self._positions: dict[InstId, Position] = {}
        self._is_seeded = False

    def seed(self, account: Account, asked_ms: int) -> None:
        """Take a whole reading; a push wins when it came since, or tells a newer state.

        A reply may be older than a push that overtook it: the exchange's own time decides.

        Args:
            account: As read by REST.
            asked_ms: Local time before the question left, ms UTC.
        """
        read = {held.inst_id: held for held in account.positions}
        newer = {
            inst_id: held
            for inst_id, held in self._positions.items()
            if held.ts_recv >= asked_ms
            or (inst_id in read and held.ts_event > read[inst_id].ts_event)
        }
        self._positions = read | newer
        if self._balance is None or self._balance.ts_recv < asked_ms:
            self._balance = account.balance
        self._is_seeded = True

    def put_balance(self, newer: Balance) -> None:
        """Take a pushed balance."""
        self._balance = newer

    def put_position(self, newer: Position) -> None:
        """Take a pushed position; an older state than the known one changes nothing."""
        known = self._positions.get(newer.inst_id)
        if known is None or newer.ts_event >= known.ts_event:
            self._positions[newer.inst_id] = newer

    def account(self) -> Account | None:
        """Return the whole account; None until it was seeded."""
        if self._balance is None or not self._is_seeded:
            return None
        held = sorted(self._positions.values(), key=lambda position_: position_.inst_id)
        return Account(
            balance=self._balance, positions=tuple(one for one in held if not one.is_flat)
        )


class PrivateChannels:
    """Orders, positions and account of one login."""

    def __init__(self, login: Login, sink: PrivateSink, on_gap: Callable[[], None]) -> None:
        self.is_stale = asyncio.Event()
        """Set when the account must be read by REST again."""
        self._login = login
        self._sink = sink
        self._on_gap = on_gap
        self._book = AccountBook()
        self._decoders = {
            "orders": self._take_orders,
            "positions": self._take_positions,
            "account": self._take_balance,
        }

    def args(self) -> Sequence[Arg]:
        """Name the three channels, instruments of every type included."""
        return ARGS

    def on_stale_clock(self) -> None:
        """Measure the exchange's clock before the next login."""
        self._login.on_stale_clock()

    async def login(self) -> dict[str, str]:
        """Sign a login with the exchange's time."""
        return await self._login.sign()

    def on_up(self) -> None:
        """Tell that pushes may have been missed, and ask for a fresh account."""
        self.is_stale.set()
        self._on_gap()

    def on_down(self, reason: str) -> None:
        """Nothing: on_gap comes with the next connection."""

    def on_refused(self, arg: Arg, reason: str) -> None:
        """Start over: without one of these channels the connection is of no use."""
        raise VenueUnavailable(f"subscription of {arg} refused: {reason}")

    def on_data(self, frame: Frame, ts_recv: int) -> None:
        """Decode a frame and deliver what it means."""
        take = self._decoders.get(frame.arg.channel) if frame.arg else None
        if take is None:
            raise DataInvalid(f"rows of a channel that nobody asked for: {frame.arg}")
        try:
            take(bytes(frame.data), ts_recv)
        except DataInvalid:
            # A push that can't be read is a push that was missed.
            self.on_up()
            raise

    def seed(self, account: Account, asked_ms: int) -> None:
        """Take the account as read by REST and publish it."""
        self._book.seed(account, asked_ms)
        self._publish()

    def _take_orders(self, rows_json: bytes, _ts_recv: int) -> None:
        for row in decode_rows(rows_json, OrderRow):
            self._sink(order_update(row, is_push=True))

    def _take_positions(self, rows_json: bytes, ts_recv: int) -> None:
        for row in decode_rows(rows_json, PositionRow):
            self._book.put_position(position(row, ts_recv))
        self._publish()

    def _take_balance(self, rows_json: bytes, ts_recv: int) -> None:
        for row in decode_rows(rows_json, BalanceRow):
            pushed = balance(row, SETTLE_CCY, ts_recv)
            if pushed is not None:
                self._book.put_balance(pushed)
        self._publish()

    def _publish(self) -> None:
        account = self._book.account()
        if account is not None:
            self._sink(account)
