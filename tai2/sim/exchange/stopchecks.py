"""What the exchange refuses of stand-alone stops, with its own codes.

The facade asks before it gives a stop to the engine; the first refusal counts.
Checks must never change anything.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal

from tai2.sim.exchange.checks import CLIENT_ID, Refusal, contracts_of, has_algo
from tai2.sim.exchange.core import Core
from tai2.sim.exchange.records import NewAlgo, Spring, Stop
from tai2.sim.exchange.stops import crossed


def refuse_algo(core: Core, order: NewAlgo) -> Refusal | None:
    """Return the first reason against a stop; None = take it."""
    return next(_algo(core, order), None)


def _algo(core: Core, order: NewAlgo) -> Iterator[Refusal]:
    listing = core.listings.get(order.inst_id)
    if listing is None:
        yield Refusal("51001", f"Instrument ID {order.inst_id} does not exist")
        return
    yield from _form(core, order)
    if order.spring is not None:
        yield from _spring(order, order.spring)
        return
    legs = [px for px in (order.stop.sl_trigger_px, order.stop.tp_trigger_px) if px is not None]
    if order.ord_type not in ("conditional", "oco") or len(legs) < (order.ord_type == "oco") + 1:
        yield Refusal("51000", "Parameter ordType error")
    if (order.sz is None) != order.close_fraction:
        yield Refusal("51000", "Exactly one of sz and closeFraction is needed")
    if order.sz is not None:
        yield from contracts_of(listing.spec, order.sz)
    if any(px <= 0 or px % listing.spec.tick_sz for px in legs):
        yield Refusal(
            "51150", f"The precision of the price must be a multiple of {listing.spec.tick_sz}"
        )
    code = wrong_side(order, listing.price)
    if code:
        yield Refusal(code, "The trigger price is on the wrong side of the current price")


def _form(core: Core, order: NewAlgo) -> Iterator[Refusal]:
    if order.side not in ("buy", "sell"):
        yield Refusal("51000", "Parameter side error")
    if order.algo_cl_ord_id and not CLIENT_ID.fullmatch(order.algo_cl_ord_id):
        yield Refusal("51000", "Parameter algoClOrdId error")
    if order.algo_cl_ord_id and has_algo(core, order.algo_cl_ord_id):
        yield Refusal("51065", "algoClOrdId already exists")


def _spring(order: NewAlgo, spring: Spring) -> Iterator[Refusal]:
    if order.ord_type == "trigger" and spring.trigger_px is None:
        yield Refusal("51000", "Parameter triggerPx error")
    one_way = (spring.ratio is None) != (spring.spread is None)
    if order.ord_type == "move_order_stop" and not one_way:
        yield Refusal("51000", "Exactly one of callbackRatio and callbackSpread is needed")
    if order.sz is None:
        yield Refusal("51000", "Parameter sz error")


def wrong_side(order: NewAlgo, px_of: Callable[[str], Decimal | None]) -> str:
    """Return the exchange's code for a trigger that the price has already passed, else ""."""
    stop: Stop = order.stop
    sells = order.side == "sell"
    if crossed(stop.sl_trigger_px, px_of(stop.sl_trigger_px_type), falling=sells):
        return "51280" if sells else "51278"
    if crossed(stop.tp_trigger_px, px_of(stop.tp_trigger_px_type), falling=not sells):
        return "51279" if sells else "51277"
    return ""
