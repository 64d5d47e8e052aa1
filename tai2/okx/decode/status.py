"""The exchange's own announcements as model types.

The venue adapter decodes system/status with it. It must never take an unknown word for "no
maintenance".
"""

from typing import Final

import msgspec

from tai2.model.maintenance import Maintenance, Progress
from tai2.okx.decode.text import instant, meaning

_PROGRESS: Final = {one.value: one for one in Progress}
_OURS: Final = frozenset({"0", "5", "8", "9"})
"""Service types: WebSocket, trading, trading in batches of accounts, of products."""
TITLE_LENGTH: Final = 120


class StatusRow(msgspec.Struct, rename="camel"):
    """One maintenance."""

    title: str
    state: str
    begin: str
    end: str = ""
    service_type: str = ""
    env: str = ""
    """1 = real trading, 2 = demo."""


def maintenance(row: StatusRow) -> Maintenance:
    """Read one maintenance."""
    return Maintenance(
        title=row.title[:TITLE_LENGTH],
        progress=meaning(row.state, _PROGRESS, "state of a maintenance"),
        begin_ms=instant(row.begin),
        end_ms=instant(row.end) if row.end else None,
        touches_trading=row.service_type in _OURS,
    )
