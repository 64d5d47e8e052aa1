"""The dangerous verbs in two steps: prepare gives a ticket, commit takes it with a typed word.

`tai2 close`, `flatten`, `resume`, `adopt`, `ignore` and `settle` call them, TUI and web the same.
A ticket holds for 30 seconds, once, and only while what it sums up hasn't changed. `halt` needs
none of this.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from tai2.model.controls import TradingState
from tai2.model.ids import ClOrdId, InstId
from tai2.model.instrument import Side
from tai2.wire.method import Access, Method


class Verb(StrEnum):
    """What can be prepared."""

    CLOSE = "close"
    """Close our position on one instrument at market, reduce-only."""
    FLATTEN = "flatten"
    """Halt, cancel our orders, close our positions."""
    RESUME = "resume"
    """Let trading go on."""
    ADOPT = "adopt"
    """Put somebody else's position under our care, with a stop."""
    RELEASE = "release"
    """Call an adopted position theirs again."""
    IGNORE = "ignore"
    """Let somebody else's position lock its instrument no longer."""
    HEED = "heed"
    """Let it lock its instrument again."""
    SETTLE = "settle"
    """Say what became of an order that can't be proven any more."""


class Said(StrEnum):
    """What a person may say of an order in doubt."""

    ABSENT = "absent"
    """It never was at the exchange."""
    FILLED = "filled"
    """It was there and was executed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareParams:
    """What shall be done."""

    verb: Verb
    inst_id: InstId | None = None
    """Required for close, adopt, release, ignore and heed, None otherwise."""
    reason: str = ""
    """For the journal; required for resume."""
    stop_pct: Decimal | None = None
    """For adopt, and required there: percent between the mark and the stop."""
    cl_ord_id: ClOrdId | None = None
    """For settle: the order."""
    said: Said | None = None
    """For settle: what became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPositionRow:
    """A position of which at least a part is ours and would be closed."""

    inst_id: InstId
    contracts: Decimal
    """Our signed part: this is what would be closed."""
    foreign: Decimal
    """Signed part that isn't ours: it stays."""
    mark_px: Decimal | None
    notional: Decimal | None
    """Value of our part at the mark, quote currency; None = no mark price."""
    upnl: Decimal | None
    """Unrealised PnL of our part, quote currency; None = not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnOrderRow:
    """An order of ours that would be cancelled."""

    inst_id: InstId
    cl_ord_id: ClOrdId
    side: Side
    contracts: Decimal
    """What may still execute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """In numbers, what commit would do."""

    trading_state: TradingState
    """Now."""
    state_reason: str
    next_state: TradingState
    """Afterwards."""
    positions: tuple[OwnPositionRow, ...]
    """Would be closed."""
    orders: tuple[OwnOrderRow, ...]
    """Would be cancelled."""
    foreign_positions: int
    """Stay as they are."""
    foreign_orders: int
    lines: tuple[str, ...]
    """The same as sentences for a person."""
    facts: tuple[str, ...] = ()
    """Those of the sentences that must not have changed at the commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What prepare answers: read it out, then commit with the word."""

    ticket: str
    verb: Verb
    inst_id: InstId | None
    summary: Summary
    question: str
    """Such as "Type flatten to go on"."""
    typed: str
    """The word that commit wants: y, or the word that must be typed in full."""
    is_word: bool
    """True when the word must be typed in full; False = y/N will do."""
    expires_s: Decimal
    """Seconds that the ticket holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitParams:
    """The ticket, and what the person typed."""

    ticket: str
    typed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedRow:
    """What became of one position."""

    inst_id: InstId
    contracts: Decimal
    """Signed, as it was ours before."""
    remaining: Decimal | None
    """Signed part of ours that is still open by the exchange's word; None = not known."""
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitReply:
    """What was done, by the exchange's word."""

    verb: Verb
    trading_state: TradingState
    cancelled: int
    """Orders of ours that are gone."""
    closed: tuple[ClosedRow, ...]
    is_done: bool
    """False when something that was asked for is left, or can't be known."""
    lines: tuple[str, ...]
    """The same as sentences for a person."""


PREPARE: Final = Method("prepare", PrepareParams, Ticket, Access.CONTROL)
COMMIT: Final = Method("commit", CommitParams, CommitReply, Access.CONTROL)
