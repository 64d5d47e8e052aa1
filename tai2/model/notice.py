"""What the desk tells its absent owner: a graded sentence with a key.

The daemon's notices are made of events and sent to the channels that the owner configured.
A notice must make sense alone, on a telephone, hours later; it never carries a secret.
"""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How much a notice matters, least first."""

    INFO = "info"
    """Something worth knowing: a fill, a recovery, a sign of life."""
    WARNING = "warning"
    """Degraded but handled: an outage, refusals in a row."""
    URGENT = "urgent"
    """A person must look: a halt by a guard, a rejected key, an order of unknown fate."""

    def is_at_least(self, other: "Grade") -> bool:
        """Tell whether this grade matters as much as another one."""
        order = list(Grade)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message to the owner."""

    grade: Grade
    key: str
    """What it is about; the same key within a while is not sent twice."""
    title: str
    text: str
    """One to three sentences, plain text."""
    ts: int
    """When it happened, ms UTC."""
