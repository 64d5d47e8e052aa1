"""How a terminal was asked to be: flags of `tai2 tui` and what the surroundings say.

The command line fills it, the app reads it. Nothing here may change while it runs.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from tai2.view.palette import DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One way of attaching."""

    tab: str = "LIVE"
    """Shown first."""
    is_readonly: bool = False
    is_plain: bool = False
    """No boxes, ASCII signs, no motion."""
    is_replay: bool = False
    palette: str = DEFAULT
    glyphs: str = "box"


def quieted(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what to set before Textual is imported: no motion over SSH."""
    return {} if "TEXTUAL_ANIMATIONS" in environ else {"TEXTUAL_ANIMATIONS": "none"}
