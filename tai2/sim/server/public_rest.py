"""The public endpoints: instruments, quotes, books, candles, funding and price bands.

The REST gate calls them without authentication. Lists are newest first; they must only read.
"""

from collections.abc import Sequence
from typing import Final

from tai2.model.money import floor_to
from tai2.sim.exchange.bars import ALL_BARS
from tai2.sim.exchange.records import InstSpec
from tai2.sim.server.aggregates import single_trades
from tai2.sim.server.backend import Answer, Backend, Call, Route, reading
from tai2.sim.server.params import Params, Row, page
from tai2.sim.server.refusals import ApiRefusal
from tai2.sim.server.rows_orders import number
from tai2.sim.server.rows_public import (
    book_row,
    candle_row,
    full_book_row,
    funding_row,
    index_row,
    instrument_row,
    limit_row,
    mark_row,
    open_interest_row,
    settled_funding_row,
    ticker_row,
    tier_rows,
    trade_row,
)

MAX_DEPTH: Final = 400
MAX_FULL_DEPTH: Final = 5_000
MAX_TRADES: Final = 500
MAX_KEPT: Final = 1_000


def server_time(backend: Backend, _params: Params) -> list[Row]:
    """GET public/time."""
    return [{"ts": str(backend.now_ms())}]


def instruments(backend: Backend, params: Params) -> list[Row]:
    """GET public/instruments and account/instruments."""
    return [instrument_row(spec) for spec in backend.matching(params)]


def ticker(backend: Backend, params: Params) -> list[Row]:
    """GET market/ticker."""
    return [ticker_of(backend, backend.listed(params))]


def tickers(backend: Backend, params: Params) -> list[Row]:
    """GET market/tickers."""
    return [ticker_of(backend, spec) for spec in backend.matching(params)]


def ticker_of(backend: Backend, spec: InstSpec) -> Row:
    """Return an instrument's ticker."""
    return ticker_row(spec, backend.exchange.ticker(spec.inst_id))


def index_tickers(backend: Backend, params: Params) -> list[Row]:
    """GET market/index-tickers by instId (an index such as BTC-USDT) or quoteCcy."""
    index, quote = params.text("instId"), params.text("quoteCcy")
    if not index and not quote:
        raise ApiRefusal("50014", "instId")
    found = [
        spec
        for spec in backend.exchange.specs()
        if index in ("", spec.inst_family) and quote in ("", spec.quote_ccy, spec.settle_ccy)
    ]
    if index and not found:
        raise ApiRefusal("51001")
    return [index_of(backend, spec) for spec in found]


def index_of(backend: Backend, spec: InstSpec) -> Row:
    """Return the ticker of an instrument's index."""
    exchange = backend.exchange
    return index_row(
        spec, exchange.index_px(spec.inst_id), exchange.ticker(spec.inst_id), backend.now_ms()
    )


def books(backend: Backend, params: Params) -> list[Row]:
    """GET market/books: sz levels a side, 1 by default, 400 at most."""
    spec = backend.listed(params)
    depth = min(params.whole("sz") or 1, MAX_DEPTH)
    return [book_row(backend.exchange.book(spec.inst_id, depth))]


def books_full(backend: Backend, params: Params) -> list[Row]:
    """GET market/books-full: sz levels a side, 5000 at most, each [price, size, orders]."""
    spec = backend.listed(params)
    book = backend.exchange.book(spec.inst_id, min(params.whole("sz") or 1, MAX_FULL_DEPTH))
    return [full_book_row(book)]


def trades(backend: Backend, params: Params) -> list[Row]:
    """GET market/trades: the newest, newest first."""
    spec = backend.listed(params)
    return _tape(backend, spec)[: min(params.whole("limit") or 100, MAX_TRADES)]


def history_trades(backend: Backend, params: Params) -> list[Row]:
    """GET market/history-trades, paged by tradeId (type 1) or ts (type 2)."""
    spec = backend.listed(params)
    key = "ts" if params.choice("type", ("1", "2"), "1") == "2" else "tradeId"
    return page(_tape(backend, spec), key, params)


def _tape(backend: Backend, spec: InstSpec) -> list[Row]:
    """Return every single trade that is kept, newest first."""
    rows = [
        trade_row(spec.inst_id, single)
        for row in backend.exchange.trades(spec.inst_id, MAX_KEPT)
        for single in single_trades(spec, row)
    ]
    return sorted(rows, key=_by_trade_id, reverse=True)


def _by_trade_id(row: Row) -> int:
    return int(str(row["tradeId"]))


def position_tiers(backend: Backend, params: Params) -> list[Row]:
    """GET public/position-tiers of the families or instruments named."""
    inst_type = params.choice("instType", ("SWAP", "FUTURES", "MARGIN", "OPTION"))
    params.choice("tdMode", ("cross", "isolated"))
    families, inst_ids = params.several("instFamily"), params.several("instId")
    return [
        row
        for spec in backend.exchange.specs()
        if spec.inst_type == inst_type
        and (not families or spec.inst_family in families)
        and (not inst_ids or spec.inst_id in inst_ids)
        for row in tier_rows(spec)
        if params.text("tier") in ("", row["tier"])
    ]


def convert(backend: Backend, params: Params) -> list[Row]:
    """GET public/convert-contract-coin: type 1 coins to contracts (rounded down), 2 back."""
    spec, kind = backend.listed(params), params.choice("type", ("1", "2"), "1")
    amount, px = params.number("sz"), params.number("px")
    if amount is None or spec.is_spot:
        raise ApiRefusal("50014", "sz")
    px = px or backend.exchange.mark_px(spec.inst_id)
    coins_each = spec.ct_size / px if spec.ct_type == "inverse" else spec.ct_size
    turned = floor_to(amount / coins_each, spec.lot_sz) if kind == "1" else amount * coins_each
    row: Row = {"type": kind, "instId": spec.inst_id, "px": number(px), "sz": number(turned)}
    return [row | {"unit": params.text("unit", "coin")}]


def candles(backend: Backend, call: Call) -> Answer:
    """GET market/candles and market/history-candles: nine columns, newest first."""
    params = call.params
    spec, bar = backend.listed(params), params.text("bar", "1m")
    if bar not in ALL_BARS:
        raise ApiRefusal("51000", "bar")
    newest_first = reversed(backend.exchange.candles(spec.inst_id, bar))
    columns = {str(candle.ts): candle_row(candle) for candle in newest_first}
    kept = page([{"ts": ts} for ts in columns], "ts", params, 300)
    return Answer(rows=[columns[str(row["ts"])] for row in kept])


def funding(backend: Backend, params: Params) -> list[Row]:
    """GET public/funding-rate."""
    spec = backend.listed(params)
    row = funding_of(backend, spec)
    return [row] if row else []


def funding_of(backend: Backend, spec: InstSpec) -> Row | None:
    """Return an instrument's funding rate; None = no market has set one yet."""
    funding = backend.exchange.funding(spec.inst_id)
    return funding_row(spec, funding) if funding else None


def funding_history(backend: Backend, params: Params) -> list[Row]:
    """GET public/funding-rate-history, paged by fundingTime."""
    spec = backend.listed(params)
    settled = backend.exchange.funding_history(spec.inst_id)
    rows = [settled_funding_row(spec, funding) for funding in settled]
    rows.sort(key=lambda row: int(str(row["fundingTime"])), reverse=True)
    return page(rows, "fundingTime", params, 400)


def open_interest(backend: Backend, params: Params) -> list[Row]:
    """GET public/open-interest."""
    rows = [open_interest_of(backend, spec) for spec in backend.matching(params)]
    return [row for row in rows if row]


def open_interest_of(backend: Backend, spec: InstSpec) -> Row | None:
    """Return an instrument's open interest; None = no market has set it yet."""
    interest = backend.exchange.open_interest(spec.inst_id)
    return open_interest_row(spec, interest) if interest else None


def mark_price(backend: Backend, params: Params) -> list[Row]:
    """GET public/mark-price."""
    return [mark_of(backend, spec) for spec in backend.matching(params)]


def mark_of(backend: Backend, spec: InstSpec) -> Row:
    """Return an instrument's mark price."""
    return mark_row(spec, backend.exchange.mark_px(spec.inst_id), backend.now_ms())


def price_limit(backend: Backend, params: Params) -> list[Row]:
    """GET public/price-limit."""
    return [limit_of(backend, backend.listed(params))]


def limit_of(backend: Backend, spec: InstSpec) -> Row:
    """Return an instrument's price band."""
    return limit_row(spec, backend.exchange.price_limit(spec.inst_id), backend.now_ms())


def status(backend: Backend, params: Params) -> Sequence[Row]:
    """GET system/status: maintenances announced by a knob, optionally in one state."""
    state = params.text("state")
    return [row for row in backend.faults.maintenance if state in ("", row["state"])]


ROUTES: Final = (
    reading("public/time", server_time),
    reading("public/instruments", instruments),
    reading("public/funding-rate", funding),
    reading("public/funding-rate-history", funding_history),
    reading("public/open-interest", open_interest),
    reading("public/mark-price", mark_price),
    reading("public/price-limit", price_limit),
    reading("market/ticker", ticker),
    reading("market/tickers", tickers),
    reading("market/index-tickers", index_tickers),
    reading("market/books", books),
    reading("market/books-full", books_full),
    reading("market/trades", trades),
    reading("market/history-trades", history_trades),
    reading("public/position-tiers", position_tiers),
    reading("public/convert-contract-coin", convert),
    Route(method="GET", path="market/candles", endpoint=candles),
    Route(method="GET", path="market/history-candles", endpoint=candles),
    reading("system/status", status),
)
