"""What a refusal of the exchange asks of a desk, in ten words.

Adapters put one into each Rejected, whoever decides reads it.
It must never say that a submit may be sent again: a new decision makes a new order.
"""

from enum import StrEnum


class Reaction(StrEnum):
    """What to do about a code."""

    RETRY = "retry"
    """Ask again after a moment: nothing happened."""
    QUERY = "query"
    """The outcome is unknown: ask for the order before anything else."""
    WAIT = "wait"
    """Too fast: slow down, then as before."""
    CLOCK = "clock"
    """Our time is off: measure the exchange's clock."""
    FIX = "fix"
    """The request itself is wrong: never resend it; a bug or a wrong setting."""
    REPRICE = "reprice"
    """Price or size no longer fit: a new decision on fresh data."""
    BENIGN = "benign"
    """Done already: reconcile and go on."""
    CLEAR = "clear"
    """Something else stands in the way: cancel or close it first."""
    HALT = "halt"
    """Stop trading and call a person."""
    BLOCK = "block"
    """This instrument can't be traded now."""
