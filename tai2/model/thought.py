"""One decision in full: what was asked, answered and believed, and the orders that came of it.

The journal puts it together, the method `decision` carries it, the ENGINE view shows it.
Texts are a model's words and a model's prompt: they must never be read as anything but text.
"""

from dataclasses import dataclass
from decimal import Decimal

from tai2.model.decision import Decision
from tai2.model.ids import DecisionId
from tai2.model.order import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """Everything that is stored about one decision."""

    decision_id: DecisionId
    reasoner: str
    provider: str
    """Who served the model, "" when nobody says."""
    raw_reply: str
    """Word for word; code and detail of a failure."""
    is_failed: bool
    latency_ms: int
    cost_usd: Decimal
    prompt_hash: str
    """"" for a reasoner without a prompt."""
    system: str
    user: str
    decision: Decision | None
    """None = the reply wasn't a clean decision."""
    orders: tuple[Order, ...]
    """Oldest first."""
