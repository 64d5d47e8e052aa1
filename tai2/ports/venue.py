"""The private side of an exchange as a port: read the account, send one order, watch it.

The okx adapter implements it over the network, the simulator in process; one contract suite
holds both. `place` must send at most one request, whatever happens, and must never raise for
what the exchange or the network did: that is an Outcome.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Protocol

from tai2.model.account import Account, AccountConfig, Bill, FeeRates
from tai2.model.ids import ClOrdId, InstId, OrdId
from tai2.model.maintenance import Maintenance
from tai2.model.order import (
    Fill,
    OrderIntent,
    OrderUpdate,
    Outcome,
    StopIntent,
    StopOrder,
)
from tai2.model.stop_update import StopUpdate

PrivateEvent = OrderUpdate | StopUpdate | Account
"""A push from the exchange about this account."""

PrivateSink = Callable[[PrivateEvent], None]
"""Takes one push, synchronously and without raising."""


class OrderGateway(Protocol):
    """Sends orders and cancels."""

    async def place(self, intent: OrderIntent, exp_ms: int) -> Outcome:
        """Send one order, once. The exchange drops it when it arrives after exp_ms."""
        ...

    async def cancel(self, inst_id: InstId, cl_ord_id: ClOrdId) -> Outcome:
        """Ask to cancel an order. Idempotent: an order already gone is Accepted."""
        ...

    async def place_stop(self, stop: StopIntent) -> Outcome:
        """Place a stand-alone reduce-only stop."""
        ...

    async def cancel_stop(self, inst_id: InstId, algo_id: str) -> Outcome:
        """Cancel a stop. Idempotent: a stop already gone is Accepted."""
        ...

    async def cancel_all_after(self, timeout_s: int) -> int | None:
        """Have our resting entries cancelled at the exchange unless this is asked again in time.

        Stops, targets and orders of others stay. Asking again starts the countdown anew.

        Args:
            timeout_s: 10 to 120, or 0 to disarm.

        Returns:
            When it would fire, by the exchange's clock, ms UTC; None = disarmed.

        Raises:
            VenueUnavailable: Not confirmed: it may be armed or not.
        """
        ...


class OrderReader(Protocol):
    """Asks what became of orders. Each raises VenueUnavailable when it can't know."""

    async def order(self, inst_id: InstId, cl_ord_id: ClOrdId) -> OrderUpdate | None:
        """Return an order's state; None = the exchange says that it doesn't exist."""
        ...

    async def order_by_id(self, inst_id: InstId, ord_id: OrdId) -> OrderUpdate | None:
        """Return the state of an order that carries no client id (child of a stop)."""
        ...

    async def open_orders(self) -> tuple[OrderUpdate, ...]:
        """Return every order that can still execute, foreign ones included."""
        ...

    async def closed_orders(self, inst_id: InstId, since_ms: int) -> tuple[OrderUpdate, ...]:
        """Return orders of an instrument that ended since a time (ms UTC), newest first."""
        ...

    async def fills(self, since_ms: int) -> tuple[Fill, ...]:
        """Return fills since a time (inclusive, ms UTC), oldest first, paged to the end."""
        ...

    async def stops(self, inst_ids: Sequence[InstId]) -> tuple[StopOrder, ...]:
        """Return live stops on the instruments named."""
        ...


class AccountReader(Protocol):
    """Reads the account. Each raises VenueUnavailable when it can't know."""

    async def config(self) -> AccountConfig: ...

    async def account(self) -> Account:
        """Return balance and open positions."""
        ...

    async def fee_rates(self, inst_id: InstId) -> FeeRates: ...

    async def leverage(self, inst_id: InstId) -> Decimal:
        """Return the cross leverage in force on an instrument; 1 for spot."""
        ...

    async def bills(self, since_ms: int) -> tuple[Bill, ...]:
        """Return changes of the balance since a time (inclusive, ms UTC), oldest first."""
        ...

    async def server_time_ms(self) -> int:
        """Return the exchange's clock, corrected by half the round trip, ms UTC."""
        ...


class StatusReader(Protocol):
    """Reads what the exchange says of itself."""

    async def maintenances(self) -> tuple[Maintenance, ...]:
        """Return maintenances that are announced, under way or lately over.

        Raises:
            VenueUnavailable: It can't be asked.
        """
        ...


class PrivateStream(Protocol):
    """Pushes about this account."""

    async def watch(self, sink: PrivateSink, on_gap: Callable[[], None]) -> None:
        """Deliver pushes until cancelled; reconnects by itself.

        on_gap is called after each (re)connection, once subscriptions are acknowledged:
        pushes may have been missed, so orders, fills, positions and stops must be read again.
        """
        ...

    def heard_s(self) -> float:
        """Return when `watch` last made progress (see MarketFeed.heard_s)."""
        ...


class Venue(OrderGateway, OrderReader, AccountReader, StatusReader, PrivateStream, Protocol):
    """All of it; parts of the engine ask for the smallest piece that they need."""
