"""A desk starts on an account that it can trade on, with a key that can't move money out."""

from dataclasses import replace
from typing import Any

import pytest

from tai2.daemon.doctor.account import ACCEPTANCE
from tai2.daemon.preflight import inspect_account, need_acceptance
from tai2.model.account import AccountConfig, PosMode
from tai2.model.errors import StartRefused
from tai2.settings.sections import LlmSection, OkxSection, Settings

FIT = AccountConfig(
    uid="44",
    account_level="2",
    pos_mode=PosMode.NET,
    permissions=frozenset({"read_only", "trade"}),
    ip_bound=True,
)


class Account:
    """Answers with one set of account settings."""

    def __init__(self, **changes: Any) -> None:
        self._config = replace(FIT, **changes)

    async def config(self) -> AccountConfig:
        return self._config


async def inspected(expected: str = "", inst_id: str = "BTC-USDT-SWAP", **changes: Any) -> None:
    await inspect_account(Account(**changes), [inst_id], expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"permissions": frozenset({"read_only", "trade", "withdraw"})}, "may withdraw"),
        ({"permissions": frozenset({"withdraw"})}, "may withdraw"),
        ({"permissions": frozenset({"read_only"})}, "may not trade"),
        ({"uid": "45"}, "account 45, not to 44"),
        ({"pos_mode": PosMode.LONG_SHORT}, "long_short_mode"),
        ({"account_level": "1"}, "spot mode"),
    ],
)
async def test_unfit_account_or_key_refuses_the_start(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(StartRefused, match=words) as refusal:
        await inspected("44", **changes)
    assert refusal.value.exit_code == 78
    assert refusal.value.hint


async def test_fit_account_passes() -> None:
    assert await inspected("44") is None
    assert await inspected(ip_bound=False) is None


async def test_spot_account_may_trade_spot() -> None:
    assert await inspected(inst_id="BTC-USDT", account_level="1") is None


@pytest.mark.parametrize("words", ["", "yes", "true", "I accept", ACCEPTANCE.upper()])
def test_other_words_are_no_acceptance(words: str) -> None:
    with pytest.raises(StartRefused, match="isn't accepted"):
        need_acceptance(_settings(words, "https://llm"))


def test_acceptance_needs_a_model_too() -> None:
    assert need_acceptance(_settings(ACCEPTANCE, "https://llm")) is None
    with pytest.raises(StartRefused, match="no language model"):
        need_acceptance(_settings(ACCEPTANCE, ""))


def _settings(words: str, base_url: str) -> Settings:
    okx, llm = OkxSection(accept_real_money=words), LlmSection(base_url=base_url)
    return Settings(okx=okx, llm=llm, openrouter_api_key=None)
