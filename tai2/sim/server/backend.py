"""What every endpoint and channel needs: the exchange behind, the clock and the account's key.

Endpoints get it as their first argument. It looks instruments up by the protocol's rules and
must never hold state of its own, so that REST and WebSocket can't disagree.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tai2.ports.clock import Clock
from tai2.sim.exchange.exchange import Exchange
from tai2.sim.exchange.records import InstSpec
from tai2.sim.server.credentials import ApiKey
from tai2.sim.server.faults import Faults
from tai2.sim.server.params import Params, Row
from tai2.sim.server.refusals import ApiRefusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """The simulated venue as seen from the network."""

    exchange: Exchange
    clock: Clock
    key: ApiKey
    faults: Faults = field(default_factory=Faults)

    def now_ms(self) -> int:
        """Return the exchange's clock as clients see it, ms UTC; a fault may skew it."""
        return self.clock.now_ms() + self.faults.skew_ms

    def catch_up(self) -> None:
        """Move the exchange to now, so that what happens next is stamped with its own time."""
        now_ms = self.clock.now_ms()
        if now_ms > self.exchange.now_ms:
            self.exchange.advance(now_ms)

    def find(self, inst_id: str) -> InstSpec | None:
        """Return an instrument; None = not listed."""
        return next((spec for spec in self.exchange.specs() if spec.inst_id == inst_id), None)

    def listed(self, params: Params) -> InstSpec:
        """Return the instrument named by instId; raises ApiRefusal 50014 or 51001."""
        spec = self.find(params.need("instId"))
        if spec is None:
            raise ApiRefusal("51001")
        return spec

    def matching(self, params: Params) -> list[InstSpec]:
        """Return the instruments that instType, instFamily and instId select.

        Raises:
            ApiRefusal: 50014 without instType, 51001 when instId names none of them.
        """
        inst_type = params.choice("instType", ("SPOT", "SWAP", "FUTURES", "OPTION", "MARGIN"))
        family, inst_id = params.text("instFamily"), params.text("instId")
        found = [
            spec
            for spec in self.exchange.specs()
            if spec.inst_type == inst_type
            and family in ("", spec.inst_family)
            and inst_id in ("", spec.inst_id)
        ]
        if inst_id and not found:
            raise ApiRefusal("51001")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One authenticated request."""

    params: Params
    """Of the query string, or of the JSON object."""
    batch: tuple[Params, ...] = ()
    """The elements of a JSON array."""
    sent_ms: int | None = None
    """When the client says that it signed the request."""
    exp_time_ms: int | None = None
    """The client wants it dropped when it is processed later than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an endpoint replies."""

    rows: Sequence[Row | list[str]]
    """Objects, or candles as columns."""
    code: str = "0"
    msg: str = ""


Endpoint = Callable[[Backend, Call], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One endpoint with the permission that it asks for."""

    method: str
    path: str
    """Behind /api/v5/."""
    endpoint: Endpoint
    permission: str = ""
    """"" = public, else read_only or trade."""
    timed: bool = False
    """True = the reply carries inTime and outTime."""


Reader = Callable[[Backend, Params], Sequence[Row]]


def reading(path: str, reader: Reader, permission: str = "") -> Route:
    """Make a GET route of a function that returns rows."""

    def endpoint(backend: Backend, call: Call) -> Answer:
        return Answer(rows=reader(backend, call.params))

    return Route(method="GET", path=path, endpoint=endpoint, permission=permission)
