"""A reserve of disk beside the journal: given back when the disk is full, so that a halt fits.

The database releases it at the first write that finds no room; a service keeps it whenever there
is room again. It must never delay a write, nor be taken for data.
"""

import os
import shutil
import threading
from pathlib import Path
from typing import Final

BALLAST_NAME: Final = "journal.reserve"
SPARE: Final = 2
"""So many times its size must be free before it is kept again."""


class Ballast:
    """Owner of the file; used by the journal's thread and by the loop."""

    def __init__(self, place: Path, n_bytes: int) -> None:
        """n_bytes: 0 = none is kept."""
        self._path = place / BALLAST_NAME
        self._n_bytes = n_bytes
        self._lock = threading.Lock()
        self.was_needed = False
        """True once a write has found the disk full."""

    @property
    def is_kept(self) -> bool:
        """True while the reserve is there, or none is wanted."""
        return not self._n_bytes or self._path.exists()

    def keep(self) -> bool:
        """Reserve the space if there is enough of it; False = there isn't."""
        with self._lock:
            if self.is_kept:
                return True
            part = self._path.with_suffix(".part")
            try:
                if shutil.disk_usage(self._path.parent).free < SPARE * self._n_bytes:
                    return False
                handle = os.open(part, os.O_CREAT | os.O_WRONLY, 0o600)
                try:
                    os.posix_fallocate(handle, 0, self._n_bytes)
                finally:
                    os.close(handle)
                part.replace(self._path)
            except OSError:
                part.unlink(missing_ok=True)
                return False
            return True

    def release(self) -> bool:
        """Give the space back; False = there was nothing to give."""
        self.was_needed = True
        with self._lock:
            try:
                self._path.unlink()
            except OSError:
                return False
            return True
