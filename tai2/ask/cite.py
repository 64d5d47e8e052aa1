"""Short ids that an answer cites, such as [D-7Q2M4KX9], and the full ids behind them.

Every row that a tool returns carries one, and the check of an answer looks them up. A short id
follows from the full one alone: the same row has the same id in every answer.
"""

import hashlib
import re
from typing import Final

from tai2.model.events import CycleRecord
from tai2.model.ids import ClOrdId, DecisionId, InstId, SnapshotId
from tai2.model.trade import ExecutedTrade

TAIL: Final = 8
"""Characters kept of an id: the last of a ULID are random, 40 bits tell rows apart."""
_PREFIX: Final = re.compile(r"^[A-Z]-?(?=[0-9])")


def tail(full_id: str) -> str:
    """Return what a short id keeps: "D01JD8…7Q2M4KX9" → "7Q2M4KX9", "D-77" → "77"."""
    return _PREFIX.sub("", full_id)[-TAIL:]


def of_decision(decision_id: DecisionId) -> str:
    """Return D-… of a decision."""
    return f"D-{tail(decision_id)}"


def of_cycle(record: CycleRecord) -> str:
    """Return D-… of the cycle's decision, C-… of a cycle that ended before one."""
    if record.decision_id:
        return of_decision(record.decision_id)
    return f"C-{tail(record.cycle_id)}"


def of_rejection(record: CycleRecord) -> str:
    """Return R-… of a refusal: the same tail as the decision that was refused."""
    return f"R-{of_cycle(record)[2:]}"


def of_order(cl_ord_id: ClOrdId) -> str:
    """Return O-… of an order."""
    return f"O-{cl_ord_id[-TAIL:]}"


def of_snapshot(snapshot_id: SnapshotId) -> str:
    """Return S-… of a snapshot, whose id is short already."""
    return f"S-{snapshot_id}"


def of_trade(trade: ExecutedTrade) -> str:
    """Return T-… of an executed trade."""
    return f"T-{trade.trade_id.hex[:TAIL]}"


def of_window(letter: str, since_ms: int, until_ms: int, inst_id: InstId | None) -> str:
    """Return an id for what covers a window: F-… funnel, L-… list, M-… money, U-… usage."""
    key = f"{since_ms}:{until_ms}:{inst_id or '*'}"
    return f"{letter}-{hashlib.sha256(key.encode()).hexdigest()[:TAIL]}"
