"""What the account, its key and the user's own word tell about trading with it.

Every start asks before anything can trade, and the doctor prints the same findings.
Nothing here changes a setting of the account.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from tai2.daemon.doctor.finding import Finding, fail, ok, warn
from tai2.model.account import AccountConfig, PosMode
from tai2.model.instrument import InstKind, Instrument
from tai2.settings.sections import Settings

ACCEPTANCE: Final = "I accept trading with real money"
SETTLE_CCY: Final = "USDT"
SPOT_ACCOUNT: Final = "1"
TRADE: Final = "trade"
WITHDRAW: Final = "withdraw"


def acceptance_findings(settings: Settings) -> Iterator[Finding]:
    """Yield whether the user wants real orders, in so many words, by a model's decisions."""
    if settings.okx.accept_real_money.strip().rstrip(".") == ACCEPTANCE:
        yield ok("acceptance", "the configuration accepts trading with real money")
    else:
        yield fail(
            "acceptance",
            "Mode real trades with real money and isn't accepted in the configuration.",
            f'Set okx.accept_real_money = "{ACCEPTANCE}", or use mode demo or paper.',
        )
    if settings.openrouter_api_key is None and not settings.llm.base_url:
        yield fail(
            "real_reasoner",
            "Mode real has no language model: rules-v1 isn't made to win, so it gets no money.",
            "Set OPENROUTER_API_KEY or llm.base_url, or use mode demo or paper.",
        )


def account_findings(config: AccountConfig, uid: str) -> Iterator[Finding]:
    """Yield what the account and the key's rights tell, the worst first.

    Args:
        config: As the exchange states it.
        uid: The account that the settings name; "" = any.
    """
    rights = ", ".join(sorted(config.permissions))
    if WITHDRAW in config.permissions:
        yield fail(
            "withdraw_right",
            "The API key may withdraw money: a trading desk must not hold such a key.",
            "Make a key with the rights Read and Trade only, and delete this one.",
        )
    if TRADE in config.permissions:
        yield ok("trade_right", rights)
    else:
        yield fail(
            "trade_right",
            "The API key may not trade.",
            "Give it the right Trade at the exchange, or use mode paper, which needs no key.",
        )
    yield _owner(config.uid, uid)
    yield from _modes(config)
    if config.ip_bound:
        yield ok("ip_binding", "the key works from named addresses only")
    else:
        yield warn(
            "ip_binding",
            "The key isn't bound to an address: anybody who has it can use it anywhere.",
            "Bind it to this machine's address at the exchange; unbound keys also expire.",
        )


def instrument_findings(listed: Iterable[Instrument]) -> Iterator[Finding]:
    """Yield whether the desk can protect what it would hold of each instrument.

    Positions are what the protector counts and equity is in USDT. A bought coin is a balance
    and no position: its stop would be swept as left over.
    """
    unfit = [
        instrument.inst_id
        for instrument in listed
        if instrument.kind is not InstKind.LINEAR or instrument.settle_ccy != SETTLE_CCY
    ]
    if unfit:
        yield fail(
            "instrument_kind",
            f"tai2 can't protect a holding of {', '.join(unfit)}: no swap settled in {SETTLE_CCY}.",
            "Name swaps settled in USDT, such as BTC-USDT-SWAP.",
        )
    else:
        yield ok("instrument_kind", f"swaps settled in {SETTLE_CCY}")


def _owner(found: str, uid: str) -> Finding:
    if uid and found != uid:
        return fail(
            "account",
            f"The key belongs to account {found}, not to {uid} (okx.expected_uid).",
            "Use the key of that account, or correct okx.expected_uid.",
        )
    return ok("account", f"{found}{'' if uid else ' (okx.expected_uid names none)'}")


def _modes(config: AccountConfig) -> Iterator[Finding]:
    if config.pos_mode is PosMode.NET:
        yield ok("position_mode", config.pos_mode.value)
    else:
        yield fail(
            "position_mode",
            "The account counts long and short positions apart (long_short_mode).",
            "Set position mode to One-way (net_mode) at the exchange; tai2 never changes it.",
        )
    if config.account_level == SPOT_ACCOUNT:
        yield fail(
            "account_mode",
            "The account is in spot mode and can't trade swaps.",
            "Switch it to Futures mode at the exchange.",
        )
    else:
        yield ok("account_mode", f"level {config.account_level}")
