"""The key=value words of a knob's line.

Knobs read them by key; numbers and choices are checked here. A word that no knob read is an
error, so that a mistyped fault can never be one that silently doesn't happen.
"""

from collections.abc import Mapping
from decimal import Decimal

from tai2.model.errors import DataInvalid, UsageError
from tai2.model.money import dec


class Words:
    """The key=value words of one line; every word must be read by its knob."""

    def __init__(self, name: str, words: Mapping[str, str]) -> None:
        self._name = name
        self._words = dict(words)
        self._left = set(words)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a word; raises UsageError when it's missing and has no default."""
        self._left.discard(key)
        found = self._words.get(key, default)
        if found is None:
            raise UsageError(f"{self._name}: {key}= is missing", f"such as {self._name} {key}=…")
        return found

    def number(self, key: str, default: str | None = None) -> Decimal:
        """Return a word as a number; raises UsageError when it isn't one."""
        try:
            return dec(self.text(key, default))
        except DataInvalid as exc:
            raise UsageError(f"{self._name}: {key}= {exc.message}", "give a number") from exc

    def whole(self, key: str, default: str | None = None) -> int:
        """Return a word as a whole number."""
        return int(self.number(key, default))

    def one_of(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """Return one of the words allowed."""
        found = self.text(key, default)
        if found not in allowed:
            raise UsageError(f"{self._name}: {key}={found}", f"one of {', '.join(allowed)}")
        return found

    def is_on(self) -> bool:
        """Read the bare word on (default) or off."""
        return self.one_of("", ("on", "off"), "on") == "on"

    def keys(self) -> tuple[str, ...]:
        """Return the names of all words."""
        return tuple(self._words)

    def finish(self) -> None:
        """Raise UsageError for a word that nobody read."""
        if self._left:
            raise UsageError(
                f"{self._name}: unknown word {min(self._left)!r}",
                "see the docstring of tai2/sim/server/knobs.py",
            )
