"""How long orders have been in doubt, and what that costs: an alert, a halt, a person.

Reconcile asks it with every look. Two hours after the send the exchange may have forgotten an
order that never filled: from then on absence can't be proven and only an operator may decide.
"""

from collections.abc import Callable, Iterable
from typing import Final

from tai2.engine.alarm import Alarm
from tai2.engine.upkeep import Upkeep
from tai2.model.order import Order

ALERT_MS: Final = 120_000
HALT_MS: Final = 15 * 60_000
PROVABLE_MS: Final = 2 * 3_600_000
"""Never-filled orders leave the exchange's lists after this. Source: OKX v5, order history."""

Report = Callable[[str, bool, str], None]
"""part, is_ok, detail."""


class Doubts:
    """Watches the age of ambiguous orders."""

    def __init__(self, alarm: Alarm, report: Report, upkeep: Upkeep) -> None:
        self._alarm = alarm
        self._report = report
        self._upkeep = upkeep

    def is_provable(self, order: Order, now_ms: int) -> bool:
        """Tell whether the exchange would still know an order that it had accepted.

        What it denies during or after a maintenance that touched the order proves nothing.
        """
        if order.sent_ms is None or now_ms - order.sent_ms >= PROVABLE_MS:
            return False
        return not self._upkeep.disturbs(order.sent_ms, now_ms)

    async def look(self, orders: Iterable[Order], now_ms: int) -> None:
        """Alert after two minutes of doubt, halt after fifteen."""
        doubtful = [o for o in orders if o.state.is_ambiguous and o.sent_ms is not None]
        ages = {order.intent.cl_ord_id: now_ms - (order.sent_ms or now_ms) for order in doubtful}
        oldest_ms = max(ages.values(), default=0)
        if oldest_ms < ALERT_MS:
            self._report("orders", True, "none in doubt")  # noqa: FBT003 - part, is_ok, detail
            return
        names = ", ".join(name for name, age_ms in ages.items() if age_ms >= ALERT_MS)
        text = f"nobody knows what became of {names}"
        self._report("orders", False, text)  # noqa: FBT003 - part, is_ok, detail
        if oldest_ms >= HALT_MS:
            await self._alarm.halt("order_in_doubt", f"{text}; look for it at the exchange itself")
