"""Text for people: numbers, ages, times and strings that strangers wrote.

Every face formats through here, so that a price looks the same in each of them.
Standard library only; it must never let a control or direction character through.
"""

import re
import unicodedata
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

UNKNOWN: Final = "–"
"""Stands for a figure that we don't know; 0 is a figure."""

_DIRECTION: Final = re.compile("[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_ESCAPE: Final = re.compile(
    "\x1b\\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor moves
    "|[\x1b\x9d][\\]PX^_]?[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)"  # OSC, DCS and their like
    "|\x9b[0-?]*[ -/]*[@-~]"
)
_SECOND: Final = 1_000
_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400


def safe(text: str, *, keep_lines: bool = False) -> str:
    """Strip escape sequences, control and bidi characters from somebody else's text.

    Args:
        text: Anything, model output above all.
        keep_lines: True keeps line feeds; otherwise they become single spaces.
    """
    if text.isascii() and text.isprintable():
        return text
    cleaned = _DIRECTION.sub("", _ESCAPE.sub("", text.replace("\r\n", "\n"))).replace("\t", " ")
    if not keep_lines:
        cleaned = cleaned.replace("\n", " ")
    return "".join(c for c in cleaned if c == "\n" or unicodedata.category(c)[0] != "C")


def width(text: str) -> int:
    """Return how many terminal columns a safe text takes."""
    return sum(_columns(c) for c in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def clip(text: str, columns: int) -> str:
    """Shorten a safe text to so many columns, ending in … when something is lost."""
    if width(text) <= columns:
        return text
    kept = ""
    for char in text:
        if width(kept) + _columns(char) > columns - 1:
            break
        kept += char
    return kept + "…" if columns > 0 else ""


def number(figure: Decimal | None) -> str:
    """Write a price or a quantity with all its digits, grouped by commas."""
    return UNKNOWN if figure is None else f"{figure:,f}"


def figure(number: Decimal | None) -> str:
    """Write a limit or a count without the zeros that say nothing: 3, 0.3, 1,000."""
    return UNKNOWN if number is None else f"{number.normalize():,f}"


def price_like(px: Decimal | None, model_px: Decimal | None) -> str:
    """Write a computed price with as many decimals as one that the exchange quoted."""
    if px is None or model_px is None:
        return number(px)
    return number(px.quantize(model_px, ROUND_HALF_EVEN))


def money(amount_quote: Decimal | None) -> str:
    """Write own money without sign emphasis: 2 decimals, 4 below 1 in either direction."""
    if amount_quote is None:
        return UNKNOWN
    return f"{_rounded(amount_quote):,f}"


def pnl(amount_quote: Decimal | None) -> str:
    """Write a gain or loss: ▲+30.12, ▼-8.00 or •0.00, so that no colour is needed."""
    if amount_quote is None:
        return UNKNOWN
    rounded = _rounded(amount_quote)
    if rounded == 0:
        return "•0.00"
    return f"{'▲' if rounded > 0 else '▼'}{rounded:+,f}"


def _rounded(amount_quote: Decimal) -> Decimal:
    """Round to cents, half to even; amounts below 1 keep 4 decimals."""
    places = Decimal("0.0001") if 0 < abs(amount_quote) < 1 else Decimal("0.01")
    rounded = amount_quote.quantize(places, ROUND_HALF_EVEN)
    return abs(rounded) if rounded == 0 else rounded


def percent(ratio: Decimal | None, places: int = 2) -> str:
    """Write a ratio as signed percent: 0.0085 → +0.85%."""
    if ratio is None:
        return UNKNOWN
    points = (ratio * 100).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    return f"{points:+f}%" if points else f"{abs(points):f}%"


def age(age_ms: int | None) -> str:
    """Write an age or a duration shortly: 0.4s, 14s, 3m20s, 2h14m, 5d3h."""
    if age_ms is None:
        return UNKNOWN
    if 100 <= age_ms < _SECOND:
        return f"0.{age_ms // 100}s"
    seconds = max(age_ms, 0) // _SECOND
    if seconds < _MINUTE:
        return f"{seconds}s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE}m{seconds % _MINUTE:02d}s"
    if seconds < _DAY:
        return f"{seconds // _HOUR}h{seconds % _HOUR // _MINUTE:02d}m"
    return f"{seconds // _DAY}d{seconds % _DAY // _HOUR}h"


def countdown(left_ms: int | None) -> str:
    """Write a time to wait as a clock: 0:42, 12:05, 1:02:03."""
    if left_ms is None:
        return UNKNOWN
    seconds = max(left_ms, 0) // _SECOND
    minutes = f"{seconds % _HOUR // _MINUTE}:{seconds % _MINUTE:02d}"
    return f"{seconds // _HOUR}:{minutes:0>5}" if seconds >= _HOUR else minutes


def utc_iso(ts_ms: int) -> str:
    """Write an instant as ISO 8601 in UTC with milliseconds: 2026-11-23T09:47:12.000Z."""
    moment = datetime.fromtimestamp(ts_ms // _SECOND, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ts_ms % _SECOND:03d}Z"


def utc_seconds(ts_ms: int) -> str:
    """Write an instant as accounting tools read it: 2026-11-23 09:47:12 UTC."""
    return f"{datetime.fromtimestamp(ts_ms // _SECOND, UTC):%Y-%m-%d %H:%M:%S} UTC"


def utc_day(ts_ms: int) -> str:
    """Write a day in UTC: 2026-11-23."""
    return f"{datetime.fromtimestamp(ts_ms // _SECOND, UTC):%Y-%m-%d}"


def utc_time(ts_ms: int) -> str:
    """Write an instant in UTC, without the zone: 2026-11-23 09:47:12."""
    return f"{datetime.fromtimestamp(ts_ms // _SECOND, UTC):%Y-%m-%d %H:%M:%S}"


def utc_clock(ts_ms: int) -> str:
    """Write a time of day in UTC: 09:47:12."""
    return f"{datetime.fromtimestamp(ts_ms // _SECOND, UTC):%H:%M:%S}"


def utc_minute(ts_ms: int) -> str:
    """Write a day and a minute in UTC: 11-23 09:47."""
    return f"{datetime.fromtimestamp(ts_ms // _SECOND, UTC):%m-%d %H:%M}"


def usd(cost_usd: Decimal | None, places: int = 4) -> str:
    """Write what a model costs: $0.0041; – when its price isn't known."""
    if cost_usd is None:
        return UNKNOWN
    return f"${cost_usd.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN):,f}"


def latency(took_ms: int) -> str:
    """Write how long an answer took: 340 ms, 2.3 s, 41 s."""
    if took_ms < _SECOND:
        return f"{took_ms} ms"
    return f"{took_ms / _SECOND:.1f} s" if took_ms < 10_000 else f"{took_ms // _SECOND} s"


def count(figure: int) -> str:
    """Write a count shortly: 873, 3.1k, 128k."""
    if figure < 1_000:
        return str(figure)
    return f"{figure / 1_000:.1f}k" if figure < 10_000 else f"{figure // 1_000}k"


def ratio_percent(part: int, whole: int) -> str:
    """Write a share as whole percent; – of nothing."""
    return f"{100 * part // whole}%" if whole else UNKNOWN
