"""Which stretch of time and which instrument a look-up is about, from its checked arguments.

Every look-up over the past begins with it. An instrument that isn't followed must be an error
that names the ones that are.
"""

from dataclasses import dataclass
from typing import Final

from tai2.ask.arguments import Argument, Given, Kind
from tai2.ask.cite import of_window
from tai2.ask.desk import Sources
from tai2.model.errors import UsageError
from tai2.model.ids import InstId
from tai2.view.text import utc_iso

DEFAULT_ROWS: Final = 20
SYMBOL: Final = Argument(name="symbol", kind=Kind.WORD, about="Instrument; absent = all.")
SINCE: Final = Argument(
    name="since", kind=Kind.INSTANT, about="First instant, ISO 8601 UTC.", is_required=True
)
UNTIL: Final = Argument(name="until", kind=Kind.INSTANT, about="End; absent = now.")
LIMIT: Final = Argument(name="limit", kind=Kind.COUNT, about="Rows, newest first; absent = 20.")
WINDOW: Final = (SYMBOL, SINCE, UNTIL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a look-up over the past is about."""

    inst_id: InstId | None
    """None = all instruments."""
    since_ms: int
    until_ms: int
    """First instant that no longer counts."""
    limit: int
    is_open: bool
    """True when it ends now."""

    def cite(self, letter: str) -> str:
        """Return the short id of figures over this scope, the same from minute to minute."""
        until_ms = 0 if self.is_open else self.until_ms
        return of_window(letter, self.since_ms, until_ms, self.inst_id)

    @property
    def label(self) -> str:
        """The scope as a result's head states it."""
        where = self.inst_id or "all instruments"
        end = "now" if self.is_open else utc_iso(self.until_ms)
        return f"{where} {utc_iso(self.since_ms)} to {end}"

    def covers(self, ts: int, inst_id: InstId) -> bool:
        """Tell whether something that happened belongs here."""
        return self.since_ms <= ts < self.until_ms and self.inst_id in (None, inst_id)


def scope_of(given: Given, sources: Sources) -> Scope:
    """Return the scope that arguments name.

    Raises:
        UsageError: The instrument isn't followed, or the window ends before it begins.
    """
    since_ms, until_ms = number(given, "since", 0), number(given, "until", -1)
    until_ms = until_ms if until_ms >= 0 else sources.clock.now_ms() + 1
    if until_ms <= since_ms:
        raise UsageError("until must be after since, and since in the past")
    return Scope(
        inst_id=symbol(given, sources) if "symbol" in given else None,
        since_ms=since_ms,
        until_ms=until_ms,
        limit=number(given, "limit", DEFAULT_ROWS),
        is_open="until" not in given,
    )


def symbol(given: Given, sources: Sources) -> InstId:
    """Return the instrument that an argument names.

    Raises:
        UsageError: It isn't followed.
    """
    named, followed = InstId(word(given, "symbol").upper()), sources.desk.instruments()
    if named not in followed:
        raise UsageError(f"{named} isn't followed", f"Followed: {', '.join(followed)}.")
    return named


def word(given: Given, name: str) -> str:
    """Return a word argument; "" = absent."""
    found = given.get(name, "")
    return found if isinstance(found, str) else ""


def number(given: Given, name: str, default: int) -> int:
    """Return a count or an instant, or the default when absent."""
    found = given.get(name, default)
    return found if isinstance(found, int) else default
