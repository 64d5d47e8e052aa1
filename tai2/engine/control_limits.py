"""The limits among the controls: each may be made tighter than the settings' ceiling, no more.

The control book changes and lists with it. A looser value must be refused by name, and taking
a tightening back means giving the ceiling's own value.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from tai2.model.controls import Controls, Tighter
from tai2.model.errors import DataInvalid, Refused, UsageError
from tai2.model.limits import Limits
from tai2.model.money import ZERO, dec, trimmed
from tai2.risk.tighter import KNOBS, Knob, in_force


def tightened(current: Controls, ceilings: Limits, key: str, text: str) -> Controls:
    """Return the controls with one limit tightened.

    Raises:
        UsageError: The text isn't a number that fits.
        Refused: Looser than the ceiling.
    """
    knob, wanted = KNOBS[key], _number(KNOBS[key], key, text)
    ceiling = knob.of(ceilings)
    if knob.is_looser(wanted, ceiling):
        raise Refused(
            f"{key} can't be looser than the settings' {trimmed(ceiling)}",
            f"Change risk.{key} in the configuration and restart.",
        )
    others = tuple(wish for wish in current.tighter if wish.name != key)
    mine = () if wanted == ceiling else (Tighter(name=key, limit=wanted),)
    return replace(current, tighter=tuple(sorted((*others, *mine), key=lambda w: w.name)))


def limit_texts(ceilings: Limits, controls: Controls) -> Mapping[str, str]:
    """Return every limit in force as text, by its name in the settings."""
    limits = in_force(ceilings, controls)
    return {name: trimmed(knob.of(limits)) for name, knob in KNOBS.items()}


def limit_span(key: str, ceilings: Limits) -> str:
    """Return what a limit accepts, in words."""
    knob = KNOBS[key]
    ceiling = f"{trimmed(knob.of(ceilings))} {knob.unit}".rstrip()
    return f"at least {ceiling}" if knob.is_floor else f"at most {ceiling}"


def _number(knob: Knob, key: str, text: str) -> Decimal:
    try:
        wanted = dec(text)
    except (DataInvalid, InvalidOperation) as exc:
        raise UsageError(f"{key} needs a plain number, not {text!r:.40}") from exc
    if wanted < ZERO or (knob.is_count and wanted != wanted.to_integral_value()):
        raise UsageError(f"{key} can't be {text:.40}", "A count is whole, nothing is negative.")
    return wanted
