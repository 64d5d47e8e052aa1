"""Help and status must stay light: heavy libraries are for the verbs that need them."""

import os
import subprocess
import sys
from pathlib import Path

HEAVY = {
    *("textual", "pandas", "numpy", "nicegui", "pydantic", "httpx", "asyncpg", "aiohttp"),
    *("websockets", "structlog", "okx", "redis"),
}
LIGHT_STATUS = HEAVY | {"asyncio", "msgspec", "rich", "ssl", "sqlite3"}


def modules_after(code: str, environ: dict[str, str]) -> set[str]:
    """Return the top-level modules that a fresh interpreter has after running code."""
    script = f"import sys\n{code}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env=os.environ | environ,
    )
    return set(done.stdout.splitlines()[-1].split())


def test_the_command_line_imports_nothing_heavy() -> None:
    loaded = modules_after("import tai2.cli.app", {})
    assert "typer" in loaded
    assert loaded & HEAVY == set()


def test_status_adds_no_event_loop_and_no_codec(tmp_path: Path) -> None:
    environ = {"TAI2_SOCKET": str(tmp_path / "none.sock")}
    loaded = modules_after("import tai2.cli.app; assert tai2.cli.app.run(['status']) == 3", environ)
    assert loaded & LIGHT_STATUS == set()


def test_a_reply_of_status_needs_nothing_more(running: object) -> None:
    loaded = modules_after("import tai2.cli.app; assert tai2.cli.app.run(['status']) == 0", {})
    assert loaded & LIGHT_STATUS == set()


def test_the_check_sees_its_prey() -> None:
    assert modules_after("import pydantic", {}) & HEAVY == {"pydantic"}
