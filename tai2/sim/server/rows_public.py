"""Instruments, quotes, books, candles and funding as OKX rows, all numbers as text.

REST replies and public channels print through it. Columns and their units are the protocol's
(a SWAP's volCcy is in base currency); it must never read the exchange by itself.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from tai2.sim.exchange.formulas import tier_of
from tai2.sim.exchange.records import (
    BookView,
    CandleRow,
    FundingView,
    InstSpec,
    Level,
    LiquidationPrinted,
    OpenInterestView,
    TickerView,
    TradeRow,
)
from tai2.sim.server.params import Row, row_of
from tai2.sim.server.rows_orders import number

_INSTRUMENT_BLANKS: Final = row_of(
    "optType stk auctionEndTime contTdSwTime preMktSwTime openType expTime alias maxMktAmt "
    "rpiMinLevel rpiMinPxBand"
)
BAND: Final = Decimal("0.02")
"""floatPxLmtPct: half width of the price band around the index."""


def instrument_row(spec: InstSpec) -> Row:
    """Return an instrument."""
    is_spot = spec.is_spot
    return (
        _INSTRUMENT_BLANKS
        | _instrument_limits(spec)
        | {
            "instType": spec.inst_type,
            "instId": spec.inst_id,
            "instFamily": "" if is_spot else spec.inst_family,
            "uly": "" if is_spot else spec.inst_family,
            "groupId": spec.group_id,
            "instCategory": "1",
            "category": "1",
            "baseCcy": spec.base_ccy if is_spot else "",
            "quoteCcy": spec.quote_ccy if is_spot else "",
            "settleCcy": spec.settle_ccy,
            "ctVal": "" if is_spot else number(spec.ct_val),
            "ctMult": "" if is_spot else number(spec.ct_mult),
            "ctValCcy": spec.ct_val_ccy,
            "ctType": spec.ct_type,
            "listTime": str(spec.list_time),
            "state": spec.state,
            "ruleType": "normal",
            "futureSettlement": False,
            "tradeQuoteCcyList": [],
            "instIdCode": spec.inst_id_code,
            "upcChg": [],
        }
    )


def _instrument_limits(spec: InstSpec) -> Row:
    most = number(spec.max_lmt_sz)
    return {
        "lever": "" if spec.is_spot else number(spec.lever),
        "tickSz": number(spec.tick_sz),
        "lotSz": number(spec.lot_sz),
        "minSz": number(spec.min_sz),
        "maxLmtSz": most,
        "maxMktSz": number(spec.max_mkt_sz),
        "maxLmtAmt": "20000000",
        "maxTwapSz": most,
        "maxIcebergSz": most,
        "maxTriggerSz": most,
        "maxStopSz": number(spec.max_mkt_sz),
        "initPxLmtPct": "0.05",
        "floatPxLmtPct": number(BAND),
        "maxPxLmtPct": "0.05",
    }


def ticker_row(spec: InstSpec, ticker: TickerView) -> Row:
    """Return a ticker; an empty book side is ""."""
    has_ask, has_bid = ticker.ask_px is not None, ticker.bid_px is not None
    return {
        "instType": spec.inst_type,
        "instId": ticker.inst_id,
        "last": number(ticker.last),
        "lastSz": number(ticker.last_sz),
        "askPx": number(ticker.ask_px),
        "askSz": number(ticker.ask_sz) if has_ask else "",
        "bidPx": number(ticker.bid_px),
        "bidSz": number(ticker.bid_sz) if has_bid else "",
        "open24h": number(ticker.open_24h),
        "high24h": number(ticker.high_24h),
        "low24h": number(ticker.low_24h),
        "volCcy24h": number(ticker.vol_ccy_24h),
        "vol24h": number(ticker.vol_24h),
        "sodUtc0": number(ticker.sod_utc0),
        "sodUtc8": number(ticker.sod_utc8),
        "ts": str(ticker.ts),
    }


def index_row(spec: InstSpec, index_px: Decimal, ticker: TickerView, now_ms: int) -> Row:
    """Return an index ticker; its 24 hours are those of the swap."""
    return {
        "instId": spec.inst_family,
        "idxPx": number(index_px),
        "high24h": number(ticker.high_24h),
        "low24h": number(ticker.low_24h),
        "open24h": number(ticker.open_24h),
        "sodUtc0": number(ticker.sod_utc0),
        "sodUtc8": number(ticker.sod_utc8),
        "ts": str(now_ms),
    }


def level_rows(levels: Sequence[Level]) -> list[list[str]]:
    """Return book levels as [price, contracts, "0", orders]."""
    return [[number(px), number(sz), "0", str(orders)] for px, sz, orders in levels]


def full_book_row(book: BookView) -> Row:
    """Return a whole book with levels of three elements."""
    sides = {"asks": book.asks, "bids": book.bids}
    levels = {
        name: [[number(px), number(sz), str(orders)] for px, sz, orders in side]
        for name, side in sides.items()
    }
    return {**levels, "ts": str(book.ts)}


def tier_rows(spec: InstSpec) -> list[Row]:
    """Return an instrument's tiers, smallest positions first."""
    rows: list[Row] = []
    least = Decimal(0)
    for rank, tier in enumerate(spec.tiers or (tier_of(spec, spec.min_sz),), start=1):
        rows.append(
            row_of("quoteMaxLoan baseMaxLoan")
            | {
                "uly": spec.inst_family,
                "instFamily": spec.inst_family,
                "instId": "",
                "tier": str(rank),
                "minSz": number(least),
                "maxSz": number(tier.max_sz),
                "mmr": number(tier.mmr),
                "imr": number(tier.imr),
                "maxLever": number(tier.max_lever),
                "optMgnFactor": "0",
            }
        )
        least = tier.max_sz + spec.lot_sz
    return rows


def book_row(book: BookView) -> Row:
    """Return a whole book."""
    return {
        "asks": level_rows(book.asks),
        "bids": level_rows(book.bids),
        "ts": str(book.ts),
        "seqId": book.seq_id,
    }


def candle_row(candle: CandleRow) -> list[str]:
    """Return a candle's nine columns."""
    return [
        str(candle.ts),
        number(candle.o),
        number(candle.h),
        number(candle.l),
        number(candle.c),
        number(candle.vol_contracts),
        number(candle.vol_ccy),
        number(candle.vol_quote),
        "1" if candle.confirmed else "0",
    ]


def trade_row(inst_id: str, trade: TradeRow) -> Row:
    """Return one trade of the tape."""
    return {
        "instId": inst_id,
        "tradeId": trade.trade_id,
        "px": number(trade.px),
        "sz": number(trade.sz),
        "side": trade.side,
        "source": "0",
        "ts": str(trade.ts),
    }


def funding_row(spec: InstSpec, funding: FundingView) -> Row:
    """Return the funding rate of the current period."""
    return {
        "instType": spec.inst_type,
        "instId": spec.inst_id,
        "method": "current_period",
        "formulaType": "withRate",
        "fundingRate": number(funding.rate),
        "fundingTime": str(funding.funding_time),
        "nextFundingRate": "",
        "nextFundingTime": str(funding.next_funding_time),
        "minFundingRate": number(funding.min_rate),
        "maxFundingRate": number(funding.max_rate),
        "interestRate": "0.0001",
        "impactValue": "",
        "settState": "settled",
        "settFundingRate": "",
        "premium": "",
        "ts": str(funding.ts),
    }


def settled_funding_row(spec: InstSpec, funding: FundingView) -> Row:
    """Return one settlement of the past."""
    return {
        "instType": spec.inst_type,
        "instId": spec.inst_id,
        "formulaType": "withRate",
        "fundingRate": number(funding.rate),
        "realizedRate": number(funding.rate),
        "fundingTime": str(funding.funding_time),
        "method": "current_period",
    }


def open_interest_row(spec: InstSpec, interest: OpenInterestView) -> Row:
    """Return the open interest in contracts, base currency and USD."""
    return {
        "instType": spec.inst_type,
        "instId": spec.inst_id,
        "oi": number(interest.oi),
        "oiCcy": number(interest.oi_ccy),
        "oiUsd": number(interest.oi_usd),
        "ts": str(interest.ts),
    }


def mark_row(spec: InstSpec, mark_px: Decimal, now_ms: int) -> Row:
    """Return the mark price."""
    return {
        "instType": spec.inst_type,
        "instId": spec.inst_id,
        "markPx": number(mark_px),
        "ts": str(now_ms),
    }


def limit_row(spec: InstSpec, band: tuple[Decimal, Decimal], now_ms: int) -> Row:
    """Return the highest price to buy and the lowest to sell."""
    return {
        "instType": spec.inst_type,
        "instId": spec.inst_id,
        "buyLmt": number(band[0]),
        "sellLmt": number(band[1]),
        "ts": str(now_ms),
        "enabled": True,
    }


def liquidation_row(spec: InstSpec, event: LiquidationPrinted) -> Row:
    """Return one liquidation for the public channel."""
    detail = {
        "side": event.side,
        "posSide": event.pos_side,
        "bkPx": number(event.bk_px),
        "sz": number(event.sz),
        "bkLoss": "0",
        "ccy": "",
        "ts": str(event.ts),
    }
    return {
        "instType": spec.inst_type,
        "instId": spec.inst_id,
        "instFamily": spec.inst_family,
        "uly": spec.inst_family,
        "details": [detail],
    }
