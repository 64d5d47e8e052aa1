"""A desk is copied while it runs and put back once it has stopped; it comes back HALTED."""

from tests.e2e.desk_process import Desk


def test_a_desk_is_copied_running_and_comes_back_halted(desk: Desk) -> None:
    market = ("--market", f"candles:{desk.candles()}", "--interval", "1")
    daemon = desk.run(*market)
    daemon.wait_for("cycle_ended")
    copied = desk.tai2("backup", "desk.backup", "--json")
    assert copied.code == 0
    assert copied.tree["cycles"] >= 1

    refused = desk.tai2("restore", "desk.backup", "--confirm", "restore")
    assert (refused.code, "another tai2" in refused.err) == (2, True)
    assert daemon.stop() == 0

    unsaid = desk.tai2("restore", "desk.backup")
    assert (unsaid.code, "will replace:" in unsaid.err) == (5, True)
    done = desk.tai2("restore", "desk.backup", "--confirm", "restore", "--json")
    assert done.tree["restored"]["cycles"] == copied.tree["cycles"]

    again = desk.run(*market)
    status = desk.tai2("status", "--json").tree
    assert status["trading_state"] == "halted"
    assert status["state_reason"].startswith("restored from a backup")
    assert desk.rows("SELECT count(*) AS n FROM cycles")[0]["n"] >= copied.tree["cycles"]
    assert again.stop() == 0
