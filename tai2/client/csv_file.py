"""Where an export goes: a private file that appears whole or not at all, or stdout.

`tai2 history --csv` and the HISTORY tab write through it. An existing file must survive unless
force is given, and a failed export must leave nothing behind.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from tai2.model.errors import UsageError


@contextmanager
def replaced(target: Path, *, force: bool) -> Iterator[TextIO]:
    """Open a temporary file with mode 0600 that takes the target's place on success.

    Raises:
        UsageError: The target exists (without force), or its directory can't be written.
    """
    if os.path.lexists(target) and not force:
        raise UsageError(f"{target} exists already", "Overwrite it with --force.")
    try:
        handle, name = tempfile.mkstemp(prefix=".tai2-", dir=target.parent)
    except OSError as exc:
        raise UsageError(f"can't write in {target.parent}: {exc.strerror}") from exc
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        draft.replace(target)
    except IsADirectoryError as exc:
        raise UsageError(f"{target} is a directory", "Name a file.") from exc
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def to_stdout() -> Iterator[TextIO]:
    """Write to stdout with the line ends that CSV wants."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(newline="")
    yield sys.stdout
