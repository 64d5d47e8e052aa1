"""The exchange's codes and what to do about each: the whole table, as data.

`codes` classifies answers with it, `rest` repeats reads by it.
A code that isn't here is unknown: on a submit that means that the order may exist.
Source: OKX v5, error codes; reactions as the order lifecycle demands.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tai2.model.reaction import Reaction

_R, _Q, _W, _T, _F = (
    Reaction.RETRY,
    Reaction.QUERY,
    Reaction.WAIT,
    Reaction.CLOCK,
    Reaction.FIX,
)
_P, _I, _C, _H, _X = (
    Reaction.REPRICE,
    Reaction.BENIGN,
    Reaction.CLEAR,
    Reaction.HALT,
    Reaction.BLOCK,
)


@dataclass(frozen=True, slots=True)
class Row:
    """Codes that are treated alike."""

    codes: str
    """Single codes and spans, such as "50001 51135-51138"."""
    says: str
    reaction: Reaction
    on_submit: Reaction | None = None
    """Where placing or amending differs from reading and cancelling."""

    def each(self) -> Iterator[str]:
        """Yield every code."""
        for word in self.codes.split():
            first, _, last = word.partition("-")
            yield from (str(code) for code in range(int(first), int(last or first) + 1))


ROWS: Final = (
    Row("50001 50013 50026 50046 50062", "service unavailable or busy", _R, _Q),
    Row("50004 51054 51149", "request timed out, result undefined", _R, _Q),
    Row("50011 50061", "rate limit", _W),
    Row("50040", "too frequent", _W),
    Row("50042", "repeated request", _W, _Q),
    Row("50036 50037", "expTime had passed: not executed", _T),
    Row("50102 50112", "timestamp stale or unreadable", _T),
    Row("50035 50100-50101 50103-50107 50110-50111 50113-50114 50119-50121", "key or address", _H),
    Row("50000 50002 50006 50014-50016 50024-50025 51000 51003 51111", "malformed request", _F),
    Row("50005 50115", "endpoint retired or wrong method", _F),
    Row("50007-50009 50012 50027-50030 50032 50051-50052 50059-50060", "account blocked", _H),
    Row("51009 51024", "account blocked or frozen", _H),
    Row("50033 51155", "instrument blocked for this account", _X),
    Row("50017-50023", "frozen by ADL, liquidation or funding", _R, _X),
    Row("50071 51016 51065 51068", "client id in use: perhaps by our own order", _I, _Q),
    Row("51011", "order id exists", _Q),
    Row("50072", "isolated margin not available", _F),
    Row("51001-51002 51015", "instrument unknown or of another type", _X),
    Row("51004 51101 51104-51106 51129 51187", "above a tier's or platform's limit", _P),
    Row("51005 51202 51201 51203 51185", "above the largest order", _P),
    Row("51006 51135-51138 51116 51031 51122", "price outside the limits", _P),
    Row("51007 51020 51120", "below the smallest order", _P),
    Row("51121", "size isn't a multiple of the lot", _F),
    Row("51150", "price or size isn't a multiple of its step", _F),
    Row("51008 51119 51127 51131", "not enough balance or margin", _P),
    Row("51010 51039", "not in this account mode", _H),
    Row("51021-51022 51027-51029", "not listed, suspended or expired", _X),
    Row("51030", "funding is being settled", _R, _P),
    Row("51023 51043 51169 51058", "no position to reduce", _I),
    Row("51112 51115 51117 51108 51113", "close orders in the way, or too many", _C),
    Row("51148 51171 51170 51206 51205", "reduce-only conflict", _F),
    Row("51025 51102-51103 51174", "too many pending orders", _C),
    Row("51046-51053 51277-51280 51300-51308 51250 51390-51397", "trigger on the wrong side", _P),
    Row("51100 51333 51178 51327-51332 51044", "stop not allowed in this combination", _F),
    Row("51071", "too many cancel-all-after timers", _F),
    Row("51109 51140 51142", "nothing to match against", _P),
    Row("51186 59102 59105", "leverage above the maximum", _P),
    Row("51400", "cancel: filled, cancelled or unknown", _I),
    Row("51405 51410 51412 51416", "nothing pending or already triggered", _I),
    Row("51403 51407-51408 51413", "cancel not supported or malformed", _F),
    Row("51500-51502 51506 51508 51511-51513 51527 51538", "amendment refused", _F, _Q),
    Row("51503", "amend: filled, cancelled or unknown", _I),
    Row("51603", "order does not exist", _Q),
    Row("52000", "no market data", _R, _Q),
    Row("54036 54084-54085", "rules of FOK and slippage", _F),
    Row("54008 54012", "trading disabled or book too thin", _H),
    Row("54072", "contract is view-only", _X),
    Row("54030-54031 54035", "platform limit: only reducing orders", _P),
    Row("59000-59001", "close positions and orders first", _C),
    Row("59101 59103 59107-59109 59112 59301", "leverage or margin change refused", _C),
    Row("58102", "rate limit of the funding account", _W),
)

_BY_CODE: Final = {code: row for row in ROWS for code in row.each()}


def reaction(code: str, *, is_submit: bool) -> Reaction | None:
    """Return what to do about a code, sub-code ("51008_1001") or not; None = unknown code.

    Args:
        code: As the exchange states it.
        is_submit: It answered a place or amend, not a read or cancel.
    """
    row = _BY_CODE.get(code.partition("_")[0])
    if row is None:
        return None
    return row.on_submit if is_submit and row.on_submit is not None else row.reaction


def codes_with(*reactions: Reaction, is_submit: bool) -> frozenset[str]:
    """Return every known code that asks for one of the reactions."""
    return frozenset(code for code in _BY_CODE if reaction(code, is_submit=is_submit) in reactions)
