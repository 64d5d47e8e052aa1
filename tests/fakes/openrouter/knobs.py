"""Faults of the fake OpenRouter: one frozen record of knobs per call, all off by default."""

import random
from dataclasses import dataclass, fields, replace
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Knobs:
    """What goes wrong with one call; names follow the specification of the fake."""

    latency_ms: int = 0
    ttft_ms: int = 0
    drip_ms: int = 0
    keepalive: int = 0
    """Comments (stream) or blanks (else) before the answer."""
    http: int = 0
    retry_after: str = ""
    """Header text, such as "2", "garbage" or "date+2"."""
    availability: str = ""
    raw_provider_error: bool = False
    error_body_200: bool = False
    choices: str = ""
    """null, empty or nested."""
    finish: str = ""
    """length, content_filter, error, null; "" = stop."""
    refusal: bool = False
    empty_content: bool = False
    parts: bool = False
    """Content as a list of parts."""
    malformed: str = ""
    truncate_bytes: int = 0
    """Cut the body there; "reset" decides how."""
    reset: bool = False
    midstream_error_after: int = 0
    no_done: bool = False
    no_usage: bool = False
    usage_twice: bool = False
    chunk_split: str = ""
    """one_byte, mid_utf8, many_events."""
    crlf: bool = False
    wrong_schema: str = ""
    lie: str = ""
    wrong_side_sl: bool = False
    oversize_amount: bool = False
    model_swap: bool = False
    tool_args_null: bool = False
    tool_unknown: bool = False
    hang: bool = False
    drop_connect: bool = False
    echo_key: bool = False
    """The error message repeats the Authorization header."""

    @property
    def names(self) -> tuple[str, ...]:
        """The knobs that are turned."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name))


NONE = Knobs()


def from_header(text: str) -> Knobs:
    """Read "http=429,retry_after=2,reset"."""
    return from_words(dict(_pair(word) for word in text.split(",") if word.strip()))


def _pair(word: str) -> tuple[str, Any]:
    name, has_text, text = word.strip().partition("=")
    return name, text if has_text else True


def from_words(words: dict[str, Any]) -> Knobs:
    kinds = {field.name: type(field.default) for field in fields(Knobs)}
    return replace(NONE, **{name: kinds[name](text) for name, text in words.items()})


TRANSPORT = (
    *(Knobs(http=status) for status in (400, 402, 403, 404, 408, 413, 422, 500, 502, 504, 524)),
    Knobs(http=429, retry_after="0"),
    Knobs(http=503, retry_after="garbage"),
    Knobs(http=529, raw_provider_error=True),
    Knobs(http=503, availability="temporarily_unavailable"),
    Knobs(error_body_200=True),
    Knobs(choices="null"),
    Knobs(choices="empty"),
    Knobs(choices="nested"),
    Knobs(finish="length"),
    Knobs(finish="content_filter"),
    Knobs(finish="error"),
    Knobs(finish="null"),
    Knobs(refusal=True),
    Knobs(empty_content=True),
    Knobs(parts=True),
    Knobs(truncate_bytes=60),
    Knobs(truncate_bytes=900),
    Knobs(truncate_bytes=300, reset=True),
    Knobs(midstream_error_after=2),
    Knobs(no_done=True),
    Knobs(no_usage=True),
    Knobs(usage_twice=True),
    Knobs(chunk_split="one_byte"),
    Knobs(chunk_split="mid_utf8", crlf=True),
    Knobs(chunk_split="many_events", keepalive=3),
    Knobs(keepalive=5),
    Knobs(model_swap=True),
    Knobs(drop_connect=True),
)
"""Every way in which the wire or the provider fails, none in which the text is bad."""
MALFORMED = (
    "trailing_comma",
    "fence",
    "prose",
    "two_objects",
    "unquoted",
    "nan",
    "dup_key",
    "bom",
    "u2028",
    "cut",
)
CONTENT = (
    *(Knobs(malformed=kind) for kind in MALFORMED),
    *(Knobs(wrong_schema=kind) for kind in ("missing", "type", "enum", "extra", "range")),
    *(Knobs(lie=kind) for kind in ("metric_value", "metric_id", "snapshot_id", "symbol")),
    Knobs(wrong_side_sl=True),
    Knobs(oversize_amount=True),
)
"""Every way in which the text is bad."""


class Mix:
    """Draws the faults of call after call from a seeded source."""

    def __init__(self, seed: int, faults: tuple[Knobs, ...], share: float = 0.5) -> None:
        self._random = random.Random(seed)
        self._faults = faults
        self._share = share

    def __call__(self, _call: int, _body: dict[str, Any]) -> Knobs:
        if self._random.random() >= self._share:
            return NONE
        return self._random.choice(self._faults)
