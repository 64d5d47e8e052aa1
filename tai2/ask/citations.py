"""Whether an answer's sources and numbers are real: checked against what tools returned.

The dialogue calls it after the last word. It catches invention, not bad judgement; it must
never repair an answer, only say in a footer what it found.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tai2.model.decision import Features
from tai2.prompt.claims import ungrounded

NAMED: Final = 3
"""Failures that the footer spells out."""
_NOTHING: Final = Features(facts={}, series=())
_BRACKETS: Final = re.compile(r"\[([^\[\]\n]{1,200})\]")
_ID: Final = re.compile(r"[A-Z]-[0-9A-Za-z_-]{1,40}|[CD][0-9A-HJKMNP-TV-Z]{26}", re.ASCII)
_TIME: Final = re.compile(
    r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?Z?)?\b"
    r"|\b[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?Z?\b",
    re.ASCII,
)
_BULLET: Final = re.compile(r"^[ ]*[0-9]{1,2}[.)] ", re.ASCII | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One source that an answer names."""

    cited: str
    full_id: str
    """Of the row that a tool returned; "" = no tool returned it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What became of an answer's sources and numbers."""

    citations: tuple[Citation, ...]
    """In order of appearance, each once."""
    numbers: int
    """Different numbers in the answer; times, ids and list marks aside."""
    unmatched: tuple[str, ...]
    """Numbers that no tool printed, as written without commas."""

    @property
    def is_verified(self) -> bool:
        """True when there is a source and everything cited and quoted is real."""
        are_known = all(each.full_id for each in self.citations)
        return bool(self.citations) and are_known and not self.unmatched

    @property
    def footer(self) -> str:
        """One line for people: sources 3/3 ok · numbers 5/6 matched (113,410 not found)."""
        return f"{self._sources()} · {self._numbers()}"

    def _sources(self) -> str:
        if not self.citations:
            return "no sources cited"
        unknown = [each.cited for each in self.citations if not each.full_id]
        good = len(self.citations) - len(unknown)
        return f"sources {good}/{len(self.citations)} ok{_missing(unknown)}"

    def _numbers(self) -> str:
        if not self.numbers:
            return "no numbers"
        good = self.numbers - len(self.unmatched)
        grouped = [_grouped(each) for each in self.unmatched]
        return f"numbers {good}/{self.numbers} matched{_missing(grouped)}"


def check(answer: str, outputs: Sequence[str], ids: Mapping[str, str]) -> Check:
    """Compare an answer with what the tools of this turn returned.

    Args:
        answer: The final text.
        outputs: Everything that tools returned, the funnel included.
        ids: Short id → full id of every row returned; full ids may be cited too.
    """
    full = set(ids.values())
    citations = tuple(
        Citation(cited=each, full_id=ids.get(each, each if each in full else ""))
        for each in dict.fromkeys(_cited(answer))
    )
    known = [Decimal(each) for text in outputs for each in _numbers_of(text)]
    words = _words(answer)
    return Check(
        citations=citations,
        numbers=len(_numbers_of(answer)),
        unmatched=ungrounded(words, _NOTHING, known),
    )


def _cited(answer: str) -> Iterator[str]:
    for inner in _BRACKETS.findall(answer):
        for part in re.split(r"[,;\s]+", inner):
            if _ID.fullmatch(part):
                yield part


def _numbers_of(text: str) -> tuple[str, ...]:
    return ungrounded(_words(text), _NOTHING, ())


def _words(text: str) -> str:
    """Return a text without ids, times and list marks, whose digits are no figures."""
    bare = _BRACKETS.sub(lambda m: " " if _ID.search(m[1]) else m[0], text)
    return _BULLET.sub("", _TIME.sub(" ", bare))


def _missing(named: Sequence[str]) -> str:
    if not named:
        return ""
    more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
    return f" ({', '.join(named[:NAMED])}{more} not found)"


def _grouped(number: str) -> str:
    """Write a number of ASCII digits with commas: 113410.5 → 113,410.5."""
    whole, point, rest = number.partition(".")
    sign, digits = (whole[0], whole[1:]) if whole[:1] in ("+", "-") else ("", whole)
    grouped = re.sub(r"(?<=[0-9])(?=(?:[0-9]{3})+$)", ",", digits)
    return f"{sign}{grouped}{point}{rest}"
