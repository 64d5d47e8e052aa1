"""What a server's refusal means: HTTP status and error object → code, and may it be retried.

The client asks it for every error, before, beside or instead of an answer. It must never be more
optimistic than the table: what isn't listed there is not retried.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

from tai2.llm.chat import ChatFailed, Code, Json
from tai2.llm.envelope import record, rows, text, whole

MAX_WAIT_S: Final = 60.0
OK: Final = 200
CLIENT_FAULT: Final = 400


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a status stands for."""

    code: Code
    may_retry: bool = False
    may_be_billed: bool = False
    """True when a gateway gave up on a model that may have gone on."""


STATUS_TABLE: Final[Mapping[int, Meaning]] = {
    400: Meaning(Code.BAD_REQUEST),
    401: Meaning(Code.KEY_REJECTED),
    402: Meaning(Code.NO_CREDIT),
    403: Meaning(Code.FORBIDDEN),
    404: Meaning(Code.NO_MODEL),
    408: Meaning(Code.UPSTREAM_TIMEOUT, may_retry=True),
    413: Meaning(Code.BAD_REQUEST),
    422: Meaning(Code.BAD_REQUEST),
    429: Meaning(Code.RATE_LIMITED, may_retry=True),
    500: Meaning(Code.SERVER, may_retry=True),
    502: Meaning(Code.SERVER, may_retry=True),
    503: Meaning(Code.OVERLOADED, may_retry=True),
    504: Meaning(Code.UPSTREAM_TIMEOUT, may_retry=True, may_be_billed=True),
    524: Meaning(Code.UPSTREAM_TIMEOUT, may_retry=True, may_be_billed=True),
    529: Meaning(Code.OVERLOADED, may_retry=True),
}
TYPE_TABLE: Final[Mapping[str, int]] = {
    "authentication": 401,
    "payment_required": 402,
    "permission_denied": 403,
    "not_found": 404,
    "timeout": 408,
    "rate_limit_exceeded": 429,
    "server": 500,
    "provider_unavailable": 502,
    "provider_overloaded": 503,
    "content_policy_violation": 403,
}
"""error_type → status, where the error carries no number."""
_FORMAT_WORDS: Final = ("response_format", "json_schema", "structured", "schema", "grammar")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error object with everything around it that explains it."""

    http_status: int
    error: Mapping[str, Json]
    """The object under "error"; {} when the body was none."""
    retry_after: str = ""
    """The header, "" when absent."""
    now_ms: int
    """For a Retry-After that is a date."""


def failure(refusal: Refusal) -> ChatFailed:
    """Return what a refusal amounts to; the detail still needs redaction."""
    status = _status(refusal)
    meaning = STATUS_TABLE.get(status) or _unlisted(status)
    availability = record(refusal.error.get("availability"))
    allowed = availability.get("retryable")
    may_retry = allowed if isinstance(allowed, bool) else meaning.may_retry
    detail = _detail(refusal.error, status)
    return ChatFailed(
        code=meaning.code,
        detail=detail,
        may_retry=may_retry,
        retry_after_s=_wait_s(refusal.retry_after, availability, refusal.now_ms),
        is_format_fault=_is_format_fault(status, detail, availability),
        may_be_billed=refusal.http_status == OK or meaning.may_be_billed,
    )


def _status(refusal: Refusal) -> int:
    """Return HTTP status, else error.code, else http_status, else what error_type stands for."""
    if refusal.http_status != OK:
        return refusal.http_status
    error = refusal.error
    for number in (whole(error.get("code")), whole(error.get("http_status"))):
        if number:
            return number
    metadata = record(error.get("metadata"))
    named = (metadata.get("error_type"), error.get("error_type"), error.get("type"))
    found = (TYPE_TABLE.get(text(each)) for each in named)
    return next((status for status in found if status), 502)


def _unlisted(status: int) -> Meaning:
    is_ours = CLIENT_FAULT <= status < 500
    return Meaning(Code.BAD_REQUEST if is_ours else Code.SERVER)


def _detail(error: Mapping[str, Json], status: int) -> str:
    """Return the message, with the provider's own cause where the message hides it."""
    metadata, availability = record(error.get("metadata")), record(error.get("availability"))
    excluded = ", ".join(text(each) for each in rows(availability.get("excluded_by")))
    raw = metadata.get("raw")
    parts = [
        f"HTTP {status}",
        text(error.get("message")),
        text(metadata.get("provider_name")),
        raw if isinstance(raw, str) else "",
        text(availability.get("code")),
        text(availability.get("constraint")),
        excluded,
        text(metadata.get("remedy_hint")),
    ]
    return " · ".join(part[:200] for part in parts if part)


def _is_format_fault(status: int, detail: str, availability: Mapping[str, Json]) -> bool:
    speaks_of_it = any(word in detail.lower() for word in _FORMAT_WORDS)
    if status == 404:
        return speaks_of_it and availability.get("code") == "constraint_filtered"
    return speaks_of_it and status in (400, 422)


def _wait_s(header: str, availability: Mapping[str, Json], now_ms: int) -> float | None:
    if header.isascii() and header.isdigit():
        return min(float(header[:9]), MAX_WAIT_S)
    if header:
        return _until_date(header, now_ms)
    asked = whole(availability.get("retry_after"))
    return None if asked is None else min(float(asked), MAX_WAIT_S)


def _until_date(header: str, now_ms: int) -> float | None:
    try:
        at_s = parsedate_to_datetime(header).timestamp()
    except (ValueError, OverflowError):
        return None
    return min(max(at_s - now_ms / 1000, 0.0), MAX_WAIT_S)
