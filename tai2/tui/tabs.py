"""The six tabs in their order: where a new one is hung into the shell.

The shell mounts each when it's first shown. A tab may be imported lazily by a loader, so
that the first picture doesn't wait for the others.
"""

from collections.abc import Callable
from typing import Final

from tai2.tui.tab import Tab

Loader = Callable[[], type[Tab]]


def _live() -> type[Tab]:
    from tai2.tui.live import Live

    return Live


def _ta() -> type[Tab]:
    from tai2.tui.ta import Ta

    return Ta


def _engine() -> type[Tab]:
    from tai2.tui.engine.tab import EngineTab

    return EngineTab


def _history() -> type[Tab]:
    from tai2.tui.history.tab import HistoryTab

    return HistoryTab


def _debug() -> type[Tab]:
    from tai2.tui.debug.tab import DebugTab

    return DebugTab


def _cfg() -> type[Tab]:
    from tai2.tui.cfg.tab import CfgTab

    return CfgTab


TABS: Final[dict[str, Loader]] = {
    "LIVE": _live,
    "TA": _ta,
    "ENGINE": _engine,
    "HISTORY": _history,
    "DEBUG": _debug,
    "CFG": _cfg,
}
"""By the name in the tabs row."""
