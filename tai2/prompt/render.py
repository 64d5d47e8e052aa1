"""What a language model reads: the system prompt decide/1 and the message of one snapshot.

The reasoner renders each request with it; the same request gives the same bytes. It must print
facts only as they are in the request, because quotes are checked against exactly those texts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Final

from tai2.model.decision import (
    AllowedAction,
    DecisionRequest,
    Fact,
    Features,
    RecentDecision,
    SeriesFact,
)
from tai2.model.money import trimmed
from tai2.model.snapshot import Freshness

PROMPT_VERSION: Final = "decide/1"
HOUR_MS: Final = 3_600_000
_WENT: Final = {Decimal(1): "up", Decimal(0): "down", Decimal("0.5"): "unchanged"}
_PLACE: Final = "{strategy}"
"""Where a template wants the operator's text."""
_GROUPS: Final = {
    "acct": "ACCOUNT",
    "pos": "POSITION",
    "h4": "4h",
    "h1": "1h",
    "m5": "5m",
    "m1": "1m",
    "fund": "FUNDING",
    "oi": "OPEN INTEREST",
    "liq": "LIQUIDATIONS 1h",
    "cvd": "CVD",
    "ofi": "OFI",
    "flow": "FLOW",
    "cost": "COST",
    "self": "YOUR RECORD",
    "now": "NOW",
    "ob": "BOOK",
}
"""Id prefix → label, most stable first, freshest last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """The two messages of one decision."""

    system: str
    user: str


def render(request: DecisionRequest, strategy: str = "", system: str = "") -> Prompt:
    """Return the messages for a request.

    Args:
        request: What is asked.
        strategy: The operator's own text.
        system: An edited template instead of the default one, "" = the default.
    """
    return Prompt(system=system_prompt(strategy, system), user=user_message(request))


@cache
def template() -> str:
    """Return the default system prompt, with {strategy} where the operator's text goes."""
    return (files("tai2.prompt") / "templates" / "decide-1.txt").read_text(encoding="utf-8")


def system_prompt(strategy: str = "", system: str = "") -> str:
    """Return the system prompt; without a strategy it says "none".

    An edited template that has no place for the strategy gets it at its end.
    """
    text = system or template()
    if _PLACE not in text:
        text = f"{text.rstrip()}\nOPERATOR STRATEGY\n{_PLACE}\n"
    return text.replace(_PLACE, strategy.strip() or "none")


def user_message(request: DecisionRequest) -> str:
    """Return the dynamic message: head, facts between <data> tags, what is allowed."""
    lines = [_head(request), "<data>", *_facts(request.features), *_series(request.features)]
    past = [*_recent(request), *_refused(request)]
    end = ["</data>", _allowed(request), "Decide now. JSON only."]
    return "\n".join([*lines, *past, *end]) + "\n"


def _head(request: DecisionRequest) -> str:
    at = datetime.fromtimestamp(request.ts // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        f"SNAPSHOT {request.snapshot_id} {request.inst_id} {at}  "
        f"(horizon {request.horizon_min} min)"
    )


def _facts(features: Features) -> list[str]:
    """Return one line per group of facts; one that ends a series is printed there."""
    in_series = {series.metric for series in features.series}
    grouped: dict[str, list[Fact]] = {prefix: [] for prefix in _GROUPS}
    for fact in features.facts.values():
        if fact.metric not in in_series:
            grouped.setdefault(fact.metric.partition(".")[0], []).append(fact)
    return [
        f"{_GROUPS.get(prefix, prefix)}{_age(facts)}  {' '.join(map(_printed, facts))}"
        for prefix, facts in grouped.items()
        if facts
    ]


def _age(facts: Iterable[Fact]) -> str:
    """Print the age of a group: that of its oldest fact, in seconds."""
    ages = [fact.age_ms for fact in facts if fact.age_ms is not None]
    return f" age {max(ages) / 1000:.1f} s" if ages else ""


def _printed(fact: Fact) -> str:
    stale = "STALE" if fact.freshness is Freshness.STALE else ""
    unit = "" if fact.freshness is Freshness.MISSING else fact.unit
    return " ".join(part for part in (f"[{fact.metric}]", fact.text, unit, stale) if part)


def _series(features: Features) -> list[str]:
    if not features.series:
        return []
    return ["SERIES oldest → newest, last = newest closed bar", *map(_one_series, features.series)]


def _one_series(series: SeriesFact) -> str:
    unit = f" {series.unit}" if series.unit else ""
    return f"[{series.metric}] {' '.join(series.texts)}{unit} per {series.bar} bar"


def _allowed(request: DecisionRequest) -> str:
    actions = ["HOLD", *map(_one_allowed, request.allowed)]
    blocked = f" | nothing else now: {request.blocked_by}" if request.blocked_by else ""
    return f"ALLOWED  {' | '.join(actions)} | unit QUOTE_NOTIONAL{blocked}"


def _one_allowed(allowed: AllowedAction) -> str:
    return f"{allowed.action} {allowed.effect} ≤ {trimmed(allowed.max_notional)}"


def _recent(request: DecisionRequest) -> list[str]:
    if not request.recent:
        return []
    return [f"RECENT oldest → newest  {' | '.join(map(_one_recent, request.recent))}"]


def _one_recent(one: RecentDecision) -> str:
    """Print an earlier decision: time, what it said, what became of it."""
    said = (
        [one.action, one.effect, one.notional] if one.action not in ("", "HOLD") else [one.action]
    )
    forecast = f"p_up {one.p_up}" if one.p_up else ""
    told = " ".join(part for part in (_clock(one.ts), *said, forecast) if part)
    codes = f" {','.join(one.codes)}" if one.codes else ""
    after = "" if one.went_up is None else f", then {_WENT[one.went_up]}"
    return f"{told} → {one.outcome}{codes}{after}"


def _refused(request: DecisionRequest) -> list[str]:
    """Print what the gate refused within the hour, so that it isn't asked for again."""
    hour_ago = request.ts - HOUR_MS
    refused = [one for one in request.recent if one.outcome == "refused" and one.ts >= hour_ago]
    if not refused:
        return []
    told = (f"{one.action} {one.effect} refused {','.join(one.codes)}" for one in refused)
    return [f"REFUSED last 60 min  {' | '.join(told)}"]


def _clock(ts: int) -> str:
    return datetime.fromtimestamp(ts // 1000, UTC).strftime("%H:%M")
