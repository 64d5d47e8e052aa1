"""What each control is called, what it accepts and how it is shown.

The control book patches and lists with it. A text that isn't a clean value must be refused
with a hint, and a cap can't be looser than its ceiling.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Final

from tai2.model.controls import Controls
from tai2.model.errors import DataInvalid, Refused, UsageError
from tai2.model.ids import InstId
from tai2.model.money import QuoteAmt, dec, trimmed
from tai2.risk.tighter import KNOBS

MIN_INTERVAL_S: Final = Decimal(1)
MAX_INTERVAL_S: Final = Decimal(86_400)
MAX_PROMPT: Final = 20_000
"""Characters of a system prompt or a strategy."""
_MODEL_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
PROMPTS: Final = ("system_prompt", "strategy")
_EFFECTS: Final = {
    "interval": "the running wait is cut to it; next cycle counted from the last one",
    "max_order_notional": "the next order is cut to it; open orders stay",
    "max_position_notional": "entries beyond it are refused; open positions stay",
    "model": "asked from the next decision on",
    "instruments": "no new cycle for the others; their positions and stops stay",
    "system_prompt": "a new version, sent with the next decision",
    "strategy": "a new version, sent with the next decision",
}


def patched(current: Controls, ceilings: Controls, key: str, text: str) -> Controls:
    """Return the controls with one changed.

    Raises:
        UsageError: The key is unknown or the text malformed.
        Refused: The text is looser than the ceiling.
    """
    match key:
        case "interval":
            changed: dict[str, object] = {"interval_s": _interval(text)}
        case "max_order_notional":
            changed = {key: _cap(key, text, ceilings.max_order_notional)}
        case "max_position_notional":
            changed = {key: _cap(key, text, ceilings.max_position_notional)}
        case "model":
            changed = {"model_id": _model_id(text)}
        case "instruments":
            changed = _narrowed(ceilings.instruments, text)
        case "system_prompt" | "strategy":
            changed = {key: _prompt(key, text)}
        case _:
            known = ", ".join((*texts(current), *PROMPTS, *KNOBS))
            raise UsageError(f"unknown control {key!r:.40}", f"Known: {known}.")
    return replace(current, **changed)  # type: ignore[arg-type]  # each case gives its own field


def texts(controls: Controls) -> Mapping[str, str]:
    """Return every control that fits on a line, as text; prompts have verbs of their own."""
    return {
        "interval": trimmed(controls.interval_s),
        "max_order_notional": trimmed(controls.max_order_notional),
        "max_position_notional": trimmed(controls.max_position_notional),
        "model": controls.model_id,
        "instruments": ",".join(controls.instruments),
    }


def span(key: str, ceilings: Controls) -> str:
    """Return what a control accepts, in words."""
    match key:
        case "interval":
            return f"{MIN_INTERVAL_S} to {MAX_INTERVAL_S:,} s"
        case "max_order_notional":
            return f"0 to {ceilings.max_order_notional:,f}"
        case "max_position_notional":
            return f"0 to {ceilings.max_position_notional:,f}"
        case "model":
            return 'vendor/name; "" = the settings\' model'
        case "instruments":
            return f"at least one of {', '.join(ceilings.instruments)}"
        case _:
            return f"up to {MAX_PROMPT:,} characters"


def effect(key: str) -> str:
    """Return what a change of a control does."""
    return _EFFECTS.get(key, "")


def included(followed: tuple[InstId, ...], excluded: tuple[InstId, ...]) -> tuple[InstId, ...]:
    """Return the instruments that cycles run for: all of them when none would be left."""
    return tuple(inst for inst in followed if inst not in excluded) or followed


def _narrowed(followed: tuple[InstId, ...], text: str) -> dict[str, object]:
    wanted = {InstId(part.strip()) for part in text.split(",") if part.strip()}
    if unknown := sorted(wanted - set(followed)):
        raise Refused(
            f"{unknown[0]:.40} isn't followed",
            f"Followed: {', '.join(followed)}. Add others in the configuration and restart.",
        )
    if not wanted:
        raise UsageError("at least one instrument has to stay", "To stop trading: tai2 halt")
    excluded = tuple(inst for inst in followed if inst not in wanted)
    return {"instruments": included(followed, excluded), "excluded": excluded}


def _number(key: str, text: str) -> Decimal:
    try:
        return dec(text)
    except (DataInvalid, InvalidOperation) as exc:
        raise UsageError(f"{key} needs a plain number, not {text!r:.40}") from exc


def _interval(text: str) -> Decimal:
    seconds = _number("interval", text)
    if not MIN_INTERVAL_S <= seconds <= MAX_INTERVAL_S:
        raise UsageError(f"interval is in seconds, {MIN_INTERVAL_S} to {MAX_INTERVAL_S}")
    return seconds


def _cap(key: str, text: str, ceiling: QuoteAmt) -> QuoteAmt:
    cap = _number(key, text)
    if cap < 0:
        raise UsageError(f"{key} can't be negative")
    if cap > ceiling:
        raise Refused(
            f"{key} can't be looser than the settings' {trimmed(ceiling)}",
            f"Raise risk.{key} in the configuration and restart.",
        )
    return QuoteAmt(cap)


def _model_id(text: str) -> str:
    if text and not _MODEL_ID.fullmatch(text):
        raise UsageError(f"{text!r:.60} isn't a model id", "Such as vendor/name; see tai2 models.")
    return text


def _prompt(key: str, text: str) -> str:
    if len(text) > MAX_PROMPT:
        raise UsageError(f"{key} has {len(text)} characters, {MAX_PROMPT} are the most")
    if _CONTROL.search(text):
        raise UsageError(f"{key} holds control characters", "Plain text and line breaks only.")
    return text
