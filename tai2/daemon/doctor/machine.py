"""The doctor's look at the machine: Python, bytecode, disk, directories, socket, service.

It reads files and the socket; it changes nothing and asks nobody outside.
"""

import importlib.util
import os
import platform
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tai2.daemon.doctor.finding import Finding, fail, ok, skipped, warn
from tai2.settings.paths import find_config
from tai2.settings.sections import SECRETS, Settings

GB: Final = 1_000_000_000
LEAST_FREE: Final = GB // 5
"""Bytes below which no desk should start: the journal must be writable for days."""
WANTED_FREE: Final = 2 * GB
UNIT: Final = Path("/etc/systemd/system/tai2.service")


def machine_findings(
    settings: Settings, place: Path, environ: Mapping[str, str] = os.environ
) -> Iterator[Finding]:
    """Yield what the machine itself tells.

    Args:
        settings: The options.
        place: The state directory; it may not exist yet.
        environ: The environment.
    """
    yield ok("python", f"{platform.python_version()} on {platform.system()}")
    yield _bytecode()
    yield _config(environ)
    yield _secrets(settings)
    yield _state_dir(place)
    yield disk(place)
    yield _terminal(environ)
    yield (
        ok("service", f"{UNIT} is there")
        if UNIT.exists()
        else skipped("service", "not installed as a systemd service")
    )


def _bytecode() -> Finding:
    if Path(importlib.util.cache_from_source(__file__)).exists():
        return ok("bytecode", "compiled")
    cure = "Install with --compile-bytecode, or unset PYTHONDONTWRITEBYTECODE: starts get faster."
    return warn("bytecode", "every start compiles the program anew", cure)


def _config(environ: Mapping[str, str]) -> Finding:
    path = find_config(environ)
    if path is None:
        return ok("config", "defaults and environment; no file")
    if path.exists() and path.stat().st_mode & stat.S_IWOTH:
        return fail("config", f"{path} can be changed by anybody", f"chmod o-w {path}")
    return ok("config", str(path))


def _secrets(settings: Settings) -> Finding:
    found = [name.upper() for name in SECRETS if getattr(settings, name) is not None]
    return ok("secrets", ", ".join(found) or "none")


def _state_dir(place: Path) -> Finding:
    if not place.exists():
        return ok("state_dir", f"{place} is made at the first start")
    if not os.access(place, os.W_OK | os.X_OK):
        return fail("state_dir", f"{place} isn't writable", "Give it to the user that runs tai2.")
    if stat.S_IMODE(place.stat().st_mode) & 0o077:
        return warn("state_dir", f"{place} is open to others", f"chmod 700 {place}")
    return ok("state_dir", str(place))


def disk(place: Path) -> Finding:
    """Return how much room the state directory's disk has."""
    here = next(path for path in (place, *place.parents) if path.exists())
    free = shutil.disk_usage(here).free
    seen = f"{free / GB:,.1f} GB free"
    cure = "Make room: without it the journal can't be written and nothing is sent."
    if free < LEAST_FREE:
        return fail("disk", seen, cure)
    return warn("disk", seen, cure) if free < WANTED_FREE else ok("disk", seen)


def _terminal(environ: Mapping[str, str]) -> Finding:
    encoding = (sys.stdout.encoding or "").lower()
    seen = f"{environ.get('TERM', 'none')}, {environ.get('COLORTERM', '256')} colours, {encoding}"
    if encoding.replace("-", "") != "utf8":
        cure = "Set LANG to a UTF-8 locale such as C.UTF-8."
        return warn("terminal", seen, cure)
    return ok("terminal", seen)
