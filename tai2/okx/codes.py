"""What the exchange's codes mean, as data: refused, unknown, gone, retryable, keys rejected.

`venue` asks it after every submit, `rest` after every read; sources are the tables named.
It must never call an outcome refused unless the exchange's documents say that it is.
"""

from enum import Enum, auto
from typing import Final

import msgspec

from tai2.model.errors import DataInvalid, KeysRejected, WrongEnvironment
from tai2.model.ids import OrdId
from tai2.model.order import Accepted, NotSent, Outcome, Rejected, Unknown
from tai2.model.reaction import Reaction
from tai2.okx.answer import OK, Answer, NoAnswer, decode_rows
from tai2.okx.reactions import codes_with, reaction


def _span(first: int, last: int) -> set[str]:
    return {str(code) for code in range(first, last + 1)}


def _codes(text: str) -> set[str]:
    return set(text.split())


EXPIRED: Final = frozenset({"50036", "50037"})
"""expTime had passed: the request did not execute."""

REFUSED: Final = frozenset(
    EXPIRED
    | {"51000", "51001", "51116", "51121", "51131", "51155", "51169", "51170", "51185"}
    | _span(51004, 51010)
    | _span(51020, 51022)
    | _span(51027, 51030)
    | _span(51046, 51053)
    | _span(51201, 51203)
)
"""Nothing happened at the exchange. Source: order lifecycle, POST classification."""

KEYS: Final = frozenset(
    {"50035", "50100", "50101", "50113", "50114", "50119", "50120", "50121"}
    | _span(50103, 50107)
    | {"50110", "50111"}
)
"""Key, permission, address or environment. Source: OKX v5, error codes, authentication."""

ENVIRONMENT: Final = frozenset({"50101"})
"""The key is of the other environment (demo or not)."""

KEY_HINTS: Final = {
    "50035": "Bind the key to this machine's address at the exchange.",
    "50100": "The exchange has frozen the API; ask its support.",
    "50101": "Demo keys belong to mode demo, the others to mode real.",
    "50105": "Check OKX_PASSPHRASE: it is the one chosen when the key was made.",
    "50110": "Add this machine's address to the key's list at the exchange.",
    "50111": "Check OKX_API_KEY; keys work in their own region only (okx.region).",
    "50113": "Check OKX_SECRET_KEY.",
    "50119": "Keys work in their own region only: set okx.region to global, eea or us.",
    "50120": "Give the key the right Trade (and Read) at the exchange.",
    "50121": "The exchange blocks this machine's address.",
    "60005": "Check OKX_API_KEY; keys work in their own region only (okx.region).",
    "60007": "Check OKX_SECRET_KEY.",
    "60024": "Check OKX_PASSPHRASE: it is the one chosen when the key was made.",
    "60032": "Keys work in their own region only: set okx.region to global, eea or us.",
}
"""What to do about a rejected key, by code."""
KEY_HINT: Final = "Check key, secret, passphrase, its IP list and whether it is a demo key."

CLOCK: Final = frozenset({"50102", "50112"})
"""Our timestamp is stale or unreadable: measure the offset again."""

REFUSED_IF_ABSENT: Final = (
    codes_with(
        *(Reaction.WAIT, Reaction.CLOCK, Reaction.FIX, Reaction.REPRICE, Reaction.BENIGN),
        *(Reaction.CLEAR, Reaction.HALT, Reaction.BLOCK),
        is_submit=True,
    )
    - REFUSED
    - _codes("51400 51405 51410 51412 51416 51503")
)
"""Documented refusals that one more look (order doesn't exist) must confirm."""

GONE: Final = _codes("51400 51405 51410 51412 51416 51503 51603")
"""Cancel: the order or stop is filled, cancelled, triggered or unknown already."""

ORDER_ABSENT: Final = frozenset({"51603"})
"""GET order: it does not exist."""

INSTRUMENT_ABSENT: Final = frozenset({"51001"})
"""Instrument id doesn't exist."""

RETRYABLE: Final = codes_with(Reaction.RETRY, is_submit=False)
"""A read may be repeated after a moment."""

THROTTLED: Final = codes_with(Reaction.WAIT, is_submit=False)
"""Too fast: a read may be repeated after a longer moment."""

WS_KEYS: Final = _codes("60005 60007 60009 60024 60032")
"""WebSocket login refused for a reason that waiting won't cure."""


WS_CLOCK: Final = _codes("60004 60006")
"""WebSocket login refused for its timestamp: measure the clock, then again."""

WS_AGAIN: Final = _codes("60011 60014 63999 64007")
"""WebSocket request refused for now: connect anew after a pause."""

WS_CLOSES: Final = {
    1009: "frame too long",
    4001: "login failed",
    4002: "invalid request",
    4003: "too many subscriptions of the key",
    4004: "no data for 30 s",
    4005: "reader too slow",
    4006: "abnormal disconnect",
    4007: "API key changed or deleted",
    4008: "too many channels",
    4009: "too many subscriptions",
}
"""Why the exchange closes a socket. Source: OKX v5, close codes."""


class Reading(Enum):
    """What to do with the answer to a read."""

    USE = auto()
    RETRY = auto()
    WAIT = auto()
    MEASURE_CLOCK = auto()
    KEYS_REJECTED = auto()
    ABSENT = auto()
    UNREADABLE = auto()
    REFUSED = auto()


def judge_read(answer: Answer, absent: frozenset[str] = frozenset()) -> Reading:
    """Sort the answer to a GET; `absent` are codes that mean "there is no such thing"."""
    if answer.is_ok:
        return Reading.USE
    for codes, reading in (
        (absent, Reading.ABSENT),
        (KEYS, Reading.KEYS_REJECTED),
        (CLOCK, Reading.MEASURE_CLOCK),
        (THROTTLED, Reading.WAIT),
        (RETRYABLE, Reading.RETRY),
    ):
        if answer.code in codes:
            return reading
    if answer.status == 429:
        return Reading.WAIT
    if answer.status >= 500:
        return Reading.RETRY
    return Reading.REFUSED if answer.code else Reading.UNREADABLE


def key_refusal(code: str, text: str) -> KeysRejected:
    """Return the error that a person reads about a key that the exchange doesn't take."""
    kind = WrongEnvironment if code in ENVIRONMENT else KeysRejected
    message = f"OKX rejects the API key: {code} {text}".rstrip()
    return kind(message, KEY_HINTS.get(code, KEY_HINT))


class AckRow(msgspec.Struct, rename="camel"):
    """One item of the answer to place, cancel, order-algo or cancel-algos."""

    s_code: str = ""
    s_msg: str = ""
    sub_code: str = ""
    ord_id: str = ""
    cl_ord_id: str = ""
    algo_id: str = ""
    algo_cl_ord_id: str = ""


class RefusedIfAbsent(Rejected):
    """A refusal to be believed only once the order is seen not to exist."""


Submitted = Outcome | RefusedIfAbsent


def failed_submit(failure: NoAnswer) -> Outcome:
    """Classify a submit that got no whole reply."""
    if failure.is_sent:
        return Unknown(reason=failure.reason)
    return NotSent(reason=failure.reason)


def classify_submit(answer: Answer, client_id: str) -> Submitted:
    """Classify the answer to one order or stop; whatever isn't plain is Unknown.

    Args:
        answer: The whole reply.
        client_id: Our clOrdId or algoClOrdId, which an acceptance must echo.
    """
    item = first_item(answer)
    if answer.status >= 500:
        return Unknown(reason=_text(answer.code or f"HTTP {answer.status}", answer.msg))
    if item is None:
        return _refusal(answer.code, answer.msg)
    if item.s_code != OK:
        if item.ord_id or item.algo_id:
            return Unknown(reason=_text(item.s_code, "an id was given with an error"))
        return _refusal(item.s_code or answer.code, item.s_msg, item.sub_code)
    ord_id = item.ord_id or item.algo_id
    is_echoed = client_id in (item.cl_ord_id, item.algo_cl_ord_id)
    if answer.is_ok and ord_id and is_echoed:
        return Accepted(ord_id=OrdId(ord_id))
    return Unknown(reason=_text(answer.code, "acceptance without id or echo"))


def classify_cancel(answer: Answer) -> Outcome:
    """Classify the answer to a cancel; an order already gone counts as cancelled."""
    item = first_item(answer)
    code = item.s_code if item and item.s_code else answer.code
    text = item.s_msg if item and item.s_msg else answer.msg
    ord_id = OrdId((item.ord_id or item.algo_id) if item else "")
    if code in GONE or (answer.is_ok and code == OK):
        return Accepted(ord_id=ord_id)
    may_repeat = code in RETRYABLE or code in THROTTLED
    if answer.status >= 500 or not code or may_repeat or code in (OK, "1", "2"):
        return Unknown(reason=_text(code or f"HTTP {answer.status}", text))
    return Rejected(code=code, reason=text, reaction=reaction(code, is_submit=False))


def first_item(answer: Answer) -> AckRow | None:
    """Return the only item of a submit's answer; None when there is none to read."""
    try:
        items = decode_rows(answer.rows_json, AckRow)
    except DataInvalid:
        return None
    return items[0] if len(items) == 1 else None


def _refusal(code: str, text: str, sub_code: str = "") -> Submitted:
    full_code = f"{code}_{sub_code}" if sub_code else code
    asks = reaction(code, is_submit=True)
    if code in REFUSED:
        is_expired = code in EXPIRED
        return Rejected(code=full_code, reason=text, is_expired=is_expired, reaction=asks)
    if code in REFUSED_IF_ABSENT:
        return RefusedIfAbsent(code=full_code, reason=text, reaction=asks)
    return Unknown(reason=_text(full_code, text))


def _text(code: str, text: str) -> str:
    return f"{code} {text}".strip() if text else code
