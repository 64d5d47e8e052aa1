"""Every verb must work as text and as JSON, and end with its documented code."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

Tai2 = Callable[..., Any]
READS = (
    ("status",),
    ("decisions",),
    ("decisions", "--id", "D-1"),
    ("decisions", "--id", "D-1", "--raw"),
    ("history",),
    ("ask", "why no trade?"),
    ("logs",),
    ("config", "get"),
    ("config", "get", "interval"),
    ("snapshot", "BTC-USDT-SWAP"),
    ("version",),
    ("halt", "--reason", "news"),
    ("pause", "--reason", "lunch"),
    ("config", "set", "interval", "60"),
    ("config", "path"),
)


@pytest.mark.parametrize("words", READS, ids=" ".join)
def test_each_verb_prints_clean_text(tai2: Tai2, words: tuple[str, ...]) -> None:
    found = tai2(*words)
    assert found.code == 0
    assert found.out.strip()
    assert not set(found.out) & set("\x1b\x07\u202e")


@pytest.mark.parametrize("words", READS, ids=" ".join)
def test_each_verb_prints_json_in_ascii(tai2: Tai2, words: tuple[str, ...]) -> None:
    found = tai2(*words, "--json")
    assert found.code == 0
    assert found.out.isascii()
    assert [json.loads(line) for line in documents(found.out)]
    assert not set(found.out) & set("\x1b\x07")


def documents(out: str) -> list[str]:
    """Split NDJSON; one indented document stays whole."""
    return out.splitlines() if out.startswith('{"') else [out]


@pytest.mark.parametrize(
    "words", [words for words in READS if words[0] != "version" and words[1:] != ("path",)]
)
def test_without_a_daemon_each_verb_says_how_to_start_one(
    lonely_tai2: Tai2, words: tuple[str, ...]
) -> None:
    found = lonely_tai2(*words)
    assert (found.code, found.out) == (3, "")
    assert found.err.startswith("tai2: tai2 isn't running (no socket at ")
    assert found.err.endswith("  hint: Start it with: tai2 run\n")


def test_errors_are_json_on_stderr_when_asked_for(lonely_tai2: Tai2) -> None:
    found = lonely_tai2("status", "--json")
    error = json.loads(found.err)
    assert (error["exit_code"], error["kind"]) == (3, "DaemonNotRunning")
    assert found.out == ""


def test_status_says_the_essentials_in_one_line(tai2: Tai2) -> None:
    headline = tai2("status").out.splitlines()[0]
    assert headline == (
        "SIM  running  active  Eq 10,084.20 USDT  day ▲+84.20 +0.84%  1 pos  next 0:42"
    )


def test_status_shows_positions_with_signed_pnl(tai2: Tai2) -> None:
    row = next(line for line in tai2("status").out.splitlines() if "SHORT" in line)
    cells = "BTC-USDT-SWAP ▼ SHORT 1.5 66,420.0 66,671.0 – ▼-30.12 2h14m"
    assert " ".join(row.split()) == cells


def test_a_degraded_desk_ends_with_seven_and_names_the_part(desk: Any, tai2: Tai2) -> None:
    desk.degrade()
    found = tai2("status")
    assert found.code == 7
    assert "✗ feed: no data (for 14s)" in found.out
    assert tai2("status", "--json").code == 7


def test_unknown_equity_is_not_zero(desk: Any, tai2: Tai2) -> None:
    desk.status_now = replace(
        desk.status_now, equity=None, day_pnl=None, available=None, positions=(), last_cycle=None
    )
    out = tai2("status").out
    assert "Eq – USDT  day – –  0 pos" in out
    assert "No positions. Next decision in 0:42." in out


def test_a_refusal_ends_with_five_and_its_hint(tai2: Tai2) -> None:
    found = tai2("resume", "--reason", "bored")
    assert found.code == 5
    assert found.err == ("tai2: not while unprotected (bored)\n  hint: Close the position first.\n")


@pytest.mark.parametrize(("verb", "state"), [("halt", "halted"), ("pause", "reducing")])
def test_halt_and_pause_need_nothing_but_the_word(
    desk: Any, tai2: Tai2, verb: str, state: str
) -> None:
    found = tai2(verb)
    assert (found.code, found.out) == (0, f"trading is {state}\n")
    assert desk.asked[0].reason == "by hand"


@pytest.mark.parametrize(
    "words",
    [
        ("statu",),
        ("status", "--nope"),
        ("resume",),
        ("ask",),
        ("ask", " "),
        ("ask", "x" * 5_000),
        ("config", "get", "nope"),
        ("config", "set", "nope", "1"),
        ("decisions", "--raw"),
        ("decisions", "--id", "D-404"),
        ("decisions", "-n", "0"),
        ("history", "--side", "up"),
        ("history", "--since", "soon"),
        ("history", "--csv", "-", "--json"),
        ("logs", "--level", "loud"),
        ("logs", "--grep", "("),
        ("snapshot", "XRP"),
        ("replay", "no-such-file.csv"),
        ("sim", "--speed", "0"),
        ("sim", "--market", "martian"),
        ("run", "--interval", "0"),
        ("run", "--mode", "moon"),
    ],
    ids=" ".join,
)
def test_bad_input_ends_with_two_and_no_traceback(tai2: Tai2, words: tuple[str, ...]) -> None:
    found = tai2(*words)
    assert found.code == 2
    assert found.out == ""
    assert found.err
    assert "Traceback" not in found.err


def test_a_typo_gets_a_suggestion(tai2: Tai2) -> None:
    assert "Did you mean 'status'?" in tai2("statu").err


def test_another_protocol_ends_with_eight(desk: Any, tai2: Tai2) -> None:
    desk.protocol = 2
    found = tai2("status")
    assert found.code == 8
    assert "speaks protocol 2" in found.err


def test_a_question_can_come_from_stdin(
    desk: Any, tai2: Tai2, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("why no trade?\n"))
    assert tai2("ask", "-").code == 0
    assert desk.asked[0].question == "why no trade?"


def test_decisions_pass_their_filters_on(desk: Any, tai2: Tai2) -> None:
    tai2("decisions", "-n", "7", "--instrument", "ETH-USDT-SWAP")
    assert (desk.asked[0].limit, desk.asked[0].inst_id) == (7, "ETH-USDT-SWAP")


def test_one_decision_is_shown_in_full(tai2: Tai2) -> None:
    out = tai2("decisions", "--id", "D-1").out
    assert "duration_ms    1s" in out
    assert "refusals       SPREAD" in out
    assert "2026-11-23 09:46:12 UTC" in out


def test_logs_can_be_searched(tai2: Tai2) -> None:
    assert tai2("logs", "--grep", "ORDER").out == "T info    order_sent inst=BTC\n"


def test_logs_follow_until_the_daemon_leaves(desk: Any, running: Any, tai2: Tai2) -> None:
    polls: list[int] = []

    def leave_at_the_third(after: int) -> None:
        polls.append(after)
        if len(polls) == 3:
            running.stop()

    desk.on_logs = leave_at_the_third
    found = tai2("logs", "-f", "--json")
    assert found.code == 3
    assert polls[:3] == [0, 2, 2]
    assert [json.loads(line)["seq"] for line in found.out.splitlines()] == [1, 2]


def test_a_snapshot_shows_ages_and_shortens_books(tai2: Tai2) -> None:
    out = tai2("snapshot", "BTC-USDT-SWAP").out
    assert "mark  (fresh, 0.4s old)\n  px                 66671.0\n" in out
    assert "3 more: --json" in out


def test_tai2_alone_is_help_and_no_error(tai2: Tai2) -> None:
    found = tai2()
    assert found.code == 0
    for heading in ("Watch:", "Ask:", "Control:", "Set up:", "Service:"):
        assert f"\n{heading}\n" in found.out


@pytest.mark.parametrize(
    "verb",
    [
        *(
            "status",
            "decisions",
            "history",
            "logs",
            "ask",
            "halt",
            "resume",
            "flatten",
            "close",
            "run",
            "replay",
            "sim",
        ),
        *("snapshot", "version", "config get", "config set", "config path"),
    ],
)
def test_help_has_two_examples_and_the_exit_codes(tai2: Tai2, verb: str) -> None:
    found = tai2(*verb.split(), "-h")
    assert found.code == 0
    examples = found.out.split("Examples:\n")[1].split("Exit codes:")[0]
    assert len(examples.strip().splitlines()) == 2
    assert "Exit codes: 0 ok" in found.out


def test_the_version_flag_prints_the_version(tai2: Tai2) -> None:
    assert tai2("-V").out == tai2("version").out


def test_a_bug_is_one_line_without_a_traceback(tai2: Tai2, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_args: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("tai2.cli.output.call", explode)
    found = tai2("status")
    assert found.code == 1
    assert found.err == (
        "tai2: internal error (ZeroDivisionError); run with TAI2_DEBUG=1 for the traceback\n"
    )


def test_an_interrupt_ends_with_130(tai2: Tai2, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tai2.cli.output.call", interrupt)
    assert tai2("status").code == 130
