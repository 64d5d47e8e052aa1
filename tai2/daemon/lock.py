"""One daemon per state directory: a lock that the kernel frees when its holder dies.

The start path takes it before anything else is touched. It must never be broken by age:
only the kernel knows whether the holder lives.
"""

import fcntl
import os
from pathlib import Path
from typing import IO

from tai2.model.errors import ConfigError, UsageError
from tai2.settings.paths import LOCK_NAME

MODE_NAME = "mode"


def open_state_dir(path: Path) -> None:
    """Make the state directory, ours alone.

    Raises:
        ConfigError: It can't be made or written.
    """
    hint = "Set state_dir, $STATE_DIRECTORY or $XDG_STATE_HOME to a directory of yours."
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as exc:
        raise ConfigError(f"can't make the state directory {path}: {exc.strerror}", hint) from exc
    if not os.access(path, os.W_OK | os.X_OK):
        raise ConfigError(f"the state directory {path} isn't writable", hint)


def note_mode(state_dir: Path, mode: str) -> None:
    """Leave the mode of this start for whoever can't ask the daemon.

    Raises:
        ConfigError: It can't be written.
    """
    path = state_dir / MODE_NAME
    try:
        path.write_text(f"{mode}\n", encoding="ascii")
    except OSError as exc:
        raise ConfigError(f"can't write {path}: {exc.strerror}") from exc


def last_mode(state_dir: Path) -> str | None:
    """Return the mode of the newest start here; None = there was none."""
    try:
        return (state_dir / MODE_NAME).read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


class StateLock:
    """Holds the state directory for this process."""

    def __init__(self, state_dir: Path) -> None:
        """Take the lock.

        Raises:
            UsageError: Another daemon holds it.
            ConfigError: The lock file can't be opened.
        """
        path = state_dir / LOCK_NAME
        try:
            self._file: IO[str] = path.open("a+", encoding="utf-8")
        except OSError as exc:
            raise ConfigError(f"can't open {path}: {exc.strerror}") from exc
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise UsageError(
                f"another tai2 (pid {holder}) uses {state_dir}",
                "Ask it with: tai2 status. For a second desk set another state_dir and socket.",
            ) from exc
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def close(self) -> None:
        """Free the directory."""
        self._file.close()
