"""Attaching a terminal to the daemon: from flags to a running app and back to the shell.

`tai2 tui`, `tai2 demo` and a bare `tai2` call it. It must leave the terminal as it was and
say what goes on without it.
"""

import gc
import os
from collections.abc import Mapping
from pathlib import Path

from tai2.model.errors import UsageError
from tai2.tui.options import Options, quieted

NAMES = ("LIVE", "TA", "ENGINE", "HISTORY", "DEBUG", "CFG")


def attach(
    options: Options, environ: Mapping[str, str] = os.environ, recording: Path | None = None
) -> str:
    """Show the desk until the person leaves, and return what to say then.

    Args:
        options: Flags.
        environ: Where the socket is.
        recording: A file to play back instead of the daemon.

    Raises:
        Tai2Error: No daemon listens, it speaks another protocol, or the file can't be read.
    """
    os.environ.update(quieted(environ))
    _check_terminal(options)
    if recording is None:
        from tai2.client.connection import connect

        connect(environ).close()
    gc.disable()  # until the first picture is out, see forget.beginnings
    try:
        return _shown(options, environ, recording)
    finally:
        gc.enable()


def _shown(options: Options, environ: Mapping[str, str], recording: Path | None) -> str:
    """Run the terminal until the person leaves, and return what to say then."""
    from tai2.tui.app import Terminal
    from tai2.tui.feed import Feed

    desk: Feed
    if recording is None:
        from tai2.client.session import Session

        desk = Session(environ, topics=(), is_readonly=options.is_readonly)
    else:
        from tai2.tui.playback import Playback

        desk = Playback(recording)
    return Terminal(desk, options).run() or ""


def _check_terminal(options: Options) -> None:
    if options.tab not in NAMES:
        raise UsageError(f"no tab {options.tab!r}", f"One of: {', '.join(NAMES)}")
    if not os.isatty(0) or not os.isatty(2):
        raise UsageError("tai2 tui needs a terminal", "Without one: tai2 status, tai2 logs -f")
