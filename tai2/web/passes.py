"""Who may open the web page: one token per installation, and sessions that it signs.

The gate asks it. The token lies in a file that only its owner can read, and comparing takes the
same time for every guess; wrong guesses are few a minute.
"""

import hashlib
import hmac
import os
import secrets
import stat
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tai2.model.errors import ConfigError

SESSION_S: Final = 12 * 3600
GUESSES_PER_MINUTE: Final = 5
_TOKEN_BYTES: Final = 32
_MINUTE_S: Final = 60


def token_in(path: Path) -> str:
    """Return the token of an installation; it is made at first use.

    Raises:
        ConfigError: Others can read the file, or it can't be written.
    """
    try:
        if path.exists():
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise ConfigError(f"{path} is open to others", f"chmod 600 {path}")
            return path.read_text(encoding="ascii").strip()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(token)
    except OSError as exc:
        raise ConfigError(
            f"can't use {path}: {exc.strerror}", "Check the state directory."
        ) from exc
    return token


class Passes:
    """Checks tokens and the sessions made of them."""

    def __init__(self, token: str, now_s: Callable[[], float]) -> None:
        """now_s: Unix time in seconds."""
        self._token = token
        self._now_s = now_s
        self._wrong: deque[float] = deque()

    @property
    def is_barred(self) -> bool:
        """True while there were too many wrong guesses within a minute."""
        while self._wrong and self._now_s() - self._wrong[0] >= _MINUTE_S:
            self._wrong.popleft()
        return len(self._wrong) >= GUESSES_PER_MINUTE

    def takes(self, token: str) -> bool:
        """Tell whether a token is the right one; a wrong one is remembered for a minute."""
        if self.is_barred:
            return False
        if hmac.compare_digest(token.encode(), self._token.encode()):
            return True
        self._wrong.append(self._now_s())
        return False

    def session(self) -> str:
        """Return a signed session that ends in SESSION_S."""
        until = str(int(self._now_s()) + SESSION_S)
        return f"{until}.{self._signature(until)}"

    def knows(self, session: str) -> bool:
        """Tell whether a session is one of ours and hasn't ended."""
        until, _, signature = session.partition(".")
        is_ours = hmac.compare_digest(signature.encode(), self._signature(until).encode())
        return is_ours and until.isdecimal() and int(until) > self._now_s()

    def _signature(self, text: str) -> str:
        return hmac.new(self._token.encode(), text.encode(), hashlib.sha256).hexdigest()
