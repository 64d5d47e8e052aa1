"""Lines 16 to 22 of the conformance checklist: market data over REST."""

from decimal import Decimal
from itertools import pairwise

import pytest

from tai2.sim.exchange.exchange import Exchange
from tai2.sim.market.listings import ALL_SPECS
from tai2.sim.market.synthetic import SyntheticMarket
from tests.conformance.spot import SPOT, two_markets
from tests.wire.sim_server_support import (
    INST,
    Json,
    WallClock,
    funding,
    ioc_order,
    limit_order,
    running,
)

FIELDS = (
    "instType instId instFamily uly groupId instCategory category baseCcy quoteCcy settleCcy ctVal "
    "ctMult ctValCcy ctType optType stk listTime auctionEndTime contTdSwTime preMktSwTime openType "
    "expTime lever tickSz lotSz minSz alias state ruleType maxLmtSz maxMktSz maxLmtAmt maxMktAmt "
    "maxTwapSz maxIcebergSz maxTriggerSz maxStopSz futureSettlement tradeQuoteCcyList instIdCode "
    "initPxLmtPct floatPxLmtPct maxPxLmtPct rpiMinLevel rpiMinPxBand upcChg"
)


async def test_line_16_instruments_are_filtered_and_whole() -> None:
    async with running(exchange=two_markets()) as sim:
        spot = (await sim.get("public/instruments", instType="SPOT"))["data"]
        swap = (await sim.get("public/instruments", instType="SWAP", instFamily="BTC-USDT"))["data"]
        assert [row["instId"] for row in (*spot, *swap)] == [SPOT, INST]
        assert set(FIELDS.split()) <= swap[0].keys()
        assert (spot[0]["baseCcy"], spot[0]["settleCcy"], swap[0]["settleCcy"]) == (
            "BTC",
            "",
            "USDT",
        )
        assert (await sim.get("public/instruments", instType="SWAP", instId="X"))["code"] == "51001"


def started() -> tuple[Exchange, int]:
    """Return every instrument with a past, and its time."""
    exchange = Exchange(ALL_SPECS, cash={"USDT": Decimal(10_000)}, seed=3)
    now_ms = WallClock().now_ms() - 60_000
    market = SyntheticMarket(seed=3)
    market.start(exchange, now_ms)
    for second in range(1, 61):
        market.step(exchange, now_ms + second * 1000)
    return exchange, exchange.now_ms


@pytest.fixture(scope="module")
def lively() -> Exchange:
    return started()[0]


async def test_line_17_tickers_agree_with_books_and_trades(lively: Exchange) -> None:
    async with running(exchange=lively) as sim:
        for row in (await sim.get("market/tickers", instType="SWAP"))["data"]:
            book = (await sim.get("market/books", instId=row["instId"]))["data"][0]
            trade = (await sim.get("market/trades", instId=row["instId"], limit="1"))["data"][0]
            assert Decimal(row["bidPx"]) < Decimal(row["askPx"])
            assert (row["bidPx"], row["askPx"]) == (book["bids"][0][0], book["asks"][0][0])
            assert row["last"] == trade["px"]


async def test_line_17_volumes_are_in_base_for_swaps_and_in_quote_for_pairs(
    lively: Exchange,
) -> None:
    async with running(exchange=lively) as sim:
        swap = (await sim.get("market/ticker", instId=INST))["data"][0]
        pair = (await sim.get("market/ticker", instId=SPOT))["data"][0]
        assert Decimal(swap["volCcy24h"]) == Decimal(swap["vol24h"]) * Decimal("0.01")
        worth = Decimal(pair["vol24h"]) * Decimal(pair["last"])
        assert abs(Decimal(pair["volCcy24h"]) / worth - 1) < Decimal("0.2")


async def test_line_18_books_are_sorted_and_as_deep_as_asked() -> None:
    async with running() as sim:
        shallow = (await sim.get("market/books", instId=INST))["data"][0]
        deep = (await sim.get("market/books", instId=INST, sz="400"))["data"][0]
        full = (await sim.get("market/books-full", instId=INST, sz="5000"))["data"][0]
        asks = [Decimal(level[0]) for level in deep["asks"]]
        bids = [Decimal(level[0]) for level in deep["bids"]]
        assert (len(shallow["asks"]), len(asks), len(full["asks"][0])) == (1, 5, 3)
        assert (asks, bids) == (sorted(asks), sorted(bids, reverse=True))
        assert isinstance(deep["seqId"], int)
        assert all(level[1] != "0" for level in deep["asks"] + deep["bids"])


async def test_line_19_candles_page_without_overlap_or_gap(lively: Exchange) -> None:
    async with running(exchange=lively) as sim:
        newest = (await sim.get("market/candles", instId=INST, bar="15m", limit="10"))["data"]
        older = await sim.get(
            "market/candles", instId=INST, bar="15m", after=newest[-1][0], limit="10"
        )
        rows = newest + older["data"]
        stamps = [int(row[0]) for row in rows]
        assert [row[8] for row in rows] == ["0"] + ["1"] * 19
        assert {len(row) for row in rows} == {9}
        assert {late - early for late, early in pairwise(stamps)} == {900_000}
        between = await sim.get(
            "market/candles", instId=INST, bar="15m", before=str(stamps[3]), limit="300"
        )
        assert [int(row[0]) for row in between["data"]] == stamps[:3]


@pytest.mark.parametrize(("bar", "hour"), [("1D", 16), ("1Dutc", 0), ("12H", 4), ("4H", 0)])
async def test_line_19_days_open_in_hong_kong_unless_asked_otherwise(
    lively: Exchange, bar: str, hour: int
) -> None:
    async with running(exchange=lively) as sim:
        rows = (await sim.get("market/candles", instId=INST, bar=bar))["data"]
        hours = {int(row[0]) // 3_600_000 % 24 for row in rows}
        assert hour in hours
        assert len(rows) > 3


async def test_line_20_trades_are_consecutive_and_paged_by_id(lively: Exchange) -> None:
    async with running(exchange=lively) as sim:
        first = (await sim.get("market/history-trades", instId=INST, limit="5"))["data"]
        after = first[-1]["tradeId"]
        rest = (await sim.get("market/history-trades", instId=INST, limit="5", after=after))["data"]
        ids = [int(row["tradeId"]) for row in first + rest]
        assert ids == list(range(ids[0], ids[0] - 10, -1))
        direct = (await sim.get("market/trades", instId=INST, limit="10"))["data"]
        assert [row["tradeId"] for row in direct] == [str(one) for one in ids]


async def test_line_21_the_history_shows_the_rate_that_was_charged() -> None:
    async with running() as sim:
        await sim.post("trade/order", ioc_order(sz="1"))
        due = sim.exchange.now_ms + 1000
        sim.exchange.set_funding(INST, funding(due, due))
        sim.exchange.advance(due)
        history = (await sim.get("public/funding-rate-history", instId=INST))["data"]
        (bill,) = (await sim.get("account/bills", type="8"))["data"]
        mark = sim.exchange.mark_px(INST)
        charged = -Decimal(bill["balChg"]) / (mark * Decimal("0.01"))
        assert Decimal(history[0]["realizedRate"]) == charged
        now = (await sim.get("public/funding-rate", instId=INST))["data"][0]
        assert int(now["nextFundingTime"]) - int(now["fundingTime"]) == 8 * 3_600_000


async def test_line_21_open_interest_counts_every_long() -> None:
    async with running() as sim:
        before = await interest(sim.get("public/open-interest", instType="SWAP"))
        await sim.post("trade/order", ioc_order(sz="2"))
        assert await interest(sim.get("public/open-interest", instType="SWAP")) == before + 2


async def interest(asked: object) -> Decimal:
    reply: Json = await asked  # type: ignore[misc]
    return Decimal(reply["data"][0]["oi"])


async def test_line_22_prices_move_together_and_bound_orders() -> None:
    async with running() as sim:
        sim.exchange.jump(INST, Decimal("0.01"))
        mark = (await sim.get("public/mark-price", instType="SWAP"))["data"][0]["markPx"]
        index = (await sim.get("market/index-tickers", instId="BTC-USDT"))["data"][0]["idxPx"]
        band = (await sim.get("public/price-limit", instId=INST))["data"][0]
        assert Decimal(index) == 101_000
        assert abs(Decimal(mark) - 101_000) < 20
        assert Decimal(band["sellLmt"]) < Decimal(index) < Decimal(band["buyLmt"])
        far = limit_order(side="sell", px="90000", clOrdId="f1", sz="0.1")
        assert (await sim.post("trade/order", far))["data"][0]["sCode"] == "51006"
        moved = await sim.post("trade/order", far | {"pxAmendType": "1"})
        order = (await sim.get("trade/order", instId=INST, clOrdId="f1"))["data"][0]
        assert (moved["code"], order["px"]) == ("0", band["sellLmt"])
