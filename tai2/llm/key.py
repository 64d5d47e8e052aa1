"""What our key may still spend, as its server tells it.

Doctor, CFG and the status line ask. The label that a server invents for a key may hold part of
it, so it must pass redaction before anybody sees it.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tai2.llm.chat import ChatFailed
from tai2.llm.client import ChatClient, Document
from tai2.llm.envelope import record, text, usd

LOOK_UP_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStanding:
    """Limits and use of a key."""

    label: str
    limit_usd: Decimal | None
    """None = no limit, or not told."""
    remaining_usd: Decimal | None
    used_today_usd: Decimal | None
    is_free_tier: bool


async def key_standing(
    client: ChatClient, deadline_s: float = LOOK_UP_S
) -> KeyStanding | ChatFailed:
    """Ask for the limits and the use of our key (OpenRouter, GET /key)."""
    found = await client.get("key", deadline_s)
    if not isinstance(found, Document):
        return found
    told = record(record(found.node).get("data"))
    return KeyStanding(
        label=client.endpoint.redacted(text(told.get("label"))),
        limit_usd=usd(told.get("limit")),
        remaining_usd=usd(told.get("limit_remaining")),
        used_today_usd=usd(told.get("usage_daily")),
        is_free_tier=told.get("is_free_tier") is True,
    )
