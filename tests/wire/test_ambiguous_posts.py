"""Every way in which a POST's answer can be lost or spoilt, over OKX's protocol on loopback.

The simulator counts what it heard: one POST per client id, whatever the answer looked like.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from tai2.model.ids import AlgoClOrdId, ClOrdId, InstId
from tai2.model.money import Contracts, Px
from tai2.model.order import OrderIntent, OrderState, Rejected, StopPlan, Unknown
from tai2.okx.connect import connect
from tai2.okx.credentials import Credentials, Endpoints
from tai2.okx.venue import OkxVenue
from tai2.sim.exchange.exchange import Exchange
from tai2.sim.server.app import SimServer
from tests.builders.exchange import INST as NAME
from tests.builders.exchange import opened_exchange, quote
from tests.builders.orders import intent
from tests.wire.sim_server_support import WallClock

INST = InstId(NAME)
SIM = Credentials(api_key="sim", secret_key="sim", passphrase="sim")


class Venue:
    """The adapter, the server that it talks to, and the exchange behind."""

    def __init__(self, exchange: Exchange, server: SimServer, venue: OkxVenue) -> None:
        self.exchange, self.server, self.venue = exchange, server, venue

    async def place(self, exp_ms: int = 3_000) -> object:
        return await self.venue.place(order(), self.exchange.now_ms + exp_ms)

    def heard(self) -> int:
        return self.server.tally.heard[order().cl_ord_id]

    def held(self) -> int:
        known = (*self.exchange.history(), *self.exchange.pending())
        return sum(one.cl_ord_id == order().cl_ord_id for one in known)


def order() -> OrderIntent:
    stop = StopPlan(
        algo_cl_ord_id=AlgoClOrdId("s2ambiguous"),
        stop_px=Px(Decimal(97_000)),
        target_px=Px(Decimal(105_000)),
    )
    return intent(
        inst_id=INST,
        cl_ord_id=ClOrdId("t2ambiguous"),
        contracts=Contracts(Decimal(2)),
        stop=stop,
    )


@asynccontextmanager
async def opened() -> AsyncIterator[Venue]:
    clock = WallClock()
    exchange = opened_exchange(lever=2)
    exchange.advance(clock.now_ms())
    quote(exchange, "99999.9", "100000")
    server = SimServer(exchange, clock)
    await server.start()
    here = Endpoints(rest_url=server.rest_url, ws_url=server.ws_url, is_demo=False)
    _feed, venue = connect(here, SIM, clock)
    await venue.server_time_ms()
    try:
        yield Venue(exchange, server, venue)
    finally:
        await venue.aclose()
        await server.stop()


AFTER = (
    "drop_after_accept",
    "truncate keep=20",
    "html status=502 stage=after",
    "code code=50004 status=400 stage=after",
    "code code=51149 status=500 stage=after",
    "code code=51054 status=500 stage=after",
    "code code=50026 status=500 stage=after",
    "code code=50013 status=429 stage=after",
    "code code=50001 status=503 stage=after",
)
BEFORE = (
    "drop_before",
    "code code=50004 status=400 stage=before",
    "code code=51149 status=500 stage=before",
    "code code=51054 status=500 stage=before",
    "code code=50026 status=500 stage=before",
    "code code=50013 status=429 stage=before",
    "code code=50001 status=503 stage=before",
)


@pytest.mark.parametrize("fault", AFTER)
async def test_answer_lost_after_acceptance_is_unknown_and_one_order(fault: str) -> None:
    async with opened() as at:
        at.server.turn(fault)
        assert isinstance(await at.place(), Unknown)
        found = await at.venue.order(INST, order().cl_ord_id)
        assert found is not None
        assert (found.state, at.heard(), at.held()) == (OrderState.FILLED, 1, 1)
        (closed,) = await at.venue.closed_orders(INST, 0)
        assert closed.cl_ord_id == order().cl_ord_id


@pytest.mark.parametrize("fault", BEFORE)
async def test_answer_lost_before_acceptance_is_unknown_and_no_order(fault: str) -> None:
    async with opened() as at:
        at.server.turn(fault)
        assert isinstance(await at.place(), Unknown)
        assert await at.venue.order(INST, order().cl_ord_id) is None
        assert (at.heard(), at.held(), await at.venue.fills(0)) == (1, 0, ())


@pytest.mark.parametrize("code", ["51016", "50071"])
async def test_id_in_use_on_the_first_post_is_unknown_never_another_id(code: str) -> None:
    async with opened() as at:
        at.server.turn(f"reject code={code}")
        assert isinstance(await at.place(), Unknown)
        assert (at.heard(), at.held()) == (1, 0)


async def test_dripped_reply_ends_at_the_total_deadline_and_is_unknown() -> None:
    async with opened() as at:
        at.venue._transport.total_deadline_s = 0.5
        at.server.turn("drip over=16")
        assert isinstance(await at.place(), Unknown)
        assert (at.heard(), at.held()) == (1, 1)


async def test_ghost_send_that_arrives_late_is_refused_by_its_expiry() -> None:
    async with opened() as at:
        outcome = await at.place(exp_ms=-1_000)
        assert isinstance(outcome, Rejected)
        assert (outcome.is_expired, at.held()) == (True, 0)


async def test_order_cancelled_right_after_its_acceptance_has_no_fill() -> None:
    async with opened() as at:
        at.server.turn("ack_then_cancel")
        await at.place()
        found = await at.venue.order(INST, order().cl_ord_id)
        assert found is not None
        assert (found.state, found.acc_fill) == (OrderState.CANCELED, 0)


async def test_hidden_order_is_denied_then_shown() -> None:
    async with opened() as at:
        at.server.turn("hide_order_for ms=300")
        await at.place()
        denied = await at.venue.order(INST, order().cl_ord_id)
        while (found := await at.venue.order(INST, order().cl_ord_id)) is None:
            at.exchange.advance(WallClock().now_ms())
        assert (denied, found.state) == (None, OrderState.FILLED)


@pytest.mark.parametrize("code", ["51008", "50011", "51053"])
async def test_plain_refusal_is_told_once_and_nothing_is_sent_again(code: str) -> None:
    async with opened() as at:
        at.server.turn(f"reject code={code}")
        assert isinstance(await at.place(), Rejected)
        assert (at.heard(), at.held()) == (1, 0)
