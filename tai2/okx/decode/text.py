"""Reading the exchange's text fields: instants, signed numbers, absent ones, enums.

The decoders of this package share it. It must never guess: what it can't read is
DataInvalid, and an empty text is None or a stated default, never zero by accident.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, TypeVar

from tai2.model.errors import DataInvalid
from tai2.model.instrument import Side
from tai2.model.money import ZERO, dec, dec_or_none

Meaning = TypeVar("Meaning")
MAX_CURRENCY: Final = 20


def instant(text: str) -> int:
    """Read Unix milliseconds.

    Raises:
        DataInvalid: It isn't a plain positive number of at most 16 digits.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise DataInvalid(f"not a time in milliseconds: {text!r:.40}")
    return int(text)


def instant_or(text: str, default: int) -> int:
    """Read Unix milliseconds where the exchange may leave the field empty."""
    return default if text == "" else instant(text)


def dec_or_zero(text: str) -> Decimal:
    """Read a decimal of which "not applicable" means nothing was charged or gained."""
    return ZERO if text == "" else dec(text)


def positive_or_none(text: str) -> Decimal | None:
    """Read a price or limit of which "", "0" and "-1" say that there is none."""
    number = dec_or_none(text)
    return number if number is not None and number > ZERO else None


def currency(text: str) -> str:
    """Read the name of a currency: it is printed in prompts, so no sentence may pass for one.

    Raises:
        DataInvalid: It isn't 1 to 20 ASCII letters and digits.
    """
    if not (text.isascii() and text.isalnum() and len(text) <= MAX_CURRENCY):
        raise DataInvalid(f"not a currency: {text!r:.40}")
    return text


def side(text: str) -> Side:
    """Read buy or sell."""
    return meaning(text, {"buy": Side.BUY, "sell": Side.SELL}, "side")


def meaning(text: str, table: Mapping[str, Meaning], what: str) -> Meaning:
    """Look an enumerated word up.

    Raises:
        DataInvalid: The exchange used a word that we don't know.
    """
    if text not in table:
        raise DataInvalid(f"unknown {what}: {text!r:.40}")
    return table[text]
