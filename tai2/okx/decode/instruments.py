"""The exchange's instrument records as `Instrument`: units, steps, limits, state.

The feed calls it at start and whenever instruments are read again.
It must never turn an unknown contract value or type into a default.
"""

from decimal import Decimal

import msgspec

from tai2.model.errors import DataInvalid
from tai2.model.ids import InstId
from tai2.model.instrument import InstKind, Instrument
from tai2.model.money import dec
from tai2.okx.decode.text import currency, meaning, positive_or_none
from tai2.okx.inst_type import InstType

_ONE = Decimal(1)
_KINDS = {"linear": InstKind.LINEAR, "inverse": InstKind.INVERSE}


class InstrumentRow(msgspec.Struct, rename="camel"):
    """The fields of one instrument record that tai2 reads."""

    inst_type: str
    inst_id: str
    tick_sz: str
    lot_sz: str
    min_sz: str
    state: str
    inst_family: str = ""
    uly: str = ""
    base_ccy: str = ""
    quote_ccy: str = ""
    settle_ccy: str = ""
    ct_val: str = ""
    ct_mult: str = ""
    ct_type: str = ""
    max_lmt_sz: str = ""
    max_mkt_sz: str = ""
    lever: str = ""
    group_id: str = ""


def instrument(row: InstrumentRow) -> Instrument | None:
    """Return the instrument of a record; None for types that tai2 doesn't trade.

    Raises:
        DataInvalid: A unit or step is missing or unreadable.
    """
    if row.inst_type not in (InstType.SPOT, InstType.SWAP):
        return None
    is_spot = row.inst_type == InstType.SPOT
    base_ccy, quote_ccy = (row.base_ccy, row.quote_ccy) if is_spot else _pair(row)
    return Instrument(
        inst_id=InstId(row.inst_id),
        kind=InstKind.SPOT if is_spot else meaning(row.ct_type, _KINDS, "contract type"),
        base_ccy=currency(base_ccy),
        quote_ccy=currency(quote_ccy),
        settle_ccy=currency(quote_ccy if is_spot else row.settle_ccy),
        ct_val=_ONE if is_spot else dec(row.ct_val) * (dec(row.ct_mult) if row.ct_mult else _ONE),
        tick_sz=dec(row.tick_sz),
        lot_sz=dec(row.lot_sz),
        min_sz=dec(row.min_sz),
        max_lmt_sz=positive_or_none(row.max_lmt_sz),
        max_mkt_sz=positive_or_none(row.max_mkt_sz),
        lever_max=positive_or_none(row.lever),
        is_live=row.state == "live",
        group_id=row.group_id,
    )


def _pair(row: InstrumentRow) -> tuple[str, str]:
    """Swaps name base and quote only through their family, such as BTC-USDT."""
    parts = (row.inst_family or row.uly).split("-")
    if len(parts) != 2 or not all(parts):
        raise DataInvalid(f"{row.inst_id}: no instrument family to tell base and quote by")
    return parts[0], parts[1]
