"""Reading the account at OKX, and setting its leverage.

`OkxVenue` inherits it; it implements the port AccountReader.
It must never take a failed query for an empty account.
"""

from decimal import Decimal
from functools import partial
from typing import Final

from tai2.model.account import Account, AccountConfig, Bill, FeeRates
from tai2.model.errors import VenueUnavailable
from tai2.model.ids import InstId
from tai2.model.maintenance import Maintenance
from tai2.model.money import plain
from tai2.okx import sdk
from tai2.okx.answer import Answer
from tai2.okx.decode import account as decode
from tai2.okx.decode.instruments import InstrumentRow
from tai2.okx.decode.status import StatusRow, maintenance
from tai2.okx.inst_type import InstType, inst_type, is_swap
from tai2.okx.pages import all_pages
from tai2.okx.private import SETTLE_CCY
from tai2.okx.rest import Rest, only
from tai2.ports.clock import Clock

MARGIN_MODE: Final = "cross"
RECENT_BILLS_MS: Final = 160 * 3_600_000
"""The short list reaches seven days back; a margin is left."""


class OkxAccounts:
    """The account endpoints of one account."""

    def __init__(self, transport: sdk.Transport, clock: Clock) -> None:
        self._rest = Rest(transport, clock)
        self._account = sdk.Account(transport)
        self._public = sdk.Public(transport)
        self._status = sdk.Status(transport)
        self._env = "2" if transport.is_demo else "1"
        self._clock = clock

    async def config(self) -> AccountConfig:
        """Return account settings and the key's rights."""
        rows = await self._rest.rows(self._account.get_account_config, decode.ConfigRow)
        return decode.config(only(rows, "the account's settings"))

    async def account(self) -> Account:
        """Return the USDT balance and every open position."""
        ask = partial(self._account.get_account_balance, ccy=SETTLE_CCY)
        row = only(await self._rest.rows(ask, decode.BalanceRow), "the balance")
        now_ms = self._clock.now_ms()
        balance = decode.balance(row, SETTLE_CCY, now_ms)
        rows = await self._rest.rows(self._account.get_positions, decode.PositionRow)
        now_ms = self._clock.now_ms()
        held = (decode.position(row, now_ms) for row in rows)
        return Account(
            balance=balance or decode.empty_balance(row, SETTLE_CCY, now_ms),
            positions=tuple(
                sorted((one for one in held if not one.is_flat), key=lambda one: one.inst_id)
            ),
        )

    async def fee_rates(self, inst_id: InstId) -> FeeRates:
        """Return what a fill costs: the rates of the instrument's fee group."""
        kind = inst_type(inst_id)
        ask = partial(self._public.get_instruments, instType=kind.value, instId=inst_id)
        listed = only(await self._rest.rows(ask, InstrumentRow), f"instrument {inst_id}")
        named = {"instId": inst_id} if kind is InstType.SPOT else {"instFamily": listed.inst_family}
        ask = partial(self._account.get_fee_rates, instType=kind.value, **named)
        rates = only(await self._rest.rows(ask, decode.FeeRow), "fee rates")
        return decode.fee_rates(rates, listed.group_id)

    async def server_time_ms(self) -> int:
        """Measure the exchange's clock (round-trip midpoint); signatures use it from then on."""
        return await self._rest.measure_clock()

    async def maintenances(self) -> tuple[Maintenance, ...]:
        """Return what is announced for this environment, real or demo."""
        rows = await self._rest.rows(self._status.status, StatusRow)
        return tuple(maintenance(row) for row in rows if row.env in ("", self._env))

    async def leverage(self, inst_id: InstId) -> Decimal:
        """Return the leverage in force on an instrument; 1 for spot."""
        if not is_swap(inst_id):
            return Decimal(1)
        ask = partial(self._account.get_leverage, mgnMode=MARGIN_MODE, instId=inst_id)
        return decode.leverage(await self._rest.rows(ask, decode.LeverageRow), inst_id)

    async def bills(self, since_ms: int) -> tuple[Bill, ...]:
        """Return changes of the balance since a time, oldest first: trades, fees, funding.

        The short list reaches seven days back, the long one three months.
        """
        week_ago_ms = self._clock.now_ms() - RECENT_BILLS_MS
        recent = since_ms >= week_ago_ms
        ask = self._account.get_account_bills if recent else self._account.get_account_bills_archive
        rows = await all_pages(
            self._rest,
            ask,
            decode.BillRow,
            lambda row: row.bill_id,
            lambda row: decode.bill(row).ts_event < since_ms,
        )
        found = {row.bill_id: decode.bill(row) for row in rows}
        return tuple(
            one
            for one in sorted(found.values(), key=lambda one: (one.ts_event, one.bill_id))
            if one.ts_event >= since_ms
        )

    async def set_leverage(self, inst_id: InstId, lever: Decimal) -> None:
        """Set an instrument's cross leverage; refused is fine when it's in force already.

        Raises:
            VenueUnavailable: It isn't in force (the message names the exchange's reason).
        """
        answer: Answer = await self._account.set_leverage(
            lever=plain(lever), mgnMode=MARGIN_MODE, instId=inst_id
        )
        if not answer.is_ok and await self.leverage(inst_id) != lever:
            raise VenueUnavailable(
                f"OKX refused leverage {plain(lever)} on {inst_id}: {answer.code} {answer.msg}",
                "Cancel pending orders on the instrument, or set the leverage by hand.",
            )
