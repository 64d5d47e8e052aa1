"""How the line to the daemon stands, as the masthead wants to hear it.

Between the client's conditions and the view, which doesn't know the client.
It reads the local monotonic clock only for the time until the next try.
"""

import time

from tai2.client.condition import Connecting, Lost
from tai2.tui.feed import Feed
from tai2.tui.options import Options
from tai2.view.panels.masthead import Link


def link_of(desk: Feed, options: Options, *, is_frozen: bool) -> Link:
    """Return the link's state in the view's words."""
    condition = desk.condition
    retry_s = condition.retry_s if isinstance(condition, Connecting | Lost) else None
    left_ms = None if retry_s is None else max(int((retry_s - time.monotonic()) * 1000), 0)
    return Link(
        is_attached=desk.is_attached,
        silence_ms=desk.silence_ms(),
        retry_ms=left_ms,
        was_attached=desk.state is not None,
        is_frozen=is_frozen,
        is_readonly=options.is_readonly,
        is_replay=options.is_replay,
    )
