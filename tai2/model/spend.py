"""What a paid call to a language model costs: reserved before, settled after.

The budget writes such rows through a port before the first byte leaves, so that a crash
counts the worst case. Amounts are USD; a row must never be changed after it was settled.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Purpose(StrEnum):
    """What a call is for; each purpose has its own cap."""

    DECIDE = "decide"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """The most that one call may cost, taken from the caps before it is made."""

    ts: int
    """When it was taken, ms UTC; its UTC day pays."""
    purpose: Purpose
    model: str
    """Model id as asked for."""
    worst_usd: Decimal
    """At least 0."""
