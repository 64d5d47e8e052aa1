"""Whether quoted numbers are the printed ones: evidence against facts, by display precision.

The parser calls it last. It catches fabrication, not bad judgement. There is no relative
tolerance: a quote must be the printed text, or round to it at its own last digit.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from tai2.model.decision import ClaimVerdict, Evidence, Fact, Features
from tai2.model.snapshot import Freshness
from tai2.prompt.faults import Fault

MIN_VERIFIED: Final = 2
MIN_SIGNIFICANT: Final = 3
"""Digits that a rounded quote must show."""
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,24}(\.[0-9]{1,15})?", re.ASCII)
_OLDER: Final = re.compile(r"(.+)\[-([0-9]{1,3})\]", re.ASCII)
_WHOLE = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)"
_IN_TEXT: Final = re.compile(
    rf"(?<![\w.])[+-]?(?:{_WHOLE}?\.[0-9]+|{_WHOLE}(?!\w|\.[0-9]))", re.ASCII
)
"""A number in a sentence; not the digits of an id (m5.rsi14) nor of a bar width (5m)."""


def metric_id(written: str) -> str:
    """Return a metric id without the square brackets around it: "[ob.mid]" → "ob.mid"."""
    bare = written.strip()
    return bare[1:-1] if bare.startswith("[") and bare.endswith("]") else bare


def printed(features: Features, metric: str) -> str | None:
    """Return what may be quoted for a metric: None when it is unknown, stale or missing.

    A series stands for its newest value; `id[-k]` for the one k bars before that.
    """
    older = _OLDER.fullmatch(metric)
    name, back = (older.group(1), int(older.group(2))) if older else (metric, 0)
    for series in features.series:
        if series.metric == name and back < len(series.texts):
            return series.texts[-1 - back]
    fact = features.facts.get(name) if back == 0 else None
    return fact.text if fact and fact.freshness is Freshness.FRESH else None


def exists(features: Features, metric: str) -> bool:
    """Tell whether a metric id was printed at all, with whatever verdict."""
    return metric in features.facts or printed(features, metric) is not None


def judge(quoted: str, text: str, unit: str) -> ClaimVerdict:
    """Compare a quote with the printed text, both without unit, commas and plus sign.

    Rounded: at least 3 significant digits, and off by at most half a unit of its last digit.
    """
    bare, shown = _bare(quoted, unit), _bare(text, unit)
    if bare == shown:
        return ClaimVerdict.VERIFIED
    if not (_NUMBER.fullmatch(bare) and _NUMBER.fullmatch(shown)):
        return ClaimVerdict.FAILED
    near = abs(Decimal(bare) - Decimal(shown)) <= _half_unit(bare)
    is_precise = _significant(bare) >= MIN_SIGNIFICANT
    return ClaimVerdict.ROUNDED if near and is_precise else ClaimVerdict.FAILED


def _bare(text: str, unit: str) -> str:
    trimmed = text.strip().replace("\u2212", "-")
    if unit:
        trimmed = trimmed.removesuffix(unit).rstrip()
    return trimmed.replace(",", "").removeprefix("+")


def check(items: Iterable[Mapping[str, Any]], features: Features) -> tuple[Evidence, ...]:
    """Judge each quoted fact; order is kept, nothing is dropped."""
    return tuple(_checked(item, features) for item in items)


def _checked(item: Mapping[str, Any], features: Features) -> Evidence:
    metric, quoted = metric_id(item["metric"]), item["value"]
    text = printed(features, metric)
    verdict = ClaimVerdict.FAILED if text is None else judge(quoted, text, _unit(features, metric))
    return Evidence(metric=metric, quoted=quoted, why=item["why"], verdict=verdict)


def _unit(features: Features, metric: str) -> str:
    known: dict[str, str] = {each.metric: each.unit for each in features.series}
    fact: Fact | None = features.facts.get(metric)
    return fact.unit if fact else known.get(metric.partition("[")[0], "")


def kept(
    claims: Sequence[Evidence], features: Features, repairs: list[str]
) -> tuple[Evidence, ...]:
    """Return a trade's verified claims; failed ones are dropped and noted.

    Raises:
        Fault: Stage evidence, FABRICATED_METRIC: an id that was never printed.
    """
    for claim in claims:
        if not exists(features, claim.metric):
            raise Fault("evidence", "FABRICATED_METRIC", f"{claim.metric!r:.60} was never printed")
    failed = [claim for claim in claims if claim.verdict is ClaimVerdict.FAILED]
    repairs.extend(f"claim dropped: {claim.metric} {claim.quoted!r:.30}" for claim in failed)
    return tuple(claim for claim in claims if claim.verdict is not ClaimVerdict.FAILED)


def require_enough(evidence: Sequence[Evidence]) -> None:
    """Refuse a trade on fewer than two different verified facts.

    Raises:
        Fault: Stage evidence, TOO_FEW_VERIFIED.
    """
    if (count := len({claim.metric for claim in evidence})) < MIN_VERIFIED:
        raise Fault("evidence", "TOO_FEW_VERIFIED", f"{count} of {MIN_VERIFIED} facts verified")


def ungrounded(text: str, features: Features, own: Iterable[Decimal]) -> tuple[str, ...]:
    """Return the numbers in a text that were neither printed nor are the reply's own.

    Args:
        text: A justification.
        features: Everything printed.
        own: Figures of the same reply that a sentence may repeat (stop, target, p_up…).
    """
    shown = [fact.text for fact in features.facts.values() if fact.number is not None]
    shown += [each for series in features.series for each in series.texts]
    known = {abs(Decimal(each)) for each in shown} | {abs(each) for each in own}
    found = dict.fromkeys(match.replace(",", "") for match in _IN_TEXT.findall(text))
    return tuple(each for each in found if not _is_known(each, known))


def _is_known(quoted: str, known: set[Decimal]) -> bool:
    """Tell whether a number, its sign aside, is one of the known ones at display precision."""
    number = abs(Decimal(quoted))
    if number in known:
        return True
    half = _half_unit(quoted)
    is_precise = _significant(quoted) >= MIN_SIGNIFICANT
    return is_precise and any(abs(number - each) <= half for each in known)


def _half_unit(text: str) -> Decimal:
    """Return half a unit of a plain number's last digit: "58.97" → 0.005."""
    return Decimal(5).scaleb(-len(text.partition(".")[2]) - 1)


def _significant(text: str) -> int:
    return len(text.replace(".", "").lstrip("+-0"))
