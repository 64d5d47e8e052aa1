"""Which pandas-ta computes the indicators: the maintained classic one, or the user's upstream.

The daemon settles it once at its start, the indicator modules import through it at first use.
Both must give the same numbers: the golden values hold them to each other.
"""

import importlib
import warnings
from enum import StrEnum
from functools import cache
from importlib.util import find_spec
from types import ModuleType
from typing import Final

from tai2.model.errors import ConfigError


class Library(StrEnum):
    """Names as PyPI has them."""

    CLASSIC = "pandas-ta-classic"
    """Comes with tai2."""
    UPSTREAM = "pandas-ta"
    """The original, where the user installed it; it needs Python 3.12 or newer."""


_MODULES: Final = {Library.CLASSIC: "pandas_ta_classic", Library.UPSTREAM: "pandas_ta"}
_HINT: Final = (
    "Install it beside tai2 on Python 3.12 or newer (uv pip install pandas-ta==0.4.71b0), "
    f"or set indicators.library to {Library.CLASSIC.value}."
)
_chosen: list[Library] = [Library.CLASSIC]
"""One item: the choice in force."""


def choose(library: Library) -> None:
    """Compute with a library from now on; nothing heavy is imported yet.

    Raises:
        ConfigError: It isn't installed.
    """
    if find_spec(_MODULES[library]) is None:
        raise ConfigError(f"indicators.library is {library.value}, which isn't installed", _HINT)
    _chosen[0] = library


def pandas_ta() -> ModuleType:
    """Return the chosen library, imported at its first use."""
    return _imported(_MODULES[_chosen[0]])


@cache
def _imported(name: str) -> ModuleType:
    with warnings.catch_warnings():
        # Classic stamps itself with a deprecated pandas property.
        warnings.simplefilter("ignore", DeprecationWarning)
        return importlib.import_module(name)
