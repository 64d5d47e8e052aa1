"""How a fact's number is printed: plain digits, as many as its magnitude deserves.

Features print with it, and the number that code compares is made from the printed text.
It must never print an exponent, a negative zero, a NaN or an infinity.
"""

import math
from decimal import Decimal

Number = Decimal | float


def finite(number: Number | None) -> Number | None:
    """Return a number that can be printed; None for None, NaN and infinities."""
    return number if number is not None and math.isfinite(number) else None


def fixed(number: Number, decimals: int) -> str:
    """Print with a fixed number of decimals: 2.5, 1 → "2.5"."""
    text = f"{number:.{decimals}f}"
    return text.removeprefix("-") if text.strip("-0.") == "" else text


def signed(number: Number, decimals: int) -> str:
    """Print as `fixed` does, with a plus in front of positive numbers: 0.311, 2 → "+0.31"."""
    text = fixed(number, decimals)
    return text if text.startswith("-") or text.strip("0.") == "" else f"+{text}"


def decimals_for(number: Number, significant: int = 5) -> int:
    """Return how many decimals show `significant` digits: 0 to 8, 2 for zero."""
    if number == 0:
        return 2
    return min(max(significant - 1 - math.floor(math.log10(abs(float(number)))), 0), 8)


def step_decimals(step: Decimal) -> int:
    """Return the decimals of a tick: 0.01 → 2, 0.50 → 1, 5 → 0."""
    exponent = step.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0
