"""The doctor: clean in sim, and every seeded fault by its name, its verdict and with a cure."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.desk_process import Desk, Done
from tests.e2e.model_process import ModelServer
from tests.e2e.okx_process import KEY, OkxProcess

ACCEPTED = {"TAI2_OKX__ACCEPT_REAL_MONEY": "I accept trading with real money"}
NOWHERE = "127.0.0.1:1"


def verdicts(done: Done) -> dict[str, str]:
    return {finding["check"]: finding["verdict"] for finding in done.tree["findings"]}


def faults(done: Done) -> dict[str, dict[str, Any]]:
    """Return what must or should be mended, by check; each has a cure and quotes no secret."""
    found = {f["check"]: f for f in done.tree["findings"] if f["verdict"] in ("warn", "fail")}
    assert all(finding["cure"] for finding in found.values()), found
    assert "canary" not in done.out + done.err
    return found


def configured(desk: Desk) -> Path:
    path = desk.home / "config" / "tai2" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text("")
    return path


def test_it_is_clean_in_sim_before_the_first_start(desk: Desk) -> None:
    desk.tai2("version")  # compiles
    done = desk.tai2("doctor", "--json")
    assert (done.code, done.tree["verdict"]) == (0, "skipped"), done.out
    assert faults(done) == {}


def test_it_is_clean_beside_a_running_desk_and_finds_it(desk: Desk) -> None:
    daemon = desk.run("--market", f"candles:{desk.candles()}")
    done = desk.tai2("doctor")
    assert done.code == 0, done.out
    assert f"✓ socket          a desk in mode sim answers, pid {daemon.pid}\n" in done.out
    assert "✓ journal         schema " in done.out
    assert daemon.stop() == 0


def test_a_fit_demo_desk_is_clean(desk: Desk) -> None:
    with OkxProcess(demo=True) as okx:
        done = desk.tai2("doctor", "--mode", "demo", "--json", **okx.env, **KEY)
    found = verdicts(done)
    assert {found[name] for name in ("clock", "instruments", "trade_right", "position_mode")} == {
        "ok"
    }
    assert "fail" not in found.values()


def test_it_names_every_fault_around_the_desk(desk: Desk) -> None:
    configured(desk).chmod(0o666)
    home = desk.state / "demo"
    home.mkdir(parents=True)
    home.chmod(0o755)
    (home / "journal.sqlite").write_text("not a journal")
    with OkxProcess(demo=True, rights=("withdraw",)) as okx, ModelServer() as model:
        broken = {
            **okx.env,
            **KEY,
            **model.env,
            "OPENROUTER_API_KEY": "sk-canary-wrong",
            "DATABASE_URL": f"postgresql://u:canary@{NOWHERE}/tai2",
            "REDIS_URL": f"redis://:canary@{NOWHERE}/0",
            "LANG": "C",
            "PYTHONIOENCODING": "ascii",
        }
        done = desk.tai2("doctor", "--mode", "demo", "--json", **broken)
    found = {name: finding["verdict"] for name, finding in faults(done).items()}
    assert done.code == 1
    assert found.items() >= {
        ("config", "fail"),
        ("state_dir", "warn"),
        ("terminal", "warn"),
        ("journal", "fail"),
        ("postgres", "fail"),
        ("redis", "fail"),
        ("model_key", "fail"),
        ("withdraw_right", "fail"),
        ("trade_right", "fail"),
    }


@pytest.mark.parametrize(
    ("mode", "demo", "env", "check", "words"),
    [
        ("demo", True, {}, "exchange", "missing: OKX_API_KEY"),
        ("demo", True, KEY | {"OKX_SECRET_KEY": "canary"}, "exchange", ""),
        ("demo", False, KEY, "exchange", ""),
        ("demo", True, KEY | {"TAI2_INSTRUMENTS": "NOPE-USDT-SWAP"}, "exchange", "NOPE-USDT-SWAP"),
        ("demo", True, KEY | {"TAI2_OKX__EXPECTED_UID": "1"}, "account", "not to 1"),
        ("real", False, KEY, "acceptance", "isn't accepted"),
        ("real", False, KEY | ACCEPTED, "real_reasoner", "no language model"),
        ("paper", None, {"TAI2_LLM__BASE_URL": f"http://{NOWHERE}/v1"}, "model", "LLM_UNREACHABLE"),
    ],
)
def test_it_names_the_fault(
    desk: Desk, mode: str, demo: bool | None, env: dict[str, str], check: str, words: str
) -> None:
    with OkxProcess(demo=demo) as okx:
        done = desk.tai2("doctor", "--mode", mode, "--json", **(okx.env | env))
    found = faults(done)
    assert done.code == 1
    assert found[check]["verdict"] == "fail"
    assert words in found[check]["seen"]


def test_offline_it_connects_to_nothing(desk: Desk) -> None:
    away = {"DATABASE_URL": f"postgresql://{NOWHERE}/x", "REDIS_URL": f"redis://{NOWHERE}"}
    done = desk.tai2("doctor", "--offline", "--mode", "paper", "--json", **away)
    assert done.code == 0, done.out
    assert not {"postgres", "redis", "exchange", "clock"} & set(verdicts(done))


def test_the_first_start_with_real_money_needs_a_clean_doctor_and_later_ones_do_not(
    desk: Desk,
) -> None:
    with OkxProcess(demo=False) as okx, ModelServer() as model:
        env = okx.env | KEY | ACCEPTED | model.env
        away = env | {"REDIS_URL": f"redis://{NOWHERE}"}
        refused = desk.start("run", "--mode", "real", **away)
        assert refused.wait() == 78
        words = [line for line in refused.err.kept if not line.startswith("{")]
        assert "needs a clean doctor; redis: can't be reached" in words[0], words
        first = desk.run("--mode", "real", **env)
        assert first.stop() == 0
        later = desk.run("--mode", "real", **away)
        assert later.stop() == 0
