"""Paper against an exchange that is played live: its depth, its queue, its funding, our fees."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from tai2.daemon.paper import PaperFeed, PaperMarket, PaperVenue, paper_spec
from tai2.model.ids import InstId
from tai2.model.instrument import Side
from tai2.model.market import MarketEvent, PublicTrade
from tai2.model.order import Accepted, Leg
from tai2.okx.connect import connect
from tai2.okx.credentials import Endpoints
from tai2.sim.exchange.exchange import Exchange
from tai2.sim.exchange.records import NewOrder
from tests.builders.orders import intent
from tests.wire.sim_server_support import INST, Sim, WallClock, funding, quote, running

MAKER, TAKER = Decimal("0.0002"), Decimal("0.0005")
ONE = Decimal("0.01")
"""Base currency in a contract."""


class Desk:
    """A paper account beside the exchange whose public data it lives on."""

    def __init__(self, sim: Sim, exchange: Exchange, venue: PaperVenue) -> None:
        self.sim = sim
        self.exchange = exchange
        self.venue = venue
        self.heard: list[MarketEvent] = []
        self._news = asyncio.Event()

    def take(self, event: MarketEvent) -> None:
        self.heard.append(event)
        self._news.set()

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for events of the exchange until something is so."""
        async with asyncio.timeout(30):
            while not is_so():
                self._news.clear()
                await self._news.wait()

    async def sees(self, mid: str) -> None:
        """Quote the exchange and wait until paper's own book shows it."""
        quote(self.sim.exchange, mid)
        best = Decimal(mid) - Decimal("0.1")

        def is_seen() -> bool:
            self.venue._market.refresh(InstId(INST))
            bids = self.exchange.book(INST, 1).bids
            return bool(bids) and bids[0][0] == best

        await self.until(is_seen)

    def trades(self) -> int:
        return sum(isinstance(event, PublicTrade) for event in self.heard)

    def cash(self) -> Decimal:
        return self.exchange.balance().cash_bal


@contextlib.asynccontextmanager
async def papered(sim: Sim) -> AsyncIterator[Desk]:
    here = Endpoints(rest_url=sim.server.rest_url, ws_url=sim.server.ws_url, is_demo=False)
    feed, public = connect(here, None, WallClock())
    await public.server_time_ms()
    (listed,) = await feed.instruments([InstId(INST)])
    exchange = Exchange([paper_spec(listed, MAKER, TAKER)], cash={"USDT": Decimal(10_000)}, seed=1)
    market = PaperMarket(exchange, public.server_clock.now_ms, WallClock())
    desk = Desk(sim, exchange, PaperVenue(exchange, market, public))
    async with asyncio.TaskGroup() as tasks:
        streaming = tasks.create_task(PaperFeed(feed, market).stream([InstId(INST)], desk.take))
        await desk.sees("100000")
        await desk.until(lambda: exchange.mark_px(INST) > 0)
        async with asyncio.timeout(30):
            while not feed._streams[0].is_up:  # noqa: ASYNC110 - the stream tells nobody
                await asyncio.sleep(0.01)
        yield desk
        streaming.cancel()
    await public.aclose()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with running() as sim, papered(sim) as made:
        yield made


async def test_taker_walks_the_live_depth_and_pays_the_taker_fee(desk: Desk) -> None:
    order = intent(inst_id=InstId(INST), contracts=Decimal(8), limit_px=Decimal(100_100))
    assert order.stop is not None
    stop = replace(order.stop, stop_px=Decimal(97_000), target_px=Decimal(105_000))
    outcome = await desk.venue.place(replace(order, stop=stop), desk.sim.clock.now_ms() + 5_000)
    assert isinstance(outcome, Accepted)
    fills = await desk.venue.fills(0)
    prices = Decimal("100000.1"), Decimal("100000.2")
    assert [(fill.px, fill.contracts) for fill in fills] == [(prices[0], 5), (prices[1], 3)]
    assert [fill.fee for fill in fills] == [
        -5 * ONE * prices[0] * TAKER,
        -3 * ONE * prices[1] * TAKER,
    ]
    assert desk.sim.exchange.fills() == []  # nothing reached the exchange itself
    leaving = {"leg": Leg.EXIT, "side": Side.SELL, "reduce_only": True, "stop": None}
    closing = replace(
        order, **leaving, contracts=Decimal(8), limit_px=Decimal(99_000), cl_ord_id="t2x"
    )
    await desk.venue.place(closing, desk.sim.clock.now_ms() + 5_000)
    assert (await desk.venue.account()).positions == ()


async def test_resting_order_waits_behind_the_live_queue_and_pays_the_maker_fee(
    desk: Desk,
) -> None:
    px = Decimal("99999.9")
    rest = NewOrder(inst_id=INST, side="buy", ord_type="limit", sz=Decimal(2), px=px)
    ack = desk.exchange.place(rest)

    def filled() -> Decimal:
        order = desk.exchange.order(INST, ack.ord_id)
        assert order is not None
        return order.acc_fill_sz

    async def trade(contracts: int) -> None:
        tape = desk.trades()
        desk.sim.exchange.print_trade(INST, "sell", px, Decimal(contracts))
        await desk.until(lambda: desk.trades() > tape)

    await trade(4)
    assert filled() == 0  # five stood there before it
    await trade(2)
    assert filled() == 1
    await trade(1)
    assert filled() == 2
    fills = await desk.venue.fills(0)
    assert [(fill.px, fill.is_maker) for fill in fills] == [(px, True), (px, True)]
    assert sum(fill.fee for fill in fills) == -2 * ONE * px * MAKER


async def test_funding_is_charged_at_the_live_mark_when_the_exchange_s_time_comes() -> None:
    async with running() as sim:
        now_ms = sim.clock.now_ms()
        told = replace(funding(now_ms + 3_000, now_ms), rate=Decimal("0.001"))
        sim.exchange.set_funding(INST, told)
        async with papered(sim) as desk:
            await desk.until(lambda: desk.exchange.funding(INST) is not None)
            order = NewOrder(inst_id=INST, side="buy", ord_type="market", sz=Decimal(2))
            assert desk.exchange.place(order).s_code == "0"
            before, mark = desk.cash(), desk.exchange.mark_px(INST)
            while desk.cash() == before:
                await desk.sees("100000")
                await asyncio.sleep(0.05)
            (held,) = desk.exchange.positions()
            assert desk.cash() - before == -2 * ONE * mark * Decimal("0.001")
            assert desk.exchange.now_ms >= now_ms + 3_000
            assert held.funding_fee == desk.cash() - before
