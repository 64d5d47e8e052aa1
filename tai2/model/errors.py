"""The one tree of errors that a person reads.

Tai2Error(message, hint, exit_code)
├── UsageError           2   a flag, an argument or a file of the user's is wrong
├── ConfigError          2   a setting is unknown, malformed or contradicts another
├── DaemonNotRunning     3   nothing listens on the socket
├── KeysRejected         4   an API key is missing, rejected or lacks a permission
│   └── WrongEnvironment 78  the key is of the demo exchange and we aren't, or the reverse
├── Refused              5   a guard, a halt or a missing confirmation says no
├── DeadlineExceeded     6   the other side did not answer in time
├── ProtocolMismatch     8   client and daemon are of different versions
├── DataInvalid          1   the exchange, a file or a model said something unreadable
├── VenueUnavailable     1   the exchange can't be reached or refuses to talk
├── HistoryUnavailable   1   the database that keeps history can't be reached
├── IndicatorsFailed     1   indicators can't be computed now
├── LeaseLost            1   the account's lock is gone: another desk may trade on it now
├── JournalFailed        74  the journal can't be written: nothing may be sent
└── StartRefused         78  configuration, key or permission forbids a start

Every layer raises them and only the CLI's main function prints them.
They must never carry a secret, nor stand for a business outcome (those are values).
"""

from typing import Final

NO_RESTART: Final = (2, 4, 74, 78)
"""Exit codes of the daemon after which another start alone can't do better."""


class Tai2Error(Exception):
    """Something went wrong that the operator can act upon."""

    exit_code: int = 1

    def __init__(self, message: str, hint: str = "") -> None:
        """Keep one line of what happened and one line of what to do next."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(Tai2Error):
    """A flag, an argument or a file of the user's is wrong."""

    exit_code = 2


class ConfigError(Tai2Error):
    """A setting is unknown, malformed or contradicts another."""

    exit_code = 2


class DaemonNotRunning(Tai2Error):
    """Nothing listens on the daemon's socket."""

    exit_code = 3


class KeysRejected(Tai2Error):
    """An API key is missing, rejected or lacks a permission."""

    exit_code = 4


class WrongEnvironment(KeysRejected):
    """The key is of the demo exchange and the desk isn't, or the reverse."""

    exit_code = 78


class Refused(Tai2Error):
    """A guard, a halt or a missing confirmation says no."""

    exit_code = 5


class DeadlineExceeded(Tai2Error):
    """The other side did not answer in time."""

    exit_code = 6


class ProtocolMismatch(Tai2Error):
    """Client and daemon are of different versions."""

    exit_code = 8


class DataInvalid(Tai2Error):
    """The exchange, a file or a model said something unreadable."""


class VenueUnavailable(Tai2Error):
    """The exchange can't be reached or refuses to talk."""


class HistoryUnavailable(Tai2Error):
    """The database that keeps history can't be reached; nothing is lost."""


class IndicatorsFailed(Tai2Error):
    """Indicators can't be computed now: they are missing, and nothing is traded on them."""


class LeaseLost(Tai2Error):
    """The account's lock is gone: another desk may trade on it now, so this one must end."""


class JournalFailed(Tai2Error):
    """The journal can't be written: nothing may be sent from here on."""

    exit_code = 74


class StartRefused(Tai2Error):
    """Configuration, key or permission forbids a start."""

    exit_code = 78
