"""What the model is told: the exact prompt, its versions, and going back to one.

The daemon answers from the controls and a fresh snapshot, `tai2 prompt` reads it.
Changing a prompt goes through config.set, so that every change is a version.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tai2.model.ids import InstId
from tai2.wire.method import Access, Method


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptParams:
    """Whose prompt."""

    inst_id: InstId


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptReply:
    """What would be sent to the model now, word for word."""

    inst_id: InstId
    version: int
    """Version of the controls that hold it."""
    prompt_hash: str
    """SHA-256 of system prompt, schema, renderer and strategy."""
    model: str
    system: str
    user: str
    tokens: int
    """Estimated, four characters each, schema included."""
    cost_usd: Decimal | None
    """Of one call with a usual reply; None = the model's price isn't known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionsParams:
    """How many versions, newest first."""

    limit: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """One version of the prompt texts."""

    version: int
    changed_ms: int
    changed_by: str
    prompt_hash: str
    model_id: str
    system_prompt: str
    """The text in force: the default one where none was set."""
    strategy: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionsReply:
    """Versions whose prompt differs from the one before, newest first."""

    versions: tuple[VersionRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevertParams:
    """Back to which version's texts."""

    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RevertReply:
    """The new version that holds the old texts."""

    version: int
    prompt_hash: str


PROMPT_SHOW: Final = Method("prompt.show", PromptParams, PromptReply)
PROMPT_VERSIONS: Final = Method("prompt.versions", VersionsParams, VersionsReply)
PROMPT_REVERT: Final = Method("prompt.revert", RevertParams, RevertReply, Access.CONTROL)
