"""The rows that never scroll away: header, tabs, and the keys at the bottom.

The shell gives them what they show. Which keys the footer names follows from the rank in
the key table and from the width.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from tai2.tui.key import Key, Place
from tai2.tui.keys import keys_of
from tai2.view.palette import Tone
from tai2.view.panels.line import Line, Span, line
from tai2.view.text import width

_LAST: Final = frozenset({"pause", "halt", "flatten", "detach"})
"""Stand at the end of the footer, where the hand finds them in every tab."""


def tabs_row(names: Sequence[str], chosen: str) -> Line:
    """Return the row of tabs with the chosen one reversed."""
    spans: list[Span] = []
    for number, name in enumerate(names, 1):
        if number > 1:
            spans.append(Span("│", Tone.BORDER))
        if name == chosen:
            spans.append(Span(f" {number} {name} ", Tone.CHOSEN))
        else:
            spans += [Span(f" {number} ", Tone.DIM), Span(f"{name} ", Tone.PLAIN)]
    return tuple(spans)


def footer(place: Place, columns: int) -> Line:
    """Return the keys that work now, as many as fit; those of rank 1 always come."""
    known = [key for key in keys_of(place, Place.EVERYWHERE) if key.rank]
    shown = {key.id for key in known if key.rank == 1}
    for key in known:
        if _wide(each for each in known if each.id in shown or each is key) < columns:
            shown.add(key.id)
    chosen = [key for key in known if key.id in shown]
    in_order = sorted(chosen, key=lambda key: 2 if key.id in _LAST else int(key.place is place))
    spans: list[str | Span] = [" "]
    for key in in_order:
        spans += [Span(key.shown, Tone.ACCENT), Span(f" {key.label}  ", Tone.PLAIN)]
    return line(*spans)


def _wide(keys: Iterable[Key]) -> int:
    return 1 + sum(width(key.shown) + width(key.label) + 3 for key in keys)
