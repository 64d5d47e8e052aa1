"""A venue whose wire loses, hides, repeats and reorders, over one that does neither."""

from collections import deque
from collections.abc import Callable
from typing import Any

from tai2.model.errors import VenueUnavailable
from tai2.model.ids import ClOrdId
from tai2.model.order import NotSent, OrderIntent, OrderUpdate, Outcome, StopIntent, Unknown
from tai2.ports.venue import PrivateEvent, PrivateSink
from tai2.sim.venue import SimVenue


class LossyVenue:
    """Port Venue; each trouble is off until a test turns it on."""

    def __init__(self, venue: SimVenue, now_ms: Callable[[], int]) -> None:
        self._venue = venue
        self._now_ms = now_ms
        self.placed: list[OrderIntent] = []
        """Every order that was handed over: each must be there at most once."""
        self.exps: list[int] = []
        self.losses: deque[str] = deque()
        """before, after or unsent: what happens to the next orders' replies."""
        self.stop_losses: deque[str] = deque()
        """The same for stand-alone stops."""
        self.hide_order_for_ms = 0
        self._hidden: dict[ClOrdId, int] = {}
        self.is_down = False
        self.mute = False
        """Pushes are lost."""
        self.repeat = 1
        """How often each push arrives."""
        self.kept: list[PrivateEvent] | None = None
        """When a list: pushes wait there until deliver()."""
        self.on_place: Callable[[OrderIntent], None] = lambda _intent: None
        self._sinks: list[PrivateSink] = []

    def __getattr__(self, name: str) -> Any:
        if self.is_down:
            raise VenueUnavailable("the exchange is away")
        return getattr(self._venue, name)

    def heard_s(self) -> float:
        return self._venue.heard_s()

    async def place(self, intent: OrderIntent, exp_ms: int) -> Outcome:
        self.placed.append(intent)
        self.exps.append(exp_ms)
        self.on_place(intent)
        loss = self.losses.popleft() if self.losses else ""
        if loss in ("before", "unsent"):
            return Unknown(reason="lost") if loss == "before" else NotSent(reason="no route")
        if self.hide_order_for_ms:
            self._hidden[intent.cl_ord_id] = self._now_ms() + self.hide_order_for_ms
        outcome = await self._venue.place(intent, exp_ms)
        return Unknown(reason="lost") if loss == "after" else outcome

    async def place_stop(self, stop: StopIntent) -> Outcome:
        loss = self.stop_losses.popleft() if self.stop_losses else ""
        if loss == "before":
            return Unknown(reason="lost")
        outcome = await self._venue.place_stop(stop)
        return Unknown(reason="lost") if loss == "after" else outcome

    async def order(self, inst_id: Any, cl_ord_id: ClOrdId) -> OrderUpdate | None:
        if self.is_down:
            raise VenueUnavailable("the exchange is away")
        return None if self._is_hidden(cl_ord_id) else await self._venue.order(inst_id, cl_ord_id)

    async def open_orders(self) -> tuple[OrderUpdate, ...]:
        seen = await self._venue.open_orders()
        return tuple(one for one in seen if not self._is_hidden(one.cl_ord_id))

    async def closed_orders(self, inst_id: Any, since_ms: int) -> tuple[OrderUpdate, ...]:
        seen = await self._venue.closed_orders(inst_id, since_ms)
        return tuple(one for one in seen if not self._is_hidden(one.cl_ord_id))

    def attach(self, sink: PrivateSink) -> None:
        self._sinks.append(sink)
        self._venue.attach(self._push)

    def deliver(self, *, backwards: bool = False) -> None:
        """Let the kept pushes arrive, newest first when backwards."""
        kept, self.kept = self.kept or [], None
        for event in reversed(kept) if backwards else kept:
            self._push(event)

    def _push(self, event: PrivateEvent) -> None:
        if self.mute:
            return
        if self.kept is not None:
            self.kept.append(event)
            return
        for sink in self._sinks:
            for _ in range(self.repeat):
                sink(event)

    def _is_hidden(self, cl_ord_id: ClOrdId | None) -> bool:
        return cl_ord_id is not None and self._now_ms() < self._hidden.get(cl_ord_id, 0)
