"""The desk with a language model as a person runs it: daemon, model server, command line."""

import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Self

import pytest

from tests.e2e.desk_process import READY_S, Desk, Done, Process, until
from tests.e2e.model_process import Call, ModelServer
from tests.fakes.openrouter.server import KEY

WHY = "why no trade in the last hour based on the current CVD?"
SECRET = KEY.removeprefix("sk-or-v1-")


@dataclass(frozen=True, slots=True)
class Live:
    """A desk whose model has decided at least once."""

    desk: Desk
    daemon: Process
    server: ModelServer
    said: list[str] = field(default_factory=list)
    """Everything that commands printed."""

    def tai2(self, *words: str) -> Done:
        done = self.desk.tai2(*words)
        self.said.extend((done.out, done.err))
        assert done.code == 0, done.err
        return done

    def next_decision(self, seen: int) -> Call:
        """Return the first decision request after as many."""
        with until(READY_S) as goes_on:
            while len(found := self.server.decisions()) <= seen:
                goes_on()
        return found[seen]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Share one daemon with its model; in the end it must stop without one ERROR line."""
    with Desk(tmp_path_factory.mktemp("model")) as desk, ModelServer() as server:
        daemon = desk.run("--interval", "2", **server.env)
        daemon.wait_for("cycle_ended")
        yield Live(desk, daemon, server)
        assert daemon.stop() == 0
        assert [record for record in daemon.log() if record["level"] == "error"] == []


@dataclass(frozen=True, slots=True)
class Bills:
    """What the desk and the model server wrote down about the same calls, by price."""

    paid: Counter[Decimal]
    unknown: int
    """Calls whose price the desk doesn't know."""
    billed: Counter[Decimal]
    left: Counter[Decimal]
    """The billed ones at which the desk hung up."""

    @classmethod
    def read(cls, live: Live) -> Self:
        rows = [row["cost_usd"] for row in live.desk.rows("SELECT cost_usd FROM spending")]
        calls = [(Decimal(each["cost"]), each["was_left"]) for each in live.server.calls()]
        return cls(
            paid=Counter(Decimal(cost) for cost in rows if cost is not None and Decimal(cost)),
            unknown=rows.count(None),
            billed=Counter(cost for cost, _was_left in calls if cost),
            left=Counter(cost for cost, was_left in calls if cost and was_left),
        )

    @property
    def open(self) -> Counter[Decimal]:
        """The billed calls that the desk hasn't paid."""
        return self.billed - self.paid


def system_of(call: Call) -> str:
    return str(call["body"]["messages"][0]["content"])


def test_status_and_engine_name_the_model(live: Live) -> None:
    assert live.daemon.log("ready")[0]["reasoner"] == "acme/quant-small"
    assert "acme/quant-small" in live.tai2("status").out
    engine = live.tai2("engine", "--json").tree
    assert engine["reasoner"] == "acme/quant-small"
    assert engine["scores"][0]["replies"] >= 1
    assert "acme/quant-small" in live.tai2("engine").out


def test_it_trades_on_the_model_s_word(live: Live) -> None:
    live.daemon.wait_for("fill_recorded")
    (row,) = live.desk.rows("SELECT * FROM executed_trades ORDER BY timestamp LIMIT 1")
    assert row["llm_reasoning"] == "The printed facts say so — nothing else does."
    assert row["reasoner"] == "acme/quant-small"


def test_models_lists_the_fit_ones_with_the_price_of_a_day(live: Live) -> None:
    table = live.tai2("models").out
    assert "acme/quant-large" in table
    assert "acme/tiny" not in table
    rows = live.tai2("models", "--all", "--json").tree["models"]
    assert {row["model_id"]: bool(row["against"]) for row in rows}["acme/tiny"]
    assert next(row for row in rows if row["is_current"])["model_id"] == "acme/quant-small"


def test_prompt_show_prints_what_is_sent(live: Live) -> None:
    shown = live.tai2("prompt", "show", "--instrument", "BTC-USDT-SWAP")
    sent = system_of(live.server.decisions()[-1])
    assert shown.out.startswith(sent.rstrip()[:2_000])
    assert "SNAPSHOT" in shown.out
    assert "ALLOWED  HOLD" in shown.out
    assert "tokens · about $" in shown.err


def test_an_edited_strategy_reaches_the_model_and_can_be_taken_back(live: Live) -> None:
    first = live.tai2("prompt", "versions", "--json").tree["versions"][0]["version"]
    (live.desk.home / "strategy.txt").write_text("Fade every spike of funding.\n")
    live.tai2("prompt", "edit", "--strategy", "--file", "strategy.txt")
    seen = len(live.server.decisions())
    assert "Fade every spike of funding." in system_of(live.next_decision(seen + 1))
    second = live.tai2("prompt", "versions", "--json").tree["versions"][0]["version"]
    difference = live.tai2("prompt", "diff", str(first), str(second), "--strategy").out
    assert "+Fade every spike of funding." in difference
    live.tai2("prompt", "revert", str(first))
    seen = len(live.server.decisions())
    assert "Fade every spike" not in system_of(live.next_decision(seen + 1))


def test_another_model_counts_from_the_next_decision_on(live: Live) -> None:
    live.tai2("config", "set", "model", "acme/quant-large")
    seen = len(live.server.decisions())
    assert live.next_decision(seen + 1)["body"]["model"] == "acme/quant-large"
    assert "acme/quant-large" in live.tai2("status").out
    live.tai2("config", "set", "model", "acme/quant-small")


def test_a_question_is_answered_with_sources_that_exist(live: Live) -> None:
    done = live.tai2("ask", WHY)
    assert "looking at list_decisions" in done.err
    assert "the session's CVD is" in done.out
    assert "sources 3/3 ok · numbers 1/1 matched" in done.out
    reply = live.tai2("ask", WHY, "--json").tree
    told = reply["explanation"]
    assert told["is_verified"] is True
    tails = {row["decision_id"][-8:] for row in live.desk.rows("SELECT decision_id FROM replies")}
    cited = [each for each in told["citations"] if each.startswith("D-")]
    assert cited
    assert all(each.removeprefix("D-") in tails for each in cited)


def test_a_request_to_trade_is_refused_by_name_and_sends_nothing(live: Live) -> None:
    live.tai2("halt")
    before = live.desk.rows("SELECT count(*) AS n FROM orders")[0]["n"]
    asked = len(live.server.questions())
    done = live.tai2("ask", "buy 1 BTC at once")
    assert "tai2 halt" in done.out
    assert "I can't do that" in done.out
    assert len(live.server.questions()) == asked
    assert live.desk.rows("SELECT count(*) AS n FROM orders")[0]["n"] == before
    live.tai2("resume", "--reason", "test", "--confirm", "y")


def test_leaving_during_an_answer_hangs_up_on_the_model(live: Live) -> None:
    live.tai2("config", "set", "interval", "3600")
    live.server.fail_questions({}, {"drip_ms": 1000})
    asked = len(live.server.questions())
    asking = live.desk.start("ask", WHY)
    with until(READY_S) as goes_on:
        while len(live.server.questions()) < asked + 2:  # the second answer drips
            goes_on()
    asking.signal(signal.SIGINT)
    assert asking.wait() == 130
    with until(READY_S) as goes_on:
        while not live.server.questions()[-1]["was_left"]:
            goes_on()
    assert len(live.server.questions()) == asked + 2
    assert live.tai2("status").code == 0


def test_what_was_spent_is_what_the_server_billed(live: Live) -> None:
    """Each call is paid as billed; only of one that was left may the price be unknown."""
    with until(READY_S) as goes_on:  # a decision may still be under way
        while not (bills := Bills.read(live)).open <= bills.left:
            goes_on()
    assert bills.paid
    assert bills.paid <= bills.billed
    assert bills.open.total() <= bills.unknown


def test_the_key_is_nowhere(live: Live, tmp_path: Path) -> None:
    live.tai2("history", "--csv", str(tmp_path / "trades.csv"))
    files = [*live.desk.home.rglob("*"), tmp_path / "trades.csv"]
    read = {str(path): path.read_bytes() for path in files if path.is_file()}
    assert any(name.endswith("journal.sqlite") for name in read)
    assert [name for name, text in read.items() if SECRET.encode() in text] == []
    live.said.extend(live.tai2("config", "get").out)
    printed = "".join([*live.said, *live.daemon.err.kept, *live.daemon.out.kept])
    assert "cycle_ended" in printed
    assert SECRET not in printed
    assert all(SECRET not in str(call) for call in live.server.calls())


def test_without_a_model_the_same_question_gets_the_funnel(desk: Desk) -> None:
    daemon = desk.run("--interval", "1")
    daemon.wait_for("cycle_ended")
    done = desk.tai2("ask", WHY)
    assert done.code == 0
    assert "in the last hour" in done.out
    assert "sources" not in done.out
    assert desk.tai2("models").code == 4
