"""The account endpoints: balance, positions, settings, leverage, fees and order room.

The REST gate calls them. The account is one in futures mode with positions in cross
margin; whatever needs another mode must be refused, never approximated.
"""

from decimal import ROUND_FLOOR, Decimal
from typing import Final

from tai2.model.money import ZERO, floor_to
from tai2.sim.exchange.formulas import notional
from tai2.sim.exchange.records import InstSpec, PositionView
from tai2.sim.server.backend import Answer, Backend, Call, Route, reading
from tai2.sim.server.params import Params, Row, page, selected
from tai2.sim.server.public_rest import instruments
from tai2.sim.server.refusals import ApiRefusal
from tai2.sim.server.rows_account import (
    balance_row,
    config_row,
    fee_row,
    leverage_row,
    position_row,
)
from tai2.sim.server.rows_bills import bill_row, past_position_row
from tai2.sim.server.rows_orders import number

STABLE: Final = ("USDT", "USDC", "USD")
_MARKET_BUFFER: Final = Decimal("1.05")
"""Market orders freeze an extra 5 % during the exchange's risk check."""


def balance(backend: Backend, params: Params) -> list[Row]:
    """GET account/balance, optionally of the currencies named; empty currencies aren't shown."""
    views = backend.exchange.balances()
    wanted = params.several("ccy")
    asked = [one for one in views if not wanted or one.ccy in wanted]
    listed = {one.ccy for one in asked if one.eq or one.cash_bal}
    return [balance_row([(one, usd_px(backend, one.ccy)) for one in views], listed)]


def usd_px(backend: Backend, ccy: str) -> Decimal:
    """Return what one of a currency is worth in USD; a stable coin counts as one dollar."""
    if ccy in STABLE:
        return Decimal(1)
    for spec in backend.exchange.specs():
        if spec.base_ccy == ccy:
            return backend.exchange.index_px(spec.inst_id)
    return ZERO


def positions(backend: Backend, params: Params) -> list[Row]:
    """GET account/positions: open ones."""
    inst_type, inst_ids = params.text("instType"), params.several("instId")
    pos_ids = params.several("posId")
    return [
        shown(backend, held)
        for held in backend.exchange.positions()
        if inst_type in ("", held.inst_type)
        and (not inst_ids or held.inst_id in inst_ids)
        and (not pos_ids or held.pos_id in pos_ids)
    ]


def shown(backend: Backend, held: PositionView) -> Row:
    """Return a position's row with its index price and the stops that would close it."""
    closers = [
        algo
        for algo in backend.exchange.algos()
        if algo.inst_id == held.inst_id and algo.pos_side == held.pos_side and algo.close_fraction
    ]
    return position_row(held, backend.exchange.index_px(held.inst_id), closers)


def config(backend: Backend, _params: Params) -> list[Row]:
    """GET account/config."""
    return [config_row(backend.key, backend.exchange.pos_mode)]


def set_position_mode(backend: Backend, call: Call) -> Answer:
    """POST account/set-position-mode: net_mode or long_short_mode, only without anything open."""
    mode = call.params.choice("posMode", ("net_mode", "long_short_mode"))
    backend.catch_up()
    ack = backend.exchange.set_position_mode(mode)
    if ack.s_code != "0":
        return Answer(rows=(), code=ack.s_code, msg=ack.s_msg)
    return Answer(rows=[{"posMode": mode}])


def bills(backend: Backend, params: Params) -> list[Row]:
    """GET account/bills and account/bills-archive, paged by billId."""
    rows = [bill_row(bill) for bill in reversed(backend.exchange.bills())]
    names = ("instType", "instId", "ccy", "mgnMode", "type", "subType")
    return page(selected(rows, params, names), "billId", params)


def positions_history(backend: Backend, params: Params) -> list[Row]:
    """GET account/positions-history, paged by uTime."""
    rows = [past_position_row(past) for past in reversed(backend.exchange.past_positions())]
    names = ("instType", "instId", "mgnMode", "type", "posId")
    return page(selected(rows, params, names), "uTime", params)


def leverage_info(backend: Backend, params: Params) -> list[Row]:
    """GET account/leverage-info of up to 20 instruments."""
    params.choice("mgnMode", ("cross", "isolated"))
    params.need("instId")
    inst_ids = params.several("instId")
    if any(backend.find(inst_id) is None for inst_id in inst_ids):
        raise ApiRefusal("51001")
    sides = ("net",) if backend.exchange.pos_mode == "net_mode" else ("long", "short")
    return [
        leverage_row(inst_id, backend.exchange.lever(inst_id), side)
        for inst_id in inst_ids
        for side in sides
    ]


def set_leverage(backend: Backend, call: Call) -> Answer:
    """POST account/set-leverage in cross margin."""
    spec = backend.listed(call.params)
    call.params.choice("mgnMode", ("cross",))
    lever = call.params.number("lever")
    if lever is None:
        raise ApiRefusal("50014", "lever")
    backend.catch_up()
    ack = backend.exchange.set_leverage(spec.inst_id, lever)
    if ack.s_code != "0":
        return Answer(rows=(), code=ack.s_code, msg=ack.s_msg)
    row: Row = {
        "lever": number(lever),
        "mgnMode": "cross",
        "instId": spec.inst_id,
        "posSide": "",
    }
    return Answer(rows=[row])


def trade_fee(backend: Backend, params: Params) -> list[Row]:
    """GET account/trade-fee."""
    specs = backend.matching(params)
    return [fee_row(params.text("instType"), specs, backend.now_ms())] if specs else []


def max_size(backend: Backend, params: Params) -> list[Row]:
    """GET account/max-size: contracts that the free margin would carry on each side."""
    params.choice("tdMode", ("cross", "isolated", "cash"))
    params.need("instId")
    rows: list[Row] = []
    for inst_id in params.several("instId"):
        spec = backend.find(inst_id)
        if spec is None:
            raise ApiRefusal("51001")
        buy, sell = _room(backend, spec, params.number("px"))
        row: Row = {"instId": inst_id, "ccy": spec.settle_ccy}
        rows.append(row | {"maxBuy": number(buy), "maxSell": number(sell)})
    return rows


def max_avail_size(backend: Backend, params: Params) -> list[Row]:
    """GET account/max-avail-size: free margin, or of a pair quote to buy and base to sell."""
    params.choice("tdMode", ("cross", "isolated", "cash"))
    params.need("instId")
    params.flag("reduceOnly")  # it narrows margin trading only, which this account can't do
    free = {view.ccy: view.avail for view in backend.exchange.balances()}
    rows: list[Row] = []
    for inst_id in params.several("instId"):
        spec = backend.find(inst_id)
        if spec is None:
            raise ApiRefusal("51001")
        buy, sell = spec.purse_ccy, spec.purse_ccy
        if spec.is_spot:
            buy, sell = spec.quote_ccy, spec.base_ccy
        row: Row = {"instId": inst_id, "availBuy": number(free.get(buy, ZERO))}
        rows.append(row | {"availSell": number(free.get(sell, ZERO))})
    return rows


def _room(backend: Backend, spec: InstSpec, px: Decimal | None) -> tuple[Decimal, Decimal]:
    """Return what could be bought and sold: contracts, or of a pair base and quote."""
    views = {view.ccy: view.avail for view in backend.exchange.balances()}
    if spec.is_spot:
        ask = px or backend.exchange.mark_px(spec.inst_id)
        return floor_to(views[spec.quote_ccy] / ask, spec.lot_sz), views[spec.base_ccy] * ask
    room = _contracts(backend, spec, px, views[spec.purse_ccy])
    return room, room


def _contracts(backend: Backend, spec: InstSpec, px: Decimal | None, have: Decimal) -> Decimal:
    mark_px = px or backend.exchange.mark_px(spec.inst_id) * _MARKET_BUFFER
    lever = backend.exchange.lever(spec.inst_id)
    per_contract = notional(spec, Decimal(1), mark_px) * (1 / lever + spec.taker_rate)
    return floor_to((have / per_contract).quantize(ZERO, ROUND_FLOOR), spec.lot_sz)


def nothing(_backend: Backend, _params: Params) -> list[Row]:
    """Answer with no rows: the funding account is empty."""
    return []


ROUTES: Final = (
    reading("account/balance", balance, "read_only"),
    reading("account/positions", positions, "read_only"),
    reading("account/config", config, "read_only"),
    reading("account/instruments", instruments, "read_only"),
    reading("account/leverage-info", leverage_info, "read_only"),
    reading("account/trade-fee", trade_fee, "read_only"),
    reading("account/max-size", max_size, "read_only"),
    reading("account/max-avail-size", max_avail_size, "read_only"),
    reading("asset/currencies", nothing, "read_only"),
    reading("asset/balances", nothing, "read_only"),
    reading("account/bills", bills, "read_only"),
    reading("account/bills-archive", bills, "read_only"),
    reading("account/positions-history", positions_history, "read_only"),
    Route(method="POST", path="account/set-leverage", endpoint=set_leverage, permission="trade"),
    Route(
        method="POST",
        path="account/set-position-mode",
        endpoint=set_position_mode,
        permission="trade",
    ),
)
