"""New orders before their first match: whoever places one starts from here.

The facade, the stops and the liquidator fill in what differs.
A draft must not be stored anywhere yet.
"""

from decimal import Decimal
from typing import Final

from tai2.sim.exchange.core import Core
from tai2.sim.exchange.records import OrderView

_ZERO: Final = Decimal(0)


def draft(core: Core, inst_id: str, side: str, contracts: Decimal) -> OrderView:
    """Return a live market order with a new id, unfilled."""
    return OrderView(
        inst_type=core.listings[inst_id].spec.inst_type,
        inst_id=inst_id,
        ord_id=core.ids.draw(),
        cl_ord_id="",
        tag="",
        td_mode="cash" if core.listings[inst_id].spec.is_spot else "cross",
        side=side,
        pos_side="net",
        ord_type="market",
        sz=contracts,
        px=None,
        state="live",
        acc_fill_sz=_ZERO,
        avg_px=None,
        fee=_ZERO,
        fee_ccy=_fee_ccy(core, inst_id, side),
        pnl=_ZERO,
        lever=core.purse(inst_id).levers[inst_id],
        reduce_only=False,
        cancel_source="",
        source="",
        category="normal",
        algo_id="",
        algo_cl_ord_id="",
        stops=(),
        c_time=core.now_ms,
        u_time=core.now_ms,
        last_fill=None,
    )


def _fee_ccy(core: Core, inst_id: str, side: str) -> str:
    """A bought coin pays its fee in itself, everything else in the currency of its worth."""
    spec = core.listings[inst_id].spec
    return spec.base_ccy if spec.is_spot and side == "buy" else spec.purse_ccy
