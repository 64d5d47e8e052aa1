"""The ids that chain a trade to its reason: cycle → decision → client order → fill.

Everything that is stored or logged carries them; `engine.ids` makes new ones.
This module must never read a clock or a random source: it only shapes text.
"""

from typing import Final, NewType

InstId = NewType("InstId", str)
"""Instrument id as OKX writes it, such as BTC-USDT-SWAP."""

CycleId = NewType("CycleId", str)
"""One pass snapshot → reasoner → gate → executor."""

SnapshotId = NewType("SnapshotId", str)
"""Short id printed at the top of a prompt and copied by the model."""

DecisionId = NewType("DecisionId", str)
"""One reply of a reasoner, good or bad."""

ClOrdId = NewType("ClOrdId", str)
"""Client order id: at most 32 letters and digits, sent at most once, ever."""

OrdId = NewType("OrdId", str)
"""The exchange's order id: a decimal string beyond 2^53."""

AlgoClOrdId = NewType("AlgoClOrdId", str)
"""Client id of a stop order: own name space, prefix s2."""

FillId = NewType("FillId", str)
"""inst_id:trade_id:ord_id, unique at the exchange for one fill."""

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ULID_LENGTH: Final = 26
ENTRY_PREFIX: Final = "t2"
STOP_PREFIX: Final = "s2"


def encode_ulid(ts_ms: int, entropy: int) -> str:
    """Encode a 48-bit millisecond time and 80 bits of entropy as 26 characters.

    Args:
        ts_ms: Unix time in milliseconds, UTC.
        entropy: 80 random bits; larger values are cut.

    Returns:
        A ULID: sorts by time. Source: github.com/ulid/spec.
    """
    number = ((ts_ms & ((1 << 48) - 1)) << 80) | (entropy & ((1 << 80) - 1))
    digits = [CROCKFORD[(number >> (5 * place)) & 31] for place in range(ULID_LENGTH)]
    return "".join(reversed(digits))


def cl_ord_id(instance: str, ulid: str) -> ClOrdId:
    """Return the client order id of one intent: t2 + 4-character instance + ULID (32)."""
    return ClOrdId(f"{ENTRY_PREFIX}{instance:0<4.4}{ulid}")


def algo_cl_ord_id(instance: str, ulid: str) -> AlgoClOrdId:
    """Return the client id of the stop that protects an entry: s2 + instance + ULID."""
    return AlgoClOrdId(f"{STOP_PREFIX}{instance:0<4.4}{ulid}")


def is_own(client_id: str, instance: str) -> bool:
    """Tell whether a client order id was made by this instance of tai2."""
    prefix = f"{instance:0<4.4}"
    return client_id.startswith((ENTRY_PREFIX + prefix, STOP_PREFIX + prefix))


def fill_id(inst_id: InstId, trade_id: str, ord_id: OrdId) -> FillId:
    """Return the natural key of one fill (a trade id is unique per instrument only)."""
    return FillId(f"{inst_id}:{trade_id}:{ord_id}")
