"""Where new ids come from: one seeded source, so that a replay gives the same ids twice.

The cycle and the protector ask it. It must never give the same id twice, restarts included.
"""

from typing import Protocol

from tai2.model.ids import AlgoClOrdId, ClOrdId, CycleId, DecisionId, SnapshotId


class IdSource(Protocol):
    """Makes every id that tai2 itself coins."""

    def cycle_id(self) -> CycleId: ...

    def decision_id(self) -> DecisionId: ...

    def snapshot_id(self) -> SnapshotId: ...

    def cl_ord_id(self) -> ClOrdId: ...

    def algo_cl_ord_id(self) -> AlgoClOrdId: ...
