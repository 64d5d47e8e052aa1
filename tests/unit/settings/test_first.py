"""A first configuration file: what was asked for, for its owner only, never over another."""

import stat
from pathlib import Path

import pytest

from tai2.model.errors import ConfigError, UsageError
from tai2.settings.example import render
from tai2.settings.first import filled, write
from tai2.settings.load import load, option_names
from tai2.settings.sections import Settings

CHOSEN = {
    "mode": '"demo"',
    "instruments": '["ETH-USDT-SWAP"]',
    "okx.region": '"eea"',
    "risk.max_order_notional": "50",
}


def read(draft: Path) -> Settings:
    return load(draft, {}, {})


def test_every_option_can_be_set_in_its_own_section(tmp_path: Path) -> None:
    text = filled(CHOSEN)
    changed = [line for line in text.splitlines() if line not in render().splitlines()]
    expected = [f"{name.split('.')[-1]} = {literal}" for name, literal in CHOSEN.items()]
    assert sorted(changed) == sorted(expected)
    settings = write(text, tmp_path / "config.toml", read, is_forced=False)
    assert (settings.mode.value, settings.okx.region) == ("demo", "eea")
    assert settings.instruments == ("ETH-USDT-SWAP",)
    assert str(settings.risk.max_order_notional) == "50"


def test_nothing_chosen_is_the_example() -> None:
    assert filled({}) == render()
    text = "\n".join(line for line in render().splitlines())
    assert all(f"#{name.split('.')[-1]} = " in text for name in option_names())


def test_it_is_for_its_owner_only_and_leaves_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    write(filled(CHOSEN), path, read, is_forced=False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["config.toml"]


def test_a_file_that_is_there_stays_unless_it_is_forced(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("mode = 'paper'\n")
    with pytest.raises(UsageError, match="is there already"):
        write(filled(CHOSEN), path, read, is_forced=False)
    assert path.read_text() == "mode = 'paper'\n"
    assert write(filled(CHOSEN), path, read, is_forced=True).mode.value == "demo"
    assert [each.name for each in tmp_path.iterdir()] == ["config.toml"]


def test_what_cannot_be_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="mode") as refused:
        write(filled({"mode": '"demmo"'}), tmp_path / "config.toml", read, is_forced=True)
    assert refused.value.hint == "Nothing was written."
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="can't write into"):
        write(filled({}), tmp_path / "file" / "config.toml", read, is_forced=False)
