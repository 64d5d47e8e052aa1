"""Account records as model types: settings, balance, positions, fees, leverage.

The venue adapter decodes REST answers and private pushes with it.
It must never read a missing number as a flat position or a free fee.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from tai2.model.account import AccountConfig, Balance, Bill, BillKind, FeeRates, Position, PosMode
from tai2.model.errors import DataInvalid
from tai2.model.ids import InstId
from tai2.model.money import ZERO, Contracts, Px, QuoteAmt, dec
from tai2.okx.decode.text import currency, dec_or_zero, instant, meaning, positive_or_none

_POS_MODES = {mode.value: mode for mode in PosMode}
_EXECUTIONS = frozenset({"2", "5", "9"})
"""Bill types: trade, liquidation, ADL."""
_INSURANCE = frozenset({"110", "111"})
"""Subtypes of a liquidation that no fill tells: what the insurance fund moves."""
_TRANSFERS = frozenset({"1", "12"})
"""Between one's own accounts, and to or from a trading bot."""
_SIGNS = {"net": 1, "long": 1, "short": -1}


class ConfigRow(msgspec.Struct, rename="camel"):
    """The fields of account/config that tai2 reads."""

    uid: str
    acct_lv: str
    pos_mode: str
    perm: str
    ip: str = ""


class BalanceDetail(msgspec.Struct, rename="camel"):
    """Money in one currency."""

    ccy: str
    eq: str
    cash_bal: str
    avail_eq: str = ""
    avail_bal: str = ""
    upl: str = ""


class BalanceRow(msgspec.Struct, rename="camel"):
    """The balance of every currency named."""

    u_time: str
    details: list[BalanceDetail]


class PositionRow(msgspec.Struct, rename="camel"):
    """One position."""

    inst_id: str
    mgn_mode: str
    pos_side: str
    pos: str
    c_time: str
    u_time: str
    avg_px: str = ""
    mark_px: str = ""
    upl: str = ""
    lever: str = ""
    liq_px: str = ""


class FeeGroup(msgspec.Struct, rename="camel"):
    """Rates of one fee group, negative = charged."""

    group_id: str
    maker: str
    taker: str


class FeeRow(msgspec.Struct, rename="camel"):
    """Rates of the account."""

    fee_group: list[FeeGroup] = []
    maker: str = ""
    taker: str = ""
    maker_u: str = ""
    taker_u: str = ""


class LeverageRow(msgspec.Struct, rename="camel"):
    """Leverage of one instrument and side."""

    inst_id: str
    lever: str


class BillRow(msgspec.Struct, rename="camel"):
    """One change of the balance."""

    bill_id: str
    type: str
    sub_type: str
    ccy: str
    bal_chg: str
    bal: str
    ts: str
    inst_id: str = ""


class TimeRow(msgspec.Struct):
    """The exchange's clock."""

    ts: str


def config(row: ConfigRow) -> AccountConfig:
    """Read the account's settings and the key's rights."""
    return AccountConfig(
        uid=row.uid,
        account_level=row.acct_lv,
        pos_mode=meaning(row.pos_mode, _POS_MODES, "position mode"),
        permissions=frozenset(word.strip() for word in row.perm.split(",") if word.strip()),
        ip_bound=bool(row.ip),
    )


def balance(row: BalanceRow, ccy: str, ts_recv: int) -> Balance | None:
    """Read the money in one currency; None when the record doesn't name it."""
    detail = next((held for held in row.details if held.ccy == ccy), None)
    if detail is None:
        return None
    return Balance(
        ccy=ccy,
        equity=QuoteAmt(dec(detail.eq)),
        cash=QuoteAmt(dec(detail.cash_bal)),
        available=QuoteAmt(dec(detail.avail_eq or detail.avail_bal)),
        upnl=QuoteAmt(dec_or_zero(detail.upl)),
        ts_event=instant(row.u_time),
        ts_recv=ts_recv,
    )


def empty_balance(row: BalanceRow, ccy: str, ts_recv: int) -> Balance:
    """Return a balance of nothing: a whole reading that doesn't name the currency."""
    nothing = QuoteAmt(ZERO)
    return Balance(
        ccy=ccy,
        equity=nothing,
        cash=nothing,
        available=nothing,
        upnl=nothing,
        ts_event=instant(row.u_time),
        ts_recv=ts_recv,
    )


def position(row: PositionRow, ts_recv: int) -> Position:
    """Read a position, closed ones (0) too; contracts are signed, negative = short."""
    avg_px, mark_px, liq_px = (
        positive_or_none(text) for text in (row.avg_px, row.mark_px, row.liq_px)
    )
    sign = meaning(row.pos_side, _SIGNS, "position side")
    return Position(
        inst_id=InstId(row.inst_id),
        contracts=Contracts(sign * dec_or_zero(row.pos)),
        avg_px=None if avg_px is None else Px(avg_px),
        mark_px=None if mark_px is None else Px(mark_px),
        upnl=QuoteAmt(dec_or_zero(row.upl)),
        lever=positive_or_none(row.lever),
        liq_px=None if liq_px is None else Px(liq_px),
        margin_mode=row.mgn_mode,
        opened_ms=instant(row.c_time),
        ts_event=instant(row.u_time),
        ts_recv=ts_recv,
    )


def fee_rates(row: FeeRow, group_id: str) -> FeeRates:
    """Read the rates of a fee group, else the legacy ones; positive = cost.

    Raises:
        DataInvalid: The answer states no rate for the group.
    """
    group = next((entry for entry in row.fee_group if entry.group_id == group_id), None)
    maker, taker = (
        (group.maker, group.taker)
        if group
        else (row.maker_u or row.maker, row.taker_u or row.taker)
    )
    if not (maker and taker):
        raise DataInvalid(f"OKX states no fee for fee group {group_id!r:.20}")
    return FeeRates(maker=-dec(maker), taker=-dec(taker))


def leverage(rows: Sequence[LeverageRow], inst_id: InstId) -> Decimal:
    """Return the highest leverage that any side of an instrument is set to.

    Raises:
        DataInvalid: The answer doesn't name the instrument.
    """
    levers = [dec(row.lever) for row in rows if row.inst_id == inst_id and row.lever]
    if not levers:
        raise DataInvalid(f"OKX states no leverage for {inst_id}")
    return max(levers)


def _bill_kind(row: BillRow) -> BillKind:
    """Name what a bill is for; a type that OKX adds later counts as gain or loss."""
    if row.type == "8":
        return BillKind.FUNDING
    if row.type in _TRANSFERS:
        return BillKind.TRANSFER
    is_fill = row.type in _EXECUTIONS and row.sub_type not in _INSURANCE
    return BillKind.FILL if is_fill else BillKind.OTHER


def bill(row: BillRow) -> Bill:
    """Read one change of the balance."""
    return Bill(
        bill_id=row.bill_id,
        kind=_bill_kind(row),
        inst_id=InstId(row.inst_id) if row.inst_id else None,
        ccy=currency(row.ccy),
        change=QuoteAmt(dec(row.bal_chg)),
        balance=QuoteAmt(dec(row.bal)),
        ts_event=instant(row.ts),
    )
