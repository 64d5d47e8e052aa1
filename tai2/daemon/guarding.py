"""The services that watch over what is held and over the account, put together once.

`daemon.assembly` calls it, `daemon.run` starts what it returns. None of them may ever wait for
a model, and none opens anything.
"""

from dataclasses import dataclass
from typing import Final

from tai2.daemon.owners import Adapters, Charter, Owners
from tai2.engine.adoption import Adoption
from tai2.engine.audit import Audit
from tai2.engine.countdown import Countdown
from tai2.engine.desk import Desk
from tai2.engine.executor import Executor
from tai2.engine.foreigners import Foreigners
from tai2.engine.protector import Protector
from tai2.engine.rescue import Protection, Rescue
from tai2.engine.service import OnEnd, Service
from tai2.engine.upkeep import Upkeep
from tai2.engine.vigil import Vigil
from tai2.view.rows import HealthRow

NAKED_MS: Final = 5_000
"""A position may be without a stop for so long after its fill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """Who looks after positions, resting entries and the account."""

    protector: Protector
    vigil: Vigil
    countdown: Countdown
    audit: Audit
    upkeep: Upkeep
    foreigners: Foreigners
    adoption: Adoption

    def services(self) -> tuple[Service, ...]:
        """Return them as services; the end of one that moves money ends the process."""
        return (
            Service(name="protector", work=self.protector, on_end=OnEnd.EXIT),
            Service(name="vigil", work=self.vigil, on_end=OnEnd.EXIT),
            Service(name="countdown", work=self.countdown, on_end=OnEnd.EXIT),
            Service(name="upkeep", work=self.upkeep, on_end=OnEnd.RESTART),
            Service(name="audit", work=self.audit, on_end=OnEnd.RESTART),
        )


def guards_of(
    adapters: Adapters, charter: Charter, own: Owners, desk: Desk, executor: Executor
) -> Guards:
    """Return the guards of an engine, idle."""
    venue, journal = adapters.venue, adapters.journal
    protection = Protection(
        instance=charter.instance,
        limits=charter.limits,
        markets=own.markets,
        clock=own.clock,
        ids=adapters.ids,
        stops=journal,
    )
    countdown = Countdown(venue, own.ledger, own.alarm, own.clock)
    own.upkeep.withdraw = countdown.release
    rescue = Rescue(venue, executor, own.ledger, protection)
    return Guards(
        protector=Protector(venue, own.ledger, own.accounts, rescue, own.stops, protection),
        vigil=Vigil(desk, own.ledger, own.accounts, own.holdings, rescue, journal),
        countdown=countdown,
        audit=own.audit,
        upkeep=own.upkeep,
        foreigners=Foreigners(own.accounts, own.ledger, own.controls, own.clock),
        adoption=Adoption(own.ledger, rescue, protection),
    )


def protection_row(protector: Protector, now: int) -> HealthRow:
    """Return for how long a position has been, and ever was, without a stop."""
    naked_ms, longest_ms = protector.naked_ms(), protector.longest_naked_ms
    told = f"naked for {naked_ms / 1000:.1f} s" if naked_ms else "every position has its stop"
    return HealthRow(
        part="protection",
        ok=naked_ms < NAKED_MS,
        detail=f"{told}, longest {longest_ms / 1000:.1f} s",
        since_ms=now - naked_ms,
    )


def foreign_row(foreigners: Foreigners, now: int) -> HealthRow:
    """Return whether somebody else's position waits for a person's word."""
    rows = foreigners.troubling()
    told = ", ".join(f"{one.contracts.normalize():f} {one.position.inst_id}" for one in rows)
    detail = f"not ours: {told}; tai2 adopt or tai2 ignore" if rows else "nothing unexplained"
    return HealthRow(part="foreign", ok=not rows, detail=detail, since_ms=now)
