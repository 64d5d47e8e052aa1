"""The whole examination: machine, stores, reasoner, exchange.

`tai2 doctor` asks for it, and so does the very first start with real money, which must be
clean. A later start isn't examined: an outage must never keep a desk from its positions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tai2.daemon.doctor.exchange import exchange_findings
from tai2.daemon.doctor.finding import Finding, Verdict
from tai2.daemon.doctor.machine import machine_findings
from tai2.daemon.doctor.stores import store_findings
from tai2.daemon.doctor.thinker import reasoner_findings
from tai2.daemon.exchanges import OpenExchange
from tai2.model.errors import StartRefused
from tai2.ports.clock import Clock
from tai2.settings.sections import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What is examined."""

    settings: Settings
    home: Path
    """Where the mode keeps its journal; it may not exist yet."""
    clock: Clock


async def examine(patient: Patient, *, offline: bool = False) -> tuple[Finding, ...]:
    """Return what the machine, the stores and the reasoner tell; offline connects to nothing."""
    settings = patient.settings
    return (
        *machine_findings(settings, patient.home),
        *[found async for found in store_findings(settings, patient.home, offline=offline)],
        *[found async for found in reasoner_findings(settings, patient.clock, offline=offline)],
    )


async def examine_exchange(patient: Patient, exchange: OpenExchange | None) -> tuple[Finding, ...]:
    """Return what the exchange tells; None = the built-in one."""
    found = exchange_findings(exchange, patient.settings, patient.clock)
    return tuple([finding async for finding in found])


def need_clean(findings: Sequence[Finding]) -> None:
    """Return when nothing must be mended first.

    Raises:
        StartRefused: Something must; the first one is named.
    """
    failed = [finding for finding in findings if finding.verdict is Verdict.FAIL]
    if failed:
        first, more = failed[0], len(failed) - 1
        others = f" (and {more} more: tai2 doctor)" if more else ""
        raise StartRefused(
            f"The first start with real money needs a clean doctor; {first.check}: "
            f"{first.seen}{others}",
            first.cure,
        )
