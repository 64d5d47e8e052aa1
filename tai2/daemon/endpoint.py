"""The socket's place in the file system: made private, replaced only when it is dead.

The socket server binds through it and removes what it made. It must never follow a
symlink, loosen a directory that it didn't make, or take a live daemon's socket away.
"""

import errno
import os
import socket
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tai2.model.errors import UsageError

_PRIVATE_UMASK: Final = 0o177
_PROBE_TIMEOUT_S: Final = 1.0
_BACKLOG: Final = 64
_PATH_BYTES: Final = 107
"""Longest path that a Unix socket takes on Linux (unix(7))."""
_OTHER_PLACE: Final = "Choose another with --socket."


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A bound, listening socket and what identifies its file."""

    path: Path
    sock: socket.socket
    inode: int

    def remove(self) -> None:
        """Remove the socket file when it still is ours."""
        try:
            if self.path.lstat().st_ino == self.inode:
                self.path.unlink()
        except FileNotFoundError:
            return


def prepare(path: Path) -> None:
    """Make the directory and clear away a dead socket, so that a wrong path shows at once.

    Args:
        path: Where; a missing directory is made with mode 0750.

    Raises:
        UsageError: The place is taken, is not a socket, or can't be used.
    """
    if len(os.fsencode(path)) > _PATH_BYTES:
        raise UsageError(f"can't listen on {path}: longer than {_PATH_BYTES} bytes", _OTHER_PLACE)
    try:
        _make_directory(path.parent)
        _clear(path)
    except OSError as exc:
        raise _unusable(path, exc) from exc
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise UsageError(f"can't listen on {path}: {path.parent} isn't writable", _OTHER_PLACE)


def bind(path: Path, operators: int | None = None) -> Endpoint:
    """Bind and listen with mode 0600, or 0660 for an operator group.

    Args:
        path: Where, as for prepare.
        operators: Group id that may connect too; None = nobody else.

    Raises:
        UsageError: The place is taken, is not a socket, or can't be used.
    """
    prepare(path)
    try:
        return _bound(path, operators)
    except OSError as exc:
        raise _unusable(path, exc) from exc


def _unusable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"can't listen on {path}: {error.strerror or error}", _OTHER_PLACE)


def _make_directory(directory: Path) -> None:
    if not directory.exists():
        directory.mkdir(mode=0o750, parents=True)
        directory.chmod(0o750)
    mode = directory.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise UsageError(f"everybody may write in {directory}", f"chmod 750 {directory}")


def _clear(path: Path) -> None:
    """Remove a socket that nobody listens on; refuse to touch anything else."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        what = "a symbolic link" if stat.S_ISLNK(mode) else "not a socket"
        raise UsageError(f"{path} is {what}", "Remove it, or choose another with --socket.")
    if _is_live(path):
        raise UsageError(
            f"another tai2 listens on {path}", "See it with: tai2 status; or choose --socket."
        )
    path.unlink(missing_ok=True)


def _is_live(path: Path) -> bool:
    """Tell whether somebody listens; any doubt counts as yes."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_PROBE_TIMEOUT_S)
        return probe.connect_ex(str(path)) not in (errno.ECONNREFUSED, errno.ENOENT)


def _bound(path: Path, operators: int | None) -> Endpoint:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        before = os.umask(_PRIVATE_UMASK)
        try:
            sock.bind(str(path))
        finally:
            os.umask(before)
        if operators is not None:
            os.chown(path, -1, operators)
            path.chmod(0o660)
        sock.listen(_BACKLOG)
        return Endpoint(path=path, sock=sock, inode=path.lstat().st_ino)
    except OSError:
        sock.close()
        raise
