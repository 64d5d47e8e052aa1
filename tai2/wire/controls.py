"""What an operator changes while the daemon runs: pause, halt and controls.

The control book's handlers answer, `tai2 pause`, `halt` and `config` call.
Whatever changes something here is marked CONTROL; `halt` must never need a version.
"""

from dataclasses import dataclass
from typing import Final

from tai2.model.controls import TradingState
from tai2.wire.method import Access, Method, NoParams


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigEntry:
    """One option or control as it stands."""

    key: str
    current: str
    source: str
    default: str
    span: str = ""
    """What it accepts, in words."""
    effect: str = ""
    """What a change does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigReply:
    """Every option, and the version of the controls among them."""

    version: int
    entries: tuple[ConfigEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigSetParams:
    """One change of a control."""

    key: str
    text: str
    expected_version: int | None = None
    """Refused when the controls have moved on; None = don't care."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigSetReply:
    """The control after the change."""

    version: int
    key: str
    current: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonParams:
    """Why, for the journal."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStateReply:
    """The trading state after a pause or a halt."""

    trading_state: TradingState


CONFIG_GET: Final = Method("config.get", NoParams, ConfigReply)
CONFIG_SET: Final = Method("config.set", ConfigSetParams, ConfigSetReply, Access.CONTROL)
HALT: Final = Method("halt", ReasonParams, TradingStateReply, Access.CONTROL)
PAUSE: Final = Method("pause", ReasonParams, TradingStateReply, Access.CONTROL)
"""No new entries until a person resumes; positions are still managed. Never loosens a halt."""
