"""What `tai2 panic` does at the exchange, past the daemon: cancel what rests, close what is ours.

The command line drives it, step by step. It must never touch an order or a position of others,
and leaves every stop where it is until the exchange shows its position flat.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from tai2.daemon.assembly import Engine
from tai2.daemon.exchanges import OpenExchange
from tai2.daemon.panic.scene import Place, engine_of
from tai2.daemon.verb_summary import done_lines, summary_of
from tai2.engine.clock import WallClock
from tai2.model.errors import VenueUnavailable
from tai2.model.ids import is_own
from tai2.model.order import Accepted, OrderUpdate
from tai2.ports.venue import Venue
from tai2.store.latch import LatchWriter
from tai2.wire.verbs import ClosedRow, Summary, Verb

GONE_S: Final = 5.0
"""A cancelled entry may be listed for so long."""
STEP_S: Final = 0.25

Tell = Callable[[str], None]
"""Takes one line of progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What became of our positions."""

    closed: tuple[ClosedRow, ...]
    in_doubt: int
    """Orders of ours that may still work."""
    lines: tuple[str, ...]

    @property
    def is_done(self) -> bool:
        """True when the exchange shows that nothing of ours is left."""
        return not self.in_doubt and all(row.remaining == 0 for row in self.closed)


class Panic:
    """One desk, seen from outside of its daemon."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._inst_ids = tuple(engine.markets)

    def summary(self) -> Summary:
        """Return in numbers what closing would do now."""
        return summary_of(self._engine, Verb.FLATTEN, self._inst_ids)

    async def close(self, tell: Tell) -> Closing:
        """Close every position of ours, reduce-only, and take the stops of those that are flat.

        Raises:
            JournalFailed: An order can't be written ahead, so it wasn't sent.
        """
        engine, closer = self._engine, self._engine.closer
        engine.executor.is_open = True
        gone, in_doubt = await closer.cancel(self._inst_ids)
        rows = []
        for owned in closer.owned():
            inst_id = owned.position.inst_id
            tell(f"closing {inst_id}")
            closed = await closer.close(inst_id)
            rows.append(
                ClosedRow(
                    inst_id=inst_id,
                    contracts=closed.contracts,
                    remaining=closed.remaining,
                    detail=closed.detail,
                )
            )
        if flat := tuple(row.inst_id for row in rows if row.remaining == 0):
            await closer.sweep_stops(flat)
        await self._record()
        lines = done_lines(Verb.FLATTEN, gone, in_doubt, tuple(rows))
        return Closing(closed=tuple(rows), in_doubt=in_doubt, lines=tuple(lines))

    async def _record(self) -> None:
        """Have the fills recorded; what can't be read now, the daemon's next start reads."""
        try:
            await self._engine.reconcile.sweep()
        except VenueUnavailable:
            return


@asynccontextmanager
async def panicking(
    place: Place, exchange: OpenExchange, writer: LatchWriter | None
) -> AsyncIterator[Panic]:
    """Yield the desk; at the end a journal that is ours holds the halt and the latch is off.

    writer: None = only looking.

    Raises:
        Tai2Error: The exchange can't be asked, or the journal can't be used.
    """
    async with AsyncExitStack() as stack:
        engine = await engine_of(place, exchange, writer, stack)
        try:
            yield Panic(engine)
        finally:
            if writer is not None and place.is_durable:
                writer.close()
                await engine.takeover.look()


async def cancel_resting(venue: Venue, instance: str) -> tuple[int, int]:
    """Cancel every order of ours that rests; return how many are gone and how many may still work.

    It needs no journal: our ids carry our name.

    Raises:
        VenueUnavailable: The exchange can't be asked.
    """
    clock = WallClock()
    ours = await _resting(venue, instance)
    outcomes = [
        await venue.cancel(order.inst_id, order.cl_ord_id) for order in ours if order.cl_ord_id
    ]
    until_s = clock.monotonic_s() + GONE_S
    while left := await _resting(venue, instance):
        is_refused = not any(isinstance(outcome, Accepted) for outcome in outcomes)
        if is_refused or clock.monotonic_s() >= until_s:
            break
        await clock.sleep(STEP_S)
    return len(ours) - len(left), len(left)


async def _resting(venue: Venue, instance: str) -> list[OrderUpdate]:
    return [one for one in await venue.open_orders() if is_own(one.cl_ord_id or "", instance)]
