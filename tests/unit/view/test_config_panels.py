"""Options, versions, models and scores, as plain functions."""

from decimal import Decimal
from types import SimpleNamespace

from tai2.view.panels import config, offers, scores
from tai2.view.panels.line import listing, text_of
from tai2.wire.controls import ConfigEntry
from tai2.wire.engine import CalibrationRow, ScoreRow
from tai2.wire.models import ModelRow
from tai2.wire.prompts import VersionRow
from tests.unit.view.panel_text import cells, said

OPTION = ConfigEntry(
    key="interval",
    current="60",
    source="operator",
    default="180",
    span="1 to 86,400 s",
    effect="the running wait is cut to it",
)
VERSION = VersionRow(
    version=7,
    changed_ms=1_700_000_000_000,
    changed_by="operator",
    prompt_hash="abcdef0123456789",
    model_id="",
    system_prompt="one\ntwo\nthree",
    strategy="",
    is_current=True,
)
MODEL = ModelRow(
    model_id="acme/quant-large",
    context_tokens=128_000,
    prompt_usd_per_m=Decimal("0.25"),
    completion_usd_per_m=None,
    day_usd=Decimal("1.234"),
    against=(),
    is_current=True,
)
SCORE = ScoreRow(
    reasoner="acme/quant-large",
    prompt_hash="abc",
    replies=10,
    failed=1,
    held=5,
    refused=2,
    sent=2,
    cost_usd=Decimal("0.05"),
    latency_p50_ms=840,
    latency_p95_ms=3_210,
    evidence=40,
    verified=38,
    calibration=CalibrationRow(count=0, brier=None, bias=None, bins=()),
)


def test_an_option_shows_value_source_and_range() -> None:
    shown = text_of(config.entry(OPTION, columns=120).line)
    assert shown.split() == [
        "Update",
        "interval",
        "(s)",
        "60",
        "set",
        "by",
        "operator",
        "1",
        "to",
        "86,400",
        "s",
    ]


def test_the_hint_says_what_a_change_does() -> None:
    assert "the running wait is cut to it" in text_of(config.hint(OPTION))
    assert "settings: 180" in text_of(config.hint(OPTION))


def test_read_only_says_why_nothing_can_be_saved() -> None:
    assert "read-only" in text_of(config.hint(OPTION, is_readonly=True))


def test_a_conflict_shows_both_values() -> None:
    shown = said(config.conflict("interval", "30", "90", "operator"))
    assert "theirs, in force  90" in shown
    assert "yours, not saved  30" in shown


def test_the_editor_counts_changed_lines() -> None:
    assert config.editor_title(VERSION, "system_prompt", "one\n2\nthree") == (
        "System prompt v7 · 1 line changed"
    )
    assert config.editor_title(VERSION, "system_prompt", VERSION.system_prompt) == (
        "System prompt v7"
    )


def test_a_difference_of_texts_is_a_unified_diff() -> None:
    shown = said(config.difference("a\nb", "a\nc", ("v1", "v2"))).splitlines()
    assert shown[-3:] == [" a", "-b", "+c"]
    assert said(config.difference("a", "a", ("v1", "v2"))) == "Nothing differs."


def test_versions_say_who_and_which_is_in_force() -> None:
    ((version, _when, who, digest, model, state),) = cells(config.versions([VERSION]))
    assert (version, who, digest, model) == ("7", "operator", "abcdef012345", "default")
    assert state == "● in force"


def test_models_have_prices_and_fitness() -> None:
    unfit = ModelRow(
        model_id="acme/free",
        context_tokens=None,
        prompt_usd_per_m=None,
        completion_usd_per_m=None,
        day_usd=None,
        against=("no structured output",),
        is_current=False,
    )
    fit, bad = cells(offers.models([MODEL, unfit]))
    assert fit == ["●", "acme/quant-large", "128k", "$0.25", "–", "$1.23", "✓"]
    assert bad == [" ", "acme/free", "–", "–", "–", "–", "✗ no structured output"]


def test_scores_that_are_not_known_yet_are_no_zeros() -> None:
    ((*_, grounded, brier, bias, _scored, cost, p50, p95),) = cells(scores.table([SCORE]))
    assert (grounded, brier, bias, cost, p50, p95) == (
        "95%",
        "–",
        "–",
        "$0.0050",
        "840 ms",
        "3.2 s",
    )


def test_scores_say_who_decides_and_what_today_cost() -> None:
    record = SimpleNamespace(
        reasoner="acme", prompt_hash="abc", spent_today_usd=Decimal("0.11"), day_cap_usd=Decimal(5)
    )
    record.scores = ()
    assert text_of(scores.head(record)) == "acme  prompt abc  $0.1100 of $5.00 today"


def test_a_listing_lines_its_columns_up() -> None:
    heading, row = listing(scores.table([SCORE]))
    assert text_of(heading).index("Prompt") == text_of(row).index("abc")
