"""Money and quantities: Decimal types that never mix units, and their text form.

Every layer uses these types; only `Instrument` converts between quantities.
Nothing here may accept a float, a localized digit, an exponent or a NaN.
"""

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Final, NewType

from tai2.model.errors import DataInvalid

Px = NewType("Px", Decimal)
"""Price in quote currency for one unit of base currency."""

Contracts = NewType("Contracts", Decimal)
"""Order or position size as the exchange counts it: contracts, or base for SPOT. Unsigned
for orders; signed for net positions (negative = short)."""

BaseQty = NewType("BaseQty", Decimal)
"""Amount of base currency."""

QuoteAmt = NewType("QuoteAmt", Decimal)
"""Amount of quote currency (USDT): notional, fee, PnL, equity."""

ZERO: Final = Decimal(0)
BPS: Final = Decimal(10_000)
_WIDE: Final = Context(prec=60)
"""Rounds whatever amount comes without running out of digits."""
_PLAIN: Final = re.compile(r"-?[0-9]{1,24}(\.[0-9]{1,24})?", re.ASCII)


def dec(text: str | int) -> Decimal:
    """Read a decimal from an exchange's text.

    Args:
        text: Plain ASCII digits with an optional sign and point ("-0.0005"), or an int.

    Returns:
        The exact value, trailing zeros kept.

    Raises:
        DataInvalid: For anything else: "", "1e5", "１２", "1_000", "NaN", floats.
    """
    if isinstance(text, int) and not isinstance(text, bool):
        return Decimal(text)
    if not isinstance(text, str) or not _PLAIN.fullmatch(text):
        raise DataInvalid(f"not a plain decimal number: {text!r:.40}")
    return Decimal(text)


def dec_or_none(text: str | None) -> Decimal | None:
    """Read a decimal where the exchange may say "not applicable" by an empty string."""
    return None if text is None or text == "" else dec(text)


def plain(number: Decimal) -> str:
    """Write a decimal as the exchange does: no exponent, digits kept as they are."""
    return format(number, "f")


def trimmed(number: Decimal) -> str:
    """Write a decimal without exponent and without trailing zeros ("0.50" → "0.5")."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def rounded(number: Decimal, places: int) -> Decimal:
    """Cut endless digits to so many places; a number with fewer stays as it is."""
    short = number.quantize(Decimal(1).scaleb(-places), context=_WIDE)
    return number if short == number else short


def floor_to(number: Decimal, step: Decimal) -> Decimal:
    """Round toward minus infinity to a multiple of step (step > 0)."""
    return (number / step).to_integral_value(ROUND_FLOOR) * step


def ceil_to(number: Decimal, step: Decimal) -> Decimal:
    """Round toward plus infinity to a multiple of step (step > 0)."""
    return (number / step).to_integral_value(ROUND_CEILING) * step


def in_bps(part: Decimal, whole: Decimal) -> Decimal:
    """Return part / whole in basis points (whole ≠ 0)."""
    return part / whole * BPS
