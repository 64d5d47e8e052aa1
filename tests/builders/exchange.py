"""A small exchange for tests: BTC-USDT-SWAP, 5x, a quoted book and short ways to trade."""

from decimal import Decimal

from tai2.sim.exchange.exchange import Exchange
from tai2.sim.exchange.records import Ack, NewAlgo, NewOrder, OrderView, SimEvent, Stop
from tai2.sim.log import EventLog
from tai2.sim.market.listings import BTC

INST = BTC.inst_id
START_MS = 1_725_003_123_000


def number(text: str | int) -> Decimal:
    return Decimal(text)


def opened_exchange(
    *, log: EventLog | None = None, cash: int = 10_000, lever: int = 5, seed: int = 1
) -> Exchange:
    """Return an exchange at START_MS with 100 contracts at 99 999.9 and at 100 000."""
    exchange = Exchange(
        [BTC], cash={"USDT": Decimal(cash)}, lever=Decimal(lever), seed=seed, log=log
    )
    exchange.advance(START_MS)
    quote(exchange, "99999.9", "100000")
    exchange.set_index(INST, Decimal(100_000))
    return exchange


def quote(exchange: Exchange, bid: str, ask: str, depth: str = "100") -> None:
    exchange.set_book(INST, {Decimal(bid): Decimal(depth)}, {Decimal(ask): Decimal(depth)})


def send(
    exchange: Exchange,
    side: str,
    sz: str,
    px: str | None = None,
    *,
    ord_type: str = "limit",
    cl_ord_id: str = "",
    reduce_only: bool = False,
    stops: tuple[Stop, ...] = (),
) -> Ack:
    return exchange.place(
        NewOrder(
            inst_id=INST,
            side=side,
            ord_type=ord_type,
            sz=Decimal(sz),
            px=None if px is None else Decimal(px),
            cl_ord_id=cl_ord_id,
            reduce_only=reduce_only,
            stops=stops,
        )
    )


def sent(exchange: Exchange, ack: Ack) -> OrderView:
    order = exchange.order(INST, ack.ord_id)
    assert order is not None
    return order


def guard(sl: str | None = "97000", tp: str | None = "105000", *, name: str = "s2a") -> Stop:
    return Stop(
        algo_cl_ord_id=name,
        sl_trigger_px=None if sl is None else Decimal(sl),
        sl_trigger_px_type="mark",
        tp_trigger_px=None if tp is None else Decimal(tp),
    )


def alone(side: str = "sell", *, sz: str | None = None, stop: Stop | None = None) -> NewAlgo:
    return NewAlgo(
        inst_id=INST,
        side=side,
        ord_type="oco",
        sz=None if sz is None else Decimal(sz),
        close_fraction=sz is None,
        reduce_only=True,
        algo_cl_ord_id="s2b",
        stop=stop or guard(name="s2b"),
    )


def recorded(exchange: Exchange) -> list[SimEvent]:
    events: list[SimEvent] = []
    exchange.subscribe(events.append)
    return events
