"""What may go wrong inside the exchange, and what its documentation leaves open.

Knobs and tests set it, the matcher, stops and checks ask it. A switch holds until it's set
again; a one-shot strikes the next order only. It must never act by itself or by chance.
"""

from dataclasses import dataclass, field, fields
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """The next order fills only in part."""

    share: Decimal
    """Of its size, rounded down to a lot."""
    fills: int = 1
    """Executions that it comes in, each with a push of its own."""


@dataclass(slots=True, kw_only=True)
class Quirks:
    """Switches with their defaults, then one-shots."""

    reduce_only_excess: str = "trim"
    """A reduce-only order beyond the position: trim (amendSource 4) or refuse (51112)."""
    market_rest: str = "cancel"
    """What a market order left over at the band's edge: cancel (cancelSource 15) or rest."""
    tick_code: str = "51150"
    """Code for a price off the tick: 51150 or 51000."""
    no_px_code: str = "51204"
    """Code for a limit order without a price: 51204 or 51000."""
    attach_on: str = "ended"
    """Attached stops come when the parent ended (for what it filled) or only when full."""
    timer_algos: str = "survive"
    """Stops when cancel-all-after strikes: survive or cancel."""
    amend_ms: int = 0
    """How long an amendment is under way before it takes effect; at most 3 a time an order."""
    hide_order_ms: int = 0
    """GET order and orders-pending don't see an order younger than this."""
    partials: list[Partial] = field(default_factory=list)
    """For the next orders, first one first."""
    late_ms: list[int] = field(default_factory=list)
    """The next orders are acknowledged at once but meet the book only this much later."""
    vanishing: int = 0
    """So many next orders are acknowledged and then cancelled by the system, unfilled."""

    def take_partial(self) -> Partial | None:
        """Return the trouble of the order at hand; None = fill it."""
        return self.partials.pop(0) if self.partials else None

    def take_late_ms(self) -> int:
        """Return how long the order at hand waits, 0 = not at all."""
        return self.late_ms.pop(0) if self.late_ms else 0

    def take_vanishing(self) -> bool:
        """Tell whether the order at hand vanishes."""
        if not self.vanishing:
            return False
        self.vanishing -= 1
        return True

    def reset(self) -> None:
        """Set every field to its default."""
        fresh = Quirks()
        for one in fields(self):
            setattr(self, one.name, getattr(fresh, one.name))
