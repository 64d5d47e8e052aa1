"""The journal's record of a stand-alone stop: why it was made and for which entry.

The rescue writes one before it sends a stop, attribution reads it when the stop has filled.
It must be durable before the first byte leaves: a stop that we don't know can't be ours.
"""

from dataclasses import dataclass

from tai2.model.ids import ClOrdId
from tai2.model.order import StopIntent


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRecord:
    """One stop that was, or may have been, sent once."""

    intent: StopIntent
    entry: ClOrdId
    """The entry that it protects: its decision is the reason of whatever the stop fills."""
    created_ms: int
    """UTC."""
    outcome: str = ""
    """accepted, rejected, not_sent, unknown; "" = sent at most, no answer recorded."""
    detail: str = ""
