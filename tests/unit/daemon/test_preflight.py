"""A desk starts on an account that it can trade on, with a key that can't move money out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tai2.daemon.doctor.account import ACCEPTANCE
from tai2.daemon.preflight import inspect_account, inspect_instruments, need_acceptance
from tai2.model.account import AccountConfig, PosMode
from tai2.model.errors import StartRefused
from tai2.model.ids import InstId
from tai2.model.instrument import InstKind, Instrument
from tai2.settings.sections import LlmSection, OkxSection, Settings
from tests.builders.market import swap

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


async def inspected(expected: str = "", **changes: Any) -> None:
    await inspect_account(Account(**changes), expected)  # type: ignore[arg-type]


class Listing:
    """Lists instruments."""

    def __init__(self, *listed: Instrument) -> None:
        self._listed = listed

    async def instruments(self, inst_ids: Sequence[str]) -> Sequence[Instrument]:
        return [instrument for instrument in self._listed if instrument.inst_id in inst_ids]


async def held_of(**changes: Any) -> None:
    usual, other = swap(), swap(inst_id=InstId("OTHER"), **changes)
    listing: Any = Listing(usual, other)
    await inspect_instruments(listing, [usual.inst_id, other.inst_id])


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


@pytest.mark.parametrize(
    "changes", [{"kind": InstKind.SPOT}, {"kind": InstKind.INVERSE}, {"settle_ccy": "USDC"}]
)
async def test_what_cannot_be_protected_refuses_the_start(changes: dict[str, Any]) -> None:
    with pytest.raises(StartRefused, match="can't protect a holding of OTHER:") as refusal:
        await held_of(**changes)
    assert refusal.value.exit_code == 78
    assert "BTC-USDT-SWAP" in refusal.value.hint


async def test_swaps_settled_in_usdt_may_be_traded() -> None:
    assert await held_of() is None


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
