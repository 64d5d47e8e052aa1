"""What must be so before a desk may start: the user's word, the key's rights, the account.

Compose asks it once, before anything can trade.
It must never change a setting of the account, nor let a key through that could move money out.
"""

from collections.abc import Sequence
from typing import Final

import structlog

from tai2.model.account import AccountConfig, PosMode
from tai2.model.errors import StartRefused
from tai2.ports.venue import AccountReader
from tai2.settings.sections import Settings

ACCEPTANCE: Final = "I accept trading with real money"
SPOT_ACCOUNT: Final = "1"
TRADE: Final = "trade"
WITHDRAW: Final = "withdraw"

log = structlog.get_logger(__name__)


def need_acceptance(settings: Settings) -> None:
    """Return when the user has accepted real trading in so many words, by a model's decisions.

    Raises:
        StartRefused: The words aren't there or not these, or no language model is set.
    """
    if settings.okx.accept_real_money.strip().rstrip(".") != ACCEPTANCE:
        raise StartRefused(
            "Mode real trades with real money and isn't accepted in the configuration.",
            f'Set okx.accept_real_money = "{ACCEPTANCE}", or use mode demo or paper.',
        )
    if settings.openrouter_api_key is None and not settings.llm.base_url:
        raise StartRefused(
            "Mode real has no language model: rules-v1 isn't made to win, so it gets no money.",
            "Set OPENROUTER_API_KEY or llm.base_url, or use mode demo or paper.",
        )


async def inspect_account(venue: AccountReader, inst_ids: Sequence[str], uid: str) -> None:
    """Read the account's settings and the key's rights; return when a desk may start.

    Args:
        venue: The account.
        inst_ids: What is to be traded.
        uid: The account that the settings name; "" = any.

    Raises:
        StartRefused: The key may withdraw or may not trade, or the account is unfit.
        KeysRejected: The exchange doesn't take the key.
        VenueUnavailable: It can't be asked.
    """
    config = await venue.config()
    for reason, hint in _objections(config, inst_ids, uid):
        raise StartRefused(reason, hint)
    if not config.ip_bound:
        log.warning("key_not_bound_to_an_address", note="anybody who has it can use it anywhere")


def _objections(config: AccountConfig, inst_ids: Sequence[str], uid: str) -> list[tuple[str, str]]:
    """Return what forbids a start, the worst first, each with what to do."""
    swaps = [inst_id for inst_id in inst_ids if inst_id.endswith("-SWAP")]
    checks = (
        (
            WITHDRAW in config.permissions,
            "The API key may withdraw money: a trading desk must not hold such a key.",
            "Make a key with the rights Read and Trade only, and delete this one.",
        ),
        (
            TRADE not in config.permissions,
            "The API key may not trade.",
            "Give it the right Trade at the exchange, or use mode paper, which needs no key.",
        ),
        (
            bool(uid) and config.uid != uid,
            f"The key belongs to account {config.uid}, not to {uid} (okx.expected_uid).",
            "Use the key of that account, or correct okx.expected_uid.",
        ),
        (
            config.pos_mode is not PosMode.NET,
            "The account counts long and short positions apart (long_short_mode).",
            "Set position mode to One-way (net_mode) at the exchange; tai2 never changes it.",
        ),
        (
            bool(swaps) and config.account_level == SPOT_ACCOUNT,
            f"The account is in spot mode and can't trade {', '.join(swaps[:1])}.",
            "Switch it to Futures mode at the exchange, or name spot instruments only.",
        ),
    )
    return [(reason, hint) for is_so, reason, hint in checks if is_so]
