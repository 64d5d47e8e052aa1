"""How old a section may be before a face has to say so.

Panels title sections with it. Only what the exchange feeds can grow stale while the daemon is
attached; the desk's own knowledge is as old as its last change, which is no fault.
"""

from typing import Final

STALE_MS: Final = {"account": 15_000, "positions": 15_000, "tickers": 10_000, "ta": 10_000}
"""Three times what is expected: the account is read every 5 s, markets tick about once a second."""


def is_stale(name: str, age_ms: int | None, *, is_attached: bool = True) -> bool:
    """Tell whether a section's figures must be dimmed and its age shown.

    Args:
        name: Of the section.
        age_ms: Since asof; None = never filled: nothing is shown, so nothing is stale.
        is_attached: False while the daemon is gone: then everything is.
    """
    if age_ms is None:
        return False
    return not is_attached or age_ms > STALE_MS.get(name, age_ms)
