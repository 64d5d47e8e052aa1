"""Makes ids: time-sorted, seeded in a replay, from the system's randomness in a daemon.

The cycle and the protector ask it. It must never give the same id twice.
"""

import random

from tai2.model.ids import (
    AlgoClOrdId,
    ClOrdId,
    CycleId,
    DecisionId,
    SnapshotId,
    algo_cl_ord_id,
    cl_ord_id,
    encode_ulid,
)
from tai2.ports.clock import Clock


class UlidSource:
    """ports.ids.IdSource over ULIDs."""

    def __init__(self, clock: Clock, rng: random.Random, instance: str) -> None:
        """Use rng for the random part: SystemRandom in a daemon, a seeded one in a replay."""
        self._clock = clock
        self._rng = rng
        self._instance = instance

    def _ulid(self) -> str:
        return encode_ulid(self._clock.now_ms(), self._rng.getrandbits(80))

    def cycle_id(self) -> CycleId:
        """Return a new cycle id."""
        return CycleId(f"C{self._ulid()}")

    def decision_id(self) -> DecisionId:
        """Return a new decision id."""
        return DecisionId(f"D{self._ulid()}")

    def snapshot_id(self) -> SnapshotId:
        """Return a new snapshot id: short enough for a model to copy."""
        return SnapshotId(f"{self._rng.getrandbits(40):010x}")

    def cl_ord_id(self) -> ClOrdId:
        """Return a new client order id."""
        return cl_ord_id(self._instance, self._ulid())

    def algo_cl_ord_id(self) -> AlgoClOrdId:
        """Return a new client id of a stop."""
        return algo_cl_ord_id(self._instance, self._ulid())
