"""The whole engine along a candle file: the same bytes twice, and honest figures."""

import json
from pathlib import Path

import pytest

from tests.e2e.desk_process import CALL_S, CANDLE_HOURS, Desk

CANDLES = Path(__file__).parents[2] / ".." / "shared" / "data" / "btc-perp-1m.csv.gz"


def test_a_replay_gives_the_same_bytes_twice_and_says_why_it_waits(desk: Desk) -> None:
    words = ("replay", desk.candles(), "--interval", "900", "--json")
    runs = [desk.start(*words), desk.start(*words)]
    assert [run.wait(CALL_S) for run in runs] == [0, 0]
    first, second = ("".join(run.out.kept) for run in runs)
    assert first == second

    summary = json.loads(first)
    counted = summary["cycles"]["cycles"]
    assert counted == CANDLE_HOURS * 4
    assert summary["holds_by_reason"].get("STALE_OR_MISSING_DATA", 0) >= counted - 1
    assert summary["orders"]["sent"] == 0
    assert summary["path"]["data_complete_from"] == "never"
    assert summary["result"]["end_equity"] == summary["result"]["start_equity"] == "10000.00"


def test_a_replay_in_text_keeps_its_journal_on_request(desk: Desk) -> None:
    words = ("replay", desk.candles(), "--interval", "3600", "--to", "2022-01-01T01:00Z")
    done = desk.tai2(*words, "--out", "kept")
    assert done.code == 0
    assert "STALE_OR_MISSING_DATA" in done.out
    assert "replay 100%" in done.err
    assert (desk.home / "kept" / "journal.sqlite").is_file()
    assert desk.tai2(*words, "--out", "kept").code == 5


def test_a_desk_can_live_on_a_candle_file(desk: Desk) -> None:
    daemon = desk.run("--market", f"candles:{desk.candles()}", "--speed", "60", "--interval", "1")
    seen = 0
    for _cycle in range(3):
        seen = 1 + daemon.wait_for("cycle_ended", after=seen)
    (ready,) = daemon.log("ready")
    cycle = daemon.log("cycle_ended")[-1]
    assert ready["instruments"] == "BTC-USDT-SWAP"
    assert cycle["outcome"] in ("hold", "sent", "refused")
    assert cycle["reason"]
    assert daemon.stop() == 0


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.skipif(not CANDLES.exists(), reason="the real candle file isn't here")
def test_real_candles_are_traded_once_the_indicators_are_warm(desk: Desk) -> None:
    words = ("replay", str(CANDLES.resolve()), "--to", "2022-01-10T12:00Z", "--json")
    run = desk.start(*words)
    assert run.wait(800) == 0
    summary = json.loads("".join(run.out.kept))
    assert summary["orders"]["with_fills"] > 0
    assert summary["fills_by_leg"]["entry"] > 0
    assert float(summary["result"]["fees"]) < 0
