"""The gate's answer to a decision: an order that may be sent, or every reason why not.

Risk rules return these values, the cycle records them, faces print their numbers.
A rule that can't judge must refuse with its own code; silence is never consent.
"""

from dataclasses import dataclass

from tai2.model.order import OrderIntent


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One rule's no, with its numbers as text."""

    rule: str
    """Name of the rule, for example max_order_notional."""
    code: str
    """Stable upper-case code, for example MAX_ORDER_NOTIONAL."""
    limit: str
    actual: str
    text: str
    """One sentence for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow:
    """Every rule passed."""

    intent: OrderIntent
    shrunk_from: str
    """The requested notional when a size cap reduced it, else ""."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """At least one rule refused; all that did are listed."""

    refusals: tuple[Refusal, ...]


Verdict = Allow | Reject
