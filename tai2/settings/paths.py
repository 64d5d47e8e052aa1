"""Where the socket and the state lie: one set of rules for the daemon and its clients.

The daemon binds the first usable socket path, a client opens the first that exists.
Standard library only, because `tai2 status` imports it; it must never create anything.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

SOCKET_NAME: Final = "tai2.sock"
LOCK_NAME: Final = "tai2.lock"
MAIN: Final = "main"
"""The instance that nobody has to name: its directories are called tai2 and nothing more."""
_SYSTEM_RUN: Final = Path("/run")


def state_dir(environ: Mapping[str, str] = os.environ, instance: str = "") -> Path:
    """Return the directory of journal and lock; it may not exist yet.

    $STATE_DIRECTORY (systemd; the first of several), else $XDG_STATE_HOME/tai2, else
    ~/.local/state/tai2; tai2-NAME for an instance of that name.

    Args:
        environ: The environment.
        instance: Whose directory; "" = that of $TAI2_INSTANCE, else the main one's.
    """
    if given := environ.get("STATE_DIRECTORY"):
        return Path(given.split(":")[0])
    if home := environ.get("XDG_STATE_HOME"):
        return Path(home) / _own_name(environ, instance)
    person = Path(environ.get("HOME") or Path.home())
    return person / ".local" / "state" / _own_name(environ, instance)


def socket_candidates(
    environ: Mapping[str, str] = os.environ, instance: str = ""
) -> tuple[Path, ...]:
    """Return the paths at which the socket may be, most specific first, at least one.

    $TAI2_SOCKET settles it alone. Otherwise $RUNTIME_DIRECTORY, $XDG_RUNTIME_DIR/tai2,
    /run/tai2 and, where none of these can be used, the state directory; tai2-NAME for an
    instance (see state_dir).
    """
    if named := environ.get("TAI2_SOCKET"):
        return (Path(named),)
    name = _own_name(environ, instance)
    found = []
    if given := environ.get("RUNTIME_DIRECTORY"):
        found.append(Path(given.split(":")[0]))
    if runtime := environ.get("XDG_RUNTIME_DIR"):
        found.append(Path(runtime) / name)
    places = (*found, _SYSTEM_RUN / name, state_dir(environ, instance))
    return tuple(place / SOCKET_NAME for place in places)


def socket_to_bind(environ: Mapping[str, str] = os.environ, instance: str = "") -> Path:
    """Return the first candidate whose directory we may write in, or could make."""
    candidates = socket_candidates(environ, instance)
    return next((path for path in candidates if _is_usable(path.parent)), candidates[-1])


def socket_to_open(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the first candidate that exists; None = no daemon has left one."""
    return next((path for path in socket_candidates(environ) if path.exists()), None)


def lock_holder(state: Path) -> str:
    """Return the process id of the daemon that has a state directory; "" = none has.

    A daemon that has it and no socket is on its way up, or stands by for another one.
    """
    try:
        inode = (state / LOCK_NAME).stat().st_ino
        held = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return ""
    # 12: FLOCK  ADVISORY  WRITE 4711 08:01:1835 0 EOF; asking for the lock could take it away
    fields = (line.split() for line in held)
    own = (one[4] for one in fields if one[1] == "FLOCK" and one[5].endswith(f":{inode}"))
    return next(own, "")


def _own_name(environ: Mapping[str, str], instance: str) -> str:
    """Return what an instance's directories are called."""
    named = instance or environ.get("TAI2_INSTANCE") or MAIN
    return "tai2" if named == MAIN else f"tai2-{named}"


def _is_usable(directory: Path) -> bool:
    """Tell whether a file can be made there; one missing level may be made too."""
    place = directory if directory.exists() else directory.parent
    return place.is_dir() and os.access(place, os.W_OK | os.X_OK)


def config_home(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the user's own directory for config.toml; it may not exist."""
    if home := environ.get("XDG_CONFIG_HOME"):
        return Path(home) / "tai2"
    return Path(environ.get("HOME") or Path.home()) / ".config" / "tai2"


def find_config(environ: Mapping[str, str]) -> Path | None:
    """Return the TOML file that counts when none is named; None = there is none.

    An instance has one of its own, NAME.toml, or shares config.toml.
    """
    if named := environ.get("TAI2_CONFIG"):
        return Path(named)
    instance = environ.get("TAI2_INSTANCE")
    names = (f"{instance}.toml", "config.toml") if instance else ("config.toml",)
    places = (config_home(environ), Path("/etc/tai2"))
    candidates = [place / name for name in names for place in places]
    return next((path for path in candidates if path.is_file()), None)
