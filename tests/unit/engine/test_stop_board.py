"""What the board shows of our stops: the exchange's list, made newer by pushes."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
import structlog

from tai2.engine.stop_board import StopBoard
from tai2.model.errors import VenueUnavailable
from tai2.model.ids import AlgoClOrdId, InstId
from tai2.model.instrument import Side
from tai2.model.money import Contracts, Px
from tai2.model.order import StopOrder
from tai2.model.stop_update import StopState, StopUpdate

INST = InstId("BTC-USDT-SWAP")


def stop(algo_id: str = "7", owner: str = "s2main01", px: int = 99_000) -> StopOrder:
    return StopOrder(
        inst_id=INST,
        algo_id=algo_id,
        algo_cl_ord_id=AlgoClOrdId(owner),
        side=Side.SELL,
        contracts=Contracts(Decimal(2)),
        stop_px=Px(Decimal(px)),
        target_px=None,
    )


def pushed(of: StopOrder, state: StopState, code: str = "") -> StopUpdate:
    return StopUpdate(stop=of, state=state, fail_code=code, u_time=5)


class Listing:
    """The part of a venue that lists stops."""

    def __init__(self, *stops: StopOrder) -> None:
        self.stops_listed = stops
        self.is_down = False
        self.meanwhile: Any = lambda: None

    async def stops(self, _inst_ids: Sequence[InstId]) -> tuple[StopOrder, ...]:
        if self.is_down:
            raise VenueUnavailable("away")
        listed = self.stops_listed
        self.meanwhile()
        return listed


def board(listing: Listing) -> StopBoard:
    return StopBoard(listing, "main")  # type: ignore[arg-type]


async def test_list_shows_our_stops_only() -> None:
    made = board(Listing(stop(), stop("8", owner="foreign")))
    assert made.live is None
    assert await made.read([INST]) == (stop(),) == made.live


async def test_end_of_a_stop_is_seen_before_the_next_list() -> None:
    made = board(Listing(stop(), stop("8")))
    await made.read([INST])
    made.on_stop(pushed(stop(), StopState.TRIGGERED))
    assert made.live == (stop("8"),)
    assert made.news.is_set()


async def test_older_list_never_revives_a_stop_that_is_over() -> None:
    listing = Listing(stop())
    made = board(listing)
    listing.meanwhile = lambda: made.on_stop(pushed(stop(), StopState.CANCELED))
    assert await made.read([INST]) == ()
    listing.meanwhile = lambda: None
    assert await made.read([INST]) == ()  # a list may lag behind for longer
    made.on_stop(pushed(stop(), StopState.LIVE))
    assert made.live == ()


async def test_stop_that_left_the_list_is_forgotten() -> None:
    listing = Listing(stop())
    made = board(listing)
    made.on_stop(pushed(stop(), StopState.CANCELED))
    listing.stops_listed = ()
    await made.read([INST])
    assert made._over == set()


async def test_new_and_amended_stops_are_shown_at_once() -> None:
    made = board(Listing())
    await made.read([INST])
    made.on_stop(pushed(stop(), StopState.LIVE))
    made.on_stop(pushed(stop(px=98_000), StopState.LIVE))
    assert made.live == (stop(px=98_000),)
    made.on_stop(pushed(stop(), StopState.PAUSED))
    assert made.live == ()


async def test_push_before_the_first_look_proves_nothing_of_the_others() -> None:
    made = board(Listing(stop()))
    made.on_stop(pushed(stop("8"), StopState.LIVE))
    assert made.live is None
    assert made.news.is_set()


async def test_foreign_stops_stir_nobody() -> None:
    made = board(Listing())
    await made.read([INST])
    made.on_stop(pushed(stop(owner="foreign"), StopState.LIVE))
    assert (made.live, made.news.is_set()) == ((), False)


async def test_failed_reading_keeps_what_was_known() -> None:
    listing = Listing(stop())
    made = board(listing)
    await made.read([INST])
    listing.is_down = True
    with pytest.raises(VenueUnavailable):
        await made.read([INST])
    assert made.live == (stop(),)


def test_refused_child_of_a_stop_is_an_error_told_once() -> None:
    made = board(Listing())
    with structlog.testing.capture_logs() as told:
        for _ in range(2):
            made.on_stop(pushed(stop(), StopState.FAILED, "51008"))
        made.on_stop(pushed(stop("8"), StopState.TRIGGERED))
    assert [(one["event"], one["log_level"]) for one in told] == [
        ("stop_failed", "error"),
        ("stop_ended", "info"),
    ]
    assert told[0]["code"] == "51008"
