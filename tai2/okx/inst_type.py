"""Which kind of instrument an id names, told by its form alone.

Decoders, encoder, feed and venue ask it where the exchange counts SPOT and SWAP differently.
It must never guess: ids of other kinds are refused.
"""

from enum import StrEnum

from tai2.model.errors import UsageError
from tai2.model.ids import InstId


class InstType(StrEnum):
    """Instrument types that tai2 trades, as the exchange names them."""

    SPOT = "SPOT"
    SWAP = "SWAP"


def inst_type(inst_id: InstId) -> InstType:
    """Return SPOT for BTC-USDT, SWAP for BTC-USDT-SWAP.

    Raises:
        UsageError: The id is of another form (dated futures, options, nonsense).
    """
    parts = inst_id.split("-")
    if len(parts) == 2 and all(parts):
        return InstType.SPOT
    if len(parts) == 3 and all(parts) and parts[2] == InstType.SWAP:
        return InstType.SWAP
    raise UsageError(
        f"{inst_id!r:.60} is not an instrument that tai2 can trade.",
        "Use a spot pair such as BTC-USDT or a perpetual such as BTC-USDT-SWAP.",
    )


def is_swap(inst_id: str) -> bool:
    """Tell whether an id names a perpetual swap."""
    return inst_id.endswith("-SWAP")
