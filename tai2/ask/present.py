"""Look-ups over the present: market facts, the newest snapshots, options and prompts.

The toolbox offers them. Options that look like a secret are dropped here a second time, in
case a DeskFacts ever hands one over.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Final

from tai2.ask import cite
from tai2.ask.arguments import MAX_METRICS, Given
from tai2.ask.desk import Sources
from tai2.ask.findings import Findings, Row, pairs, quoted
from tai2.ask.scope import number, symbol, word
from tai2.model.decision import Fact, Features, SeriesFact
from tai2.model.errors import UsageError
from tai2.model.snapshot import Freshness
from tai2.prompt.render import system_prompt
from tai2.prompt.version import prompt_hash
from tai2.view.text import age, utc_iso
from tai2.wire.controls import ConfigEntry

_OPTION: Final = 200
_PROMPT: Final = 12_000
_SECRET: Final = re.compile(
    r"key|secret|passphrase|password|credential|(?:token|url|dsn)$", re.IGNORECASE
)
_LOGIN: Final = re.compile(r"://[^/\s]*@")


async def get_market(given: Given, sources: Sources) -> Findings:
    """Show facts of an instrument as they stand now, and what code would allow."""
    request = await sources.desk.request(symbol(given, sources))
    allowed = ", ".join(
        f"{each.action} {each.effect} up to {each.max_notional:f}" for each in request.allowed
    )
    room = pairs(allowed=f"HOLD, {allowed}" if allowed else "HOLD", blocked=request.blocked_by)
    head = Row(
        text=f"market {request.inst_id} {utc_iso(request.ts)} {room}",
        cite=cite.of_snapshot(request.snapshot_id),
    )
    return Findings(head=head, rows=_facts(request.features, _patterns(given)))


async def get_snapshot(given: Given, sources: Sources) -> Findings:
    """Show facts of the newest stored snapshot of an instrument, by its id."""
    wanted, kept = word(given, "id").removeprefix("S-"), []
    for inst_id in sources.desk.instruments():
        snapshot = await sources.state.latest(inst_id)
        if snapshot and snapshot.snapshot_id == wanted:
            head = Row(
                text=f"snapshot {inst_id} {utc_iso(snapshot.ts)}",
                cite=cite.of_snapshot(snapshot.snapshot_id),
            )
            features = sources.desk.features(snapshot)
            return Findings(head=head, rows=_facts(features, _patterns(given)))
        kept += [f"{cite.of_snapshot(snapshot.snapshot_id)} {inst_id}"] if snapshot else []
    raise UsageError(
        f"no snapshot {wanted}: only the newest of each instrument is kept",
        f"Kept: {', '.join(kept) or 'none yet'}.",
    )


async def get_config(given: Given, sources: Sources) -> Findings:
    """Show options and controls, all or one section's; secrets are never among them."""
    section, controls = word(given, "section"), await sources.desk.controls(None)
    entries = [each for each in sources.desk.config() if not _is_secret(each)]
    wanted = [each for each in entries if section in ("", each.key, each.key.partition(".")[0])]
    if not wanted:
        sections = sorted({each.key.partition(".")[0] for each in entries})
        raise UsageError(f"no section {section}", f"Sections: {', '.join(sections)}.")
    version = controls.version if controls else 0
    head = Row(text=f"config version={version}", cite=f"K-{version}")
    return Findings(head=head, rows=tuple(map(_option, wanted)))


async def get_prompt(given: Given, sources: Sources) -> Findings:
    """Show the system prompt of one version of the controls, the newest by default."""
    wanted = number(given, "version", 0)
    controls = await sources.desk.controls(wanted or None)
    if controls is None:
        raise UsageError(f"no version {wanted} of the controls")
    digest = prompt_hash(controls.system_prompt, controls.strategy)
    head = Row(
        text=pairs(prompt=digest, version=controls.version, changed=utc_iso(controls.changed_ms)),
        cite=f"P-{digest}",
    )
    text = system_prompt(controls.strategy, controls.system_prompt)
    return Findings(head=head, rows=(Row(text=quoted(text, _PROMPT)),))


def metrics_like(features: Features, patterns: Sequence[str]) -> list[str]:
    """Return the ids of facts and series that match any pattern, in printing order."""
    ids = dict.fromkeys([*features.facts, *(each.metric for each in features.series)])
    return [name for name in ids if any(fnmatchcase(name, each) for each in patterns)]


def _facts(features: Features, patterns: Sequence[str]) -> tuple[Row, ...]:
    wanted = metrics_like(features, patterns)
    if not wanted:
        groups = sorted({name.partition(".")[0] for name in features.facts})
        raise UsageError("no such metric", f"Groups: {', '.join(f'{each}.*' for each in groups)}")
    rows = [Row(text=line) for line in _lines(features, wanted[:MAX_METRICS])]
    if len(wanted) > MAX_METRICS:
        rows.append(Row(text=f"({len(wanted) - MAX_METRICS} more metrics match)"))
    return tuple(rows)


def _lines(features: Features, names: Iterable[str]) -> Iterator[str]:
    series = {each.metric: each for each in features.series}
    for name in names:
        if fact := features.facts.get(name):
            yield _fact(fact)
        if name in series:
            yield _series(series[name])


def _fact(fact: Fact) -> str:
    stale = "STALE" if fact.freshness is Freshness.STALE else ""
    how_old = f"age {age(fact.age_ms)}" if fact.age_ms is not None else ""
    unit = "" if fact.freshness is Freshness.MISSING else fact.unit
    return " ".join(part for part in (fact.metric, fact.text, unit, how_old, stale) if part)


def _series(series: SeriesFact) -> str:
    unit = f" {series.unit}" if series.unit else ""
    return f"{series.metric} {' '.join(series.texts)}{unit} per {series.bar} bar, oldest first"


def _patterns(given: Given) -> tuple[str, ...]:
    found = given.get("metrics", ())
    return found if isinstance(found, tuple) else ()


def _is_secret(entry: ConfigEntry) -> bool:
    return bool(_SECRET.search(entry.key) or _LOGIN.search(f"{entry.current} {entry.default}"))


def _option(entry: ConfigEntry) -> Row:
    current, default = quoted(entry.current, _OPTION), quoted(entry.default, _OPTION)
    return Row(text=f"{entry.key} {pairs(current=current, default=default, source=entry.source)}")
