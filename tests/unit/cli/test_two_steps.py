"""Dangerous verbs at the command line: shown in numbers, confirmed by a word, else exit 5."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

Tai2 = Callable[..., Any]


def test_without_a_terminal_and_without_the_word_nothing_is_done(desk: Any, tai2: Tai2) -> None:
    found = tai2("flatten")
    assert found.code == 5
    assert "close short 1.5 contracts" in found.err
    assert "tai2 flatten … --confirm flatten" in found.err
    assert len(desk.asked) == 1  # prepared, never committed


def test_the_word_for_scripts_commits(desk: Any, tai2: Tai2) -> None:
    found = tai2("flatten", "--confirm", "flatten")
    assert (found.code, found.out) == (0, "trading is halted\n")
    assert desk.asked[1].ticket == "0011"


def test_the_wrong_word_is_refused_by_the_daemon(tai2: Tai2) -> None:
    found = tai2("close", "BTC-USDT-SWAP", "--confirm", "yes")
    assert found.code == 5
    assert "The word is: flatten" in found.err


def test_a_dry_run_shows_and_commits_nothing(desk: Any, tai2: Tai2) -> None:
    found = tai2("flatten", "--dry-run")
    assert found.code == 0
    assert "\x1b" not in found.out
    assert found.out.startswith("flatten:\n  close short 1.5 contracts")
    assert len(desk.asked) == 1


def test_a_dry_run_in_json_is_the_ticket(tai2: Tai2) -> None:
    tree = json.loads(tai2("flatten", "--dry-run", "--json").out)
    assert (tree["typed"], tree["summary"]["next_state"]) == ("flatten", "halted")


def test_what_is_left_open_ends_with_one(desk: Any, tai2: Tai2) -> None:
    desk.done = replace(desk.done, is_done=False, lines=("✗ left",))
    found = tai2("flatten", "--confirm", "flatten", "--json")
    assert found.code == 1
    assert json.loads(found.out)["is_done"] is False


@pytest.mark.parametrize(("typed", "code"), [("flatten", 0), ("no", 5), ("", 5)])
def test_at_a_terminal_the_word_is_asked_for(
    tai2: Tai2, monkeypatch: pytest.MonkeyPatch, typed: str, code: int
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda *_words, **_kind: typed)
    assert tai2("flatten").code == code


@pytest.mark.parametrize(
    ("words", "verb"),
    [
        (("adopt", "BTC-USDT-SWAP", "--stop-pct", "2"), "adopt"),
        (("adopt", "BTC-USDT-SWAP", "--undo"), "release"),
        (("ignore", "BTC-USDT-SWAP"), "ignore"),
        (("ignore", "BTC-USDT-SWAP", "--undo"), "heed"),
        (("settle", "t2main1", "filled"), "settle"),
    ],
)
def test_each_word_of_a_person_is_a_verb_of_the_daemon(
    desk: Any, tai2: Tai2, words: tuple[str, ...], verb: str
) -> None:
    assert tai2(*words, "--dry-run").code == 0
    (asked,) = desk.asked
    assert asked.verb == verb


@pytest.mark.parametrize(
    "words", [("settle", "t2main1", "maybe"), ("adopt", "BTC-USDT-SWAP", "--stop-pct", "far")]
)
def test_what_cannot_be_meant_is_never_asked(desk: Any, tai2: Tai2, words: tuple[str, ...]) -> None:
    assert tai2(*words).code == 2
    assert desk.asked == []
