"""Settings: flags beat environment beat file beat defaults; errors name the key, never a value."""

import os
import re
import stat
import struct
from pathlib import Path

import pytest

from tai2.model.errors import ConfigError
from tai2.settings.example import render
from tai2.settings.load import load, option_names

ROOT = Path(__file__).parents[3]
ENVIRONMENT = {
    "OKX_API_KEY": "key-canary",
    "OKX_SECRET_KEY": "secret-canary",
    "OKX_PASSPHRASE": "phrase-canary",
    "OPENROUTER_API_KEY": "router-canary",
    "DATABASE_URL": "postgresql://u:pw-canary@localhost/tai2",
    "REDIS_URL": "redis://localhost",
    "WS_UPDATE_INTERVAL": "42",
}


@pytest.fixture(autouse=True)
def _empty_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*ENVIRONMENT, "TAI2_CONFIG", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return path


def test_every_named_variable_is_loaded_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, text in ENVIRONMENT.items():
        monkeypatch.setenv(name, text)
    settings = load(None, {})
    secrets = (settings.okx_api_key, settings.okx_secret_key, settings.okx_passphrase,
               settings.openrouter_api_key, settings.database_url, settings.redis_url)  # fmt: skip
    assert [s.get_secret_value() for s in secrets if s] == list(ENVIRONMENT.values())[:-1]
    assert settings.ws_update_interval == 42
    assert "canary" not in repr(settings)


def test_interval_is_180_by_default() -> None:
    assert load(None, {}).ws_update_interval == 180


def test_flag_beats_environment_beats_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = written(tmp_path, "ws_update_interval = 10\n[sim]\nseed = 1\nspeed = 2\n")
    assert load(path, {}).ws_update_interval == 10
    monkeypatch.setenv("WS_UPDATE_INTERVAL", "20")
    monkeypatch.setenv("TAI2_SIM__SEED", "5")
    assert load(path, {}).ws_update_interval == 20
    settings = load(path, {"ws_update_interval": "30"})
    assert (settings.ws_update_interval, settings.sim.seed, settings.sim.speed) == (30, 5, 2)


def test_instruments_are_comma_separated_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAI2_INSTRUMENTS", "SOL-USDT-SWAP,BTC-USDT")
    assert load(None, {}).instruments == ("SOL-USDT-SWAP", "BTC-USDT")


@pytest.mark.parametrize(
    ("text", "named", "hinted"),
    [
        ("[risk]\nmax_order_notionel = 5\n", "risk.max_order_notionel", "risk.max_order_notional"),
        ("intsruments = []\n", "intsruments", "instruments"),
        ("zzz = 1\n", "zzz", "config.example.toml"),
    ],
)
def test_unknown_key_is_named_with_its_nearest(
    tmp_path: Path, text: str, named: str, hinted: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text), {})
    assert named in caught.value.message
    assert hinted in caught.value.hint


def test_unknown_variable_with_our_prefix_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAI2_SIM__SEAD", "1")
    with pytest.raises(ConfigError, match="TAI2_SIM__SEAD") as caught:
        load(None, {})
    assert "TAI2_SIM__SEED" in caught.value.hint


def test_secret_in_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="okx_secret_key") as caught:
        load(written(tmp_path, 'okx_secret_key = "canary"\n'), {})
    assert "canary" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    "overrides",
    [{"ws_update_interval": "0"}, {"sim.seed": "x"}, {"instruments": "BTC&x"}, {"instance": "A-B"},
     {"risk.max_order_notional": "nan"}, {"instruments": "BTC-USDT,BTC-USDT"}],
)  # fmt: skip
def test_malformed_option_is_one_clear_error(overrides: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"^option "):
        load(None, overrides)


def test_broken_or_absent_file_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="valid TOML"):
        load(written(tmp_path, "a = = 1"), {})
    with pytest.raises(ConfigError, match="can't read"):
        load(tmp_path / "absent.toml", {})


def test_credential_file_counts_and_must_be_private(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "okx_api_key"
    path.write_text("from-systemd\n")
    path.chmod(0o600)
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    key = load(None, {}, environ).okx_api_key
    assert key is not None
    assert key.get_secret_value() == "from-systemd"
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="readable by others"):
        load(None, {}, environ)


def access_list(*, named_user: int, others: int) -> bytes:
    """Return a POSIX access list as the kernel stores it (acl(5)): owner and one user read."""
    no_id = 0xFFFFFFFF
    entries = (
        (1, 4, no_id),
        (2, 4, named_user),
        (4, 0, no_id),
        (16, 4, no_id),
        (32, others, no_id),
    )
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def test_credential_that_systemd_opens_to_the_service_alone_is_private(tmp_path: Path) -> None:
    path = tmp_path / "okx_api_key"
    path.write_text("from-systemd\n")
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    try:
        os.setxattr(path, "system.posix_acl_access", access_list(named_user=1234, others=0))
    except OSError as exc:
        pytest.skip(f"this file system keeps no access lists: {exc}")
    assert stat.S_IMODE(path.stat().st_mode) == 0o440
    assert load(None, {}, environ).okx_api_key is not None
    os.setxattr(path, "system.posix_acl_access", access_list(named_user=1234, others=4))
    with pytest.raises(ConfigError, match="readable by others"):
        load(None, {}, environ)


def test_example_file_is_the_one_that_the_options_write() -> None:
    assert (ROOT / "config.example.toml").read_text() == render()


OPTION = re.compile(r"^#(\w+ = .*)$")


def options_of(text: str) -> list[str]:
    return [found[1] for line in text.splitlines() if (found := OPTION.match(line))]


def test_example_file_with_every_line_active_is_valid(tmp_path: Path) -> None:
    active = re.sub(r"(?m)^#(\w+ = )", r"\1", render())
    assert active != render()
    loaded = load(written(tmp_path, active), {})
    assert loaded.model_dump() == load(None, {}).model_dump()


def test_every_option_has_its_line_and_its_help() -> None:
    assert len(options_of(render())) == len(list(option_names()))
    lines = render().splitlines()
    for number, line in enumerate(lines):
        if OPTION.match(line):
            assert lines[number - 1].startswith("# ")
            assert len(lines[number - 1]) > 8


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:1", "https://eea.okx.com"]
)
def test_plain_http_reaches_loopback_and_https_everywhere(url: str) -> None:
    assert load(None, {"okx.rest_url": url, "okx.ws_url": "wss://x"}).okx.rest_url == url


@pytest.mark.parametrize("url", ["http://127.evil.com", "http://www.okx.com", "http://10.0.0.1"])
def test_plain_http_to_another_machine_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="without TLS only loopback"):
        load(None, {"okx.rest_url": url, "okx.ws_url": "wss://x"})


@pytest.mark.parametrize("options", [{"mode": "live"}, {"okx.region": "asia"}])
def test_mode_and_region_are_words_of_a_list(options: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        load(None, options)
