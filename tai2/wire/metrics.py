"""The desk's figures for monitoring: Prometheus text over the socket.

The daemon answers from memory, `tai2 metrics` prints it. It only reads.
"""

from dataclasses import dataclass
from typing import Final

from tai2.wire.method import Method, NoParams


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsReply:
    """One reading in Prometheus' text format 0.0.4."""

    text: str


METRICS: Final = Method("metrics", NoParams, MetricsReply)
