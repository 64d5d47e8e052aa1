"""Decides which notices are sent: by grade, not twice, not too many.

The notifier puts every notice in and sends what comes out. An urgent notice is never held
back by the hourly limit, and what was held back is counted and told with the next one.
"""

from collections import deque
from dataclasses import dataclass, replace
from typing import Final

from tai2.model.notice import Grade, Notice

HOUR_MS: Final = 3_600_000
_KEYS_KEPT: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRule:
    """What is sent, and how often at most."""

    least: Grade
    """Lower grades are dropped."""
    repeat_ms: int
    """The same key again within this time is dropped."""
    per_hour: int
    """More than so many within an hour wait; urgent ones don't."""


class Mailbag:
    """Remembers what was sent lately."""

    def __init__(self, rule: MailRule) -> None:
        self._rule = rule
        self._last_by_key: dict[str, int] = {}
        self._sent: deque[int] = deque()
        self._held_back = 0

    def admit(self, notice: Notice, now_ms: int) -> Notice | None:
        """Return the notice as it is to be sent, or None when it isn't.

        Args:
            notice: What happened.
            now_ms: UTC; never goes back by more than a clock correction.
        """
        if not notice.grade.is_at_least(self._rule.least) or self._is_repeat(notice, now_ms):
            return None
        while self._sent and now_ms - self._sent[0] >= HOUR_MS:
            self._sent.popleft()
        if len(self._sent) >= self._rule.per_hour and notice.grade is not Grade.URGENT:
            self._held_back += 1
            return None
        self._sent.append(now_ms)
        self._note(notice.key, now_ms)
        held_back, self._held_back = self._held_back, 0
        if not held_back:
            return notice
        more = f"{notice.text} ({held_back} notices before this one were held back: tai2 logs)"
        return replace(notice, text=more)

    def _is_repeat(self, notice: Notice, now_ms: int) -> bool:
        last = self._last_by_key.get(notice.key)
        return last is not None and now_ms - last < self._rule.repeat_ms

    def _note(self, key: str, now_ms: int) -> None:
        self._last_by_key.pop(key, None)
        self._last_by_key[key] = now_ms
        if len(self._last_by_key) > _KEYS_KEPT:
            del self._last_by_key[next(iter(self._last_by_key))]
