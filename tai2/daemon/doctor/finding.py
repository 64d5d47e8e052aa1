"""What one check of the doctor found: what was looked at, what was seen, how to mend it.

Checks return these, `tai2 doctor` prints them, a start with real money reads their verdicts.
A finding must never quote a secret.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from tai2.model.errors import Tai2Error


class Verdict(StrEnum):
    """How a check ended, best first."""

    OK = "ok"
    SKIPPED = "skipped"
    """Doesn't apply to this configuration."""
    WARN = "warn"
    """Works, and should be mended."""
    FAIL = "fail"
    """Must be mended before real money is at stake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the doctor's report."""

    check: str
    """Stable name, for example clock."""
    verdict: Verdict
    seen: str
    """The figure or the fact."""
    cure: str = ""
    """What to do; "" when nothing is wrong."""


def ok(check: str, seen: str) -> Finding:
    """Report that all is well."""
    return Finding(check=check, verdict=Verdict.OK, seen=seen)


def skipped(check: str, seen: str) -> Finding:
    """Report that a check doesn't apply."""
    return Finding(check=check, verdict=Verdict.SKIPPED, seen=seen)


def warn(check: str, seen: str, cure: str) -> Finding:
    """Report what should be mended."""
    return Finding(check=check, verdict=Verdict.WARN, seen=seen, cure=cure)


def fail(check: str, seen: str, cure: str) -> Finding:
    """Report what must be mended."""
    return Finding(check=check, verdict=Verdict.FAIL, seen=seen, cure=cure)


async def tried(check: str, work: Callable[[], Awaitable[Finding]]) -> Finding:
    """Return what a check finds; an error that it meets is its finding."""
    try:
        return await work()
    except Tai2Error as exc:
        return fail(check, exc.message, exc.hint)
