"""The guards method of the socket: every guard measured now, by an entry that is only made up.

The handlers' table includes it. The made-up entry never leaves the gate; when a guard tripped
last is read from the recorded cycles.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tai2.daemon.assembly import Engine
from tai2.daemon.storage import Storage
from tai2.model.events import CycleRecord
from tai2.model.ids import InstId
from tai2.model.money import ZERO, trimmed
from tai2.model.verdict import Refusal
from tai2.risk.case import Case
from tai2.risk.gate import refusals_of
from tai2.risk.guards import GUARDS, Guard
from tai2.wire.guards import GUARDS as METHOD
from tai2.wire.guards import GuardRow, GuardsReply
from tai2.wire.method import NoParams, RawHandler, bind

CYCLES_READ: Final = 500
"""Recorded cycles that the last trips are looked for in."""
PLACES: Final = Decimal("0.0001")

Trips = Mapping[tuple[str, InstId], tuple[int, str]]
"""(code, instrument) → (time, what it said)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardHandlers:
    """Guard methods of one running daemon."""

    engine: Engine
    storage: Storage

    def table(self) -> Mapping[str, RawHandler]:
        """Return the dispatch table."""
        return {METHOD.name: bind(METHOD, self.guards)}

    async def guards(self, _params: NoParams) -> GuardsReply:
        """Return every guard with limit, current value and last trip."""
        trips = trips_of(await self.storage.recent.cycles(limit=CYCLES_READ, inst_id=None))
        rows: list[GuardRow] = []
        for inst_id in self.engine.markets:
            case = await self.engine.desk.probe(inst_id)
            rows += [row for row in rows_of(case, trips) if row.scope or not _has(rows, row.name)]
        current = self.engine.controls.current
        return GuardsReply(
            trading_state=current.trading_state,
            state_reason=current.state_reason,
            state_by=current.changed_by,
            state_ms=current.changed_ms,
            guards=tuple(sorted(rows, key=lambda row: (row.ok, row.scope != ""))),
        )


def rows_of(case: Case, trips: Trips) -> Iterator[GuardRow]:
    """Yield a row for every guard, as one made-up entry finds them."""
    found = {refusal.code: refusal for refusal in refusals_of(case)}
    for guard in GUARDS:
        codes = guard.codes or (guard.name.upper(),)
        refused = next((found[code] for code in codes if code in found), None)
        yield _row(guard, case, refused, _last(trips, codes, guard, case.instrument.inst_id))


def _row(
    guard: Guard, case: Case, refused: Refusal | None, trip: tuple[int, str] | None
) -> GuardRow:
    limit = guard.limit(case) if guard.limit else None
    current = guard.current(case) if guard.current else None
    is_beyond = _is_beyond(guard, limit, current)
    return GuardRow(
        name=guard.name,
        scope="" if guard.is_account_wide else case.instrument.inst_id,
        unit=guard.unit,
        limit=_short(limit),
        current=_short(current),
        distance=_short(_distance(guard, limit, current)),
        used=_short(current / limit) if limit and current is not None else None,
        ok=refused is None and not is_beyond,
        why=refused.text if refused else _plain(guard, limit, current),
        last_trip_ms=trip[0] if trip else None,
        last_trip=trip[1] if trip else "",
    )


def _distance(guard: Guard, limit: Decimal | None, current: Decimal | None) -> Decimal | None:
    if limit is None or current is None:
        return None
    return current - limit if guard.is_floor else limit - current


def _is_beyond(guard: Guard, limit: Decimal | None, current: Decimal | None) -> bool:
    """Tell whether a size cap has no room: the others say so themselves."""
    if limit is None or current is None:
        return False
    if guard.is_floor:
        return current < limit
    return current >= limit if guard.is_exclusive else current > limit


def _plain(guard: Guard, limit: Decimal | None, current: Decimal | None) -> str:
    if limit is None:
        return "ok"
    now = "?" if current is None else trimmed(_short(current) or ZERO)
    word = "at least" if guard.is_floor else "at most"
    told = f"{word} {trimmed(_short(limit) or ZERO)} {guard.unit}".rstrip()
    return told if guard.current is None else f"{now} of {told}"


def _short(figure: Decimal | None) -> Decimal | None:
    return None if figure is None else figure.quantize(PLACES)


def _has(rows: list[GuardRow], name: str) -> bool:
    return any(row.name == name for row in rows)


def trips_of(cycles: tuple[CycleRecord, ...]) -> Trips:
    """Return the newest refusal of each code on each instrument; cycles are newest first."""
    found: dict[tuple[str, InstId], tuple[int, str]] = {}
    for cycle in cycles:
        said = cycle.detail.split("; ")
        for place, code in enumerate(cycle.refusals):
            words = said[place] if place < len(said) else cycle.detail
            found.setdefault((code, cycle.inst_id), (cycle.ts, words))
    return found


def _last(
    trips: Trips, codes: tuple[str, ...], guard: Guard, inst_id: InstId
) -> tuple[int, str] | None:
    fitting = [
        trip
        for (code, where), trip in trips.items()
        if code in codes and (guard.is_account_wide or where == inst_id)
    ]
    return max(fitting, default=None)
