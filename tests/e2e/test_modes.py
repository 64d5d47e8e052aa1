"""paper, demo and real from start to trade, against a simulator process that plays OKX."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tai2.model.recording import RecordedFrame, read_frames
from tests.e2e.desk_process import Desk, Process
from tests.e2e.model_process import ModelServer
from tests.e2e.okx_process import KEY, OkxProcess

ACCEPTED = {"TAI2_OKX__ACCEPT_REAL_MONEY": "I accept trading with real money"}
FAST = ("--interval", "1")


def ended(desk: Desk, mode: str, **env: str) -> tuple[int, list[str]]:
    """Start a desk that must not come up; return its exit code and last words."""
    daemon = desk.start("run", "--mode", mode, **env)
    code = daemon.wait()
    return code, [line.rstrip() for line in daemon.err.kept if not line.startswith("{")]


def modes(home: Path) -> list[str]:
    """Return the mode of each trade in a journal."""
    with closing(sqlite3.connect(f"file:{home}/journal.sqlite?mode=ro", uri=True)) as journal:
        return [str(mode) for (mode,) in journal.execute("SELECT mode FROM executed_trades")]


def without_errors(daemon: Process) -> bool:
    return [record for record in daemon.log() if record["level"] == "error"] == []


def test_paper_trades_on_the_exchange_s_prices_without_a_key(desk: Desk) -> None:
    with OkxProcess() as okx:
        daemon = desk.run("--mode", "paper", *FAST, **okx.env)
        daemon.wait_for("fill_recorded")
        status = desk.tai2("status", "--json").tree
        assert status["mode"] == "paper"
        assert daemon.stop() == 0
        assert without_errors(daemon)
        assert set(modes(desk.state / "paper")) == {"paper"}


def test_paper_account_is_found_again_after_kill(desk: Desk) -> None:
    with OkxProcess() as okx:
        first = desk.run("--mode", "paper", *FAST, **okx.env)
        first.wait_for("fill_recorded")
        first.kill()
        seen = len(modes(desk.state / "paper"))
        again = desk.run("--mode", "paper", *FAST, **okx.env)
        assert len(modes(desk.state / "paper")) >= seen
        assert again.stop() == 0
        assert without_errors(again)


def test_demo_trades_with_a_demo_key(desk: Desk) -> None:
    with OkxProcess(demo=True) as okx:
        daemon = desk.run("--mode", "demo", *FAST, **okx.env, **KEY)
        daemon.wait_for("fill_recorded")
        assert daemon.stop() == 0
        assert without_errors(daemon)
        assert set(modes(desk.state / "demo")) == {"demo"}


def test_real_is_halted_at_its_first_start_until_a_person_resumes(desk: Desk) -> None:
    with OkxProcess(demo=False) as okx, ModelServer() as model:
        env = {**okx.env, **KEY, **ACCEPTED, **model.env}
        first = desk.run("--mode", "real", *FAST, **env)
        first.wait_for("cycle_ended")
        assert desk.tai2("status", "--json").tree["trading_state"] == "halted"
        assert first.stop() == 0
        assert modes(desk.state / "real") == []
        second = desk.run("--mode", "real", *FAST, **env)
        second.wait_for("cycle_ended")
        assert desk.tai2("status", "--json").tree["trading_state"] == "halted"
        assert desk.tai2("resume", "--reason", "funded", "--confirm", "resume").code == 0
        second.wait_for("fill_recorded")
        assert second.stop() == 0
        third = desk.run("--mode", "real", *FAST, **env)
        assert third.log("ready")[0]["trading_state"] == "active"
        assert third.stop() == 0
        assert set(modes(desk.state / "real")) == {"real"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", 'Set okx.accept_real_money = "I accept trading with real money"'),
        ("yes", 'Set okx.accept_real_money = "I accept trading with real money"'),
    ],
)
def test_real_without_acceptance_in_so_many_words_is_refused(
    desk: Desk, words: str, expected: str
) -> None:
    code, said = ended(desk, "real", **KEY, TAI2_OKX__ACCEPT_REAL_MONEY=words)
    assert code == 78
    assert said[-1].startswith(f"  hint: {expected}")


def test_real_without_a_model_is_refused(desk: Desk) -> None:
    code, said = ended(desk, "real", **KEY, **ACCEPTED)
    assert (code, "OPENROUTER_API_KEY" in said[-1]) == (78, True)


@pytest.mark.parametrize("mode", ["demo", "real"])
def test_mode_with_money_without_a_key_names_what_is_missing(desk: Desk, mode: str) -> None:
    some = {"OKX_API_KEY": "k", "OPENROUTER_API_KEY": "sk-or-v1-x"}
    code, said = ended(desk, mode, **ACCEPTED, **some)
    assert code == 4
    assert said[-2].endswith("missing: OKX_SECRET_KEY, OKX_PASSPHRASE.")


KEY_TROUBLES = {
    "withdraw": (OkxProcess(rights=["trade", "withdraw"]), {}, 78, "may withdraw"),
    "read only": (OkxProcess(rights=[]), {}, 78, "may not trade"),
    "real key in demo": (OkxProcess(demo=False), {}, 78, "50101"),
    "other region": (OkxProcess(is_foreign=True), {}, 4, "50119"),
    "unknown key": (OkxProcess(), {"OKX_API_KEY": "other"}, 4, "50111"),
    "passphrase": (OkxProcess(), {"OKX_PASSPHRASE": "other"}, 4, "50105"),
    "secret": (OkxProcess(), {"OKX_SECRET_KEY": "other"}, 4, "50113"),
}


@pytest.mark.parametrize("trouble", KEY_TROUBLES)
def test_key_trouble_is_one_clear_error_with_its_code(desk: Desk, trouble: str) -> None:
    process, changes, expected, words = KEY_TROUBLES[trouble]
    with process as okx:
        code, said = ended(desk, "demo", **okx.env, **(KEY | changes))
    assert code == expected
    assert [line.split(":")[0] for line in said] == ["tai2", "  hint"]
    assert words in said[0]
    assert trouble != "other region" or "okx.region" in said[-1]
    assert not any(secret in "".join(said) for secret in KEY.values())


def test_key_that_only_the_sockets_refuse_names_the_region(desk: Desk) -> None:
    with OkxProcess(demo=True, is_foreign_to_sockets=True) as okx:
        code, said = ended(desk, "demo", **okx.env, **KEY)
    assert code == 4
    assert [line.split(":")[0] for line in said] == ["tai2", "  hint"]
    assert "60032" in said[0]
    assert "okx.region" in said[-1]


@pytest.mark.parametrize("inst_id", ["BTC-USDT", "BTC-USD-SWAP"])
@pytest.mark.parametrize("mode", ["demo", "real"])
def test_what_cannot_be_protected_is_not_traded(desk: Desk, mode: str, inst_id: str) -> None:
    named = {"TAI2_INSTRUMENTS": f"BTC-USDT-SWAP,{inst_id}"}
    model = {"OPENROUTER_API_KEY": "sk-or-v1-x"}
    with OkxProcess(listings="all") as okx:
        code, said = ended(desk, mode, **okx.env, **KEY, **ACCEPTED, **named, **model)
        doctor = desk.tai2(
            "doctor", "--mode", mode, "--json", **okx.env, **KEY, **ACCEPTED, **named, **model
        )
    assert code == 78, said
    assert said[0].startswith(f"tai2: tai2 can't protect a holding of {inst_id}:")
    assert said[-1] == "  hint: Name swaps settled in USDT, such as BTC-USDT-SWAP."
    verdicts = {one["check"]: one["verdict"] for one in doctor.tree["findings"]}
    assert verdicts["instrument_kind"] == "fail"


def test_demo_key_in_real_is_refused(desk: Desk) -> None:
    with OkxProcess(demo=True) as okx:
        env = {**okx.env, **KEY, **ACCEPTED, "OPENROUTER_API_KEY": "sk-or-v1-x"}
        code, said = ended(desk, "real", **env)
    assert (code, "50101" in said[0]) == (78, True)
    assert said[-1] == "  hint: Demo keys belong to mode demo, the others to mode real."


def test_other_modes_never_share_a_journal(desk: Desk) -> None:
    with OkxProcess(demo=True) as okx:
        sim = desk.run("--interval", "1")
        sim.wait_for("fill_recorded")
        assert sim.stop() == 0
        demo = desk.run("--mode", "demo", *FAST, **okx.env, **KEY)
        assert desk.tai2("status", "--json").tree["mode"] == "demo"
        assert demo.stop() == 0
    assert set(modes(desk.state)) == {"sim"}


def kept(directory: Path) -> list[RecordedFrame]:
    with (directory / "okx-000001.jsonl.gz").open("rb") as part:
        return list(read_frames(part))


def recorded(directory: Path) -> set[str]:
    """Return the sockets of a recording, which must hold no part of the key."""
    frames = kept(directory)
    assert not any(secret in one.raw for one in frames for secret in KEY.values())
    return {one.channel.value for one in frames}


def test_record_keeps_what_the_exchange_sends(desk: Desk) -> None:
    with OkxProcess() as okx:
        done = desk.tai2("record", "kept", "--seconds", "4", "--json", **okx.env)
        own = desk.tai2("record", "own", "--seconds", "4", "--json", **okx.env, **KEY)
        public = desk.tai2("record", "public", "--public", "--seconds", "2", **okx.env, **KEY)
        empty = desk.tai2("record", "kept", "--instruments", "NO-SUCH-SWAP", **okx.env)
    assert (done.code, done.tree["parts"]) == (0, 1)
    frames = kept(desk.home / "kept")
    assert len(frames) == done.tree["frames"] > 10
    assert {one.channel.value for one in frames} >= {"rest", "public"}
    assert (done.tree["account"], own.tree["account"]) == (False, True)
    assert "private" in recorded(desk.home / "own")
    assert "private" not in recorded(desk.home / "public")
    assert (public.code, "account" in public.err, "account" in own.err) == (0, False, True)
    assert (empty.code, "NO-SUCH-SWAP" in empty.err) == (2, True)
