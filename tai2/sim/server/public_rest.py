"""The public endpoints: instruments, quotes, books, candles, funding and price bands.

The REST gate calls them without authentication. Lists are newest first; they must only read.
"""

from collections.abc import Sequence
from typing import Final

from tai2.sim.exchange.candles import BARS
from tai2.sim.exchange.records import InstSpec
from tai2.sim.server.backend import Answer, Backend, Call, Route, reading
from tai2.sim.server.params import Params, Row, page
from tai2.sim.server.refusals import ApiRefusal
from tai2.sim.server.rows_public import (
    book_row,
    candle_row,
    funding_row,
    index_row,
    instrument_row,
    limit_row,
    mark_row,
    open_interest_row,
    settled_funding_row,
    ticker_row,
    trade_row,
)

MAX_DEPTH: Final = 400
MAX_TRADES: Final = 500


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


def trades(backend: Backend, params: Params) -> list[Row]:
    """GET market/trades: the newest, newest first."""
    spec = backend.listed(params)
    limit = min(params.whole("limit") or 100, MAX_TRADES)
    rows = [trade_row(spec.inst_id, row) for row in backend.exchange.trades(spec.inst_id, limit)]
    return sorted(rows, key=_by_trade_id, reverse=True)


def _by_trade_id(row: Row) -> int:
    return int(str(row["tradeId"]))


def candles(backend: Backend, call: Call) -> Answer:
    """GET market/candles and market/history-candles: nine columns, newest first."""
    params = call.params
    spec, bar = backend.listed(params), params.text("bar", "1m")
    if bar not in BARS:
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
    reading("market/trades", trades),
    Route(method="GET", path="market/candles", endpoint=candles),
    Route(method="GET", path="market/history-candles", endpoint=candles),
    reading("system/status", status),
)
