"""`tai2 doctor`: would this desk start with real money, and if not, what is to be mended?

It looks at the machine, the stores, the reasoner and the exchange over connections of its own
and changes nothing. It works while a desk runs and while none does.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tai2.cli.help import SET_UP, epilog
from tai2.cli.output import AsJson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tai2.daemon.doctor.finding import Finding
    from tai2.settings.sections import Settings

_SIGNS: Final = {"ok": "✓", "skipped": "·", "warn": "!", "fail": "✗"}
_EXITS: Final = {"ok": 0, "skipped": 0, "warn": 7, "fail": 1}
_COLUMN: Final = 15


def register(app: typer.Typer) -> None:
    """Add the verb."""
    end = epilog("tai2 doctor", "tai2 doctor --mode real --json", exits=(0, 1, 2, 7))
    app.command("doctor", rich_help_panel=SET_UP, epilog=end)(doctor)


def doctor(
    *,
    mode: Annotated[
        str | None, typer.Option(help="Examine for this mode instead of the configured one.")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Connect to nothing.")] = False,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="TOML file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check everything that a start with real money needs; name each fault with its cure."""
    import asyncio

    from tai2.cli.output import print_json
    from tai2.settings.load import load

    settings = load(config, {"mode": mode} if mode else {})
    findings = asyncio.run(_examined(settings, offline=offline))
    worst = max(findings, key=lambda finding: list(_EXITS).index(finding.verdict))
    if as_json:
        print_json({"mode": settings.mode, "verdict": worst.verdict, "findings": findings})
    else:
        _print(findings)
    raise typer.Exit(_EXITS[worst.verdict])


async def _examined(settings: "Settings", *, offline: bool) -> "tuple[Finding, ...]":
    from contextlib import AsyncExitStack

    from tai2.daemon.compose import consent, home_of, open_to_look
    from tai2.daemon.doctor.diagnose import Patient, examine, examine_exchange
    from tai2.daemon.doctor.finding import fail
    from tai2.engine.clock import WallClock
    from tai2.model.errors import Tai2Error
    from tai2.settings.places import state_place

    place = state_place(settings)
    clock = WallClock()
    patient = Patient(settings=settings, home=home_of(settings.mode, place), clock=clock)
    found = (_desk(), *await examine(patient, offline=offline), *consent(settings))
    if offline:
        return found
    async with AsyncExitStack() as stack:
        try:
            exchange = open_to_look(settings, clock, stack)
        except Tai2Error as exc:
            return (*found, fail("exchange", exc.message, exc.hint))
        return (*found, *await examine_exchange(patient, exchange))


def _desk() -> "Finding":
    """Look whether a desk answers on the socket."""
    from tai2.client.connection import connect
    from tai2.daemon.doctor.finding import ok, skipped, warn
    from tai2.model.errors import DaemonNotRunning, Tai2Error
    from tai2.wire.method import HELLO, NoParams

    try:
        with connect() as desk:
            hello = desk.call(HELLO, NoParams())
    except DaemonNotRunning:
        return skipped("socket", "no desk is running")
    except Tai2Error as exc:
        return warn("socket", exc.message, exc.hint)
    return ok("socket", f"a desk in mode {hello.mode} answers, pid {hello.pid}")


def _print(findings: "Sequence[Finding]") -> None:
    from tai2.view.text import safe

    for finding in findings:
        typer.echo(
            f"{_SIGNS[finding.verdict]} {finding.check:<{_COLUMN}} {safe(finding.seen)}".rstrip()
        )
        if finding.cure:
            typer.echo(f"  {'':<{_COLUMN}} → {safe(finding.cure)}")
