"""Options, prompt versions and models: what is set, from where, in which range.

CFG, the web page, `tai2 config get`, `tai2 prompt versions` and `tai2 models` show them.
Every value says where it comes from and what a change does; texts stay text.
"""

import difflib
from collections.abc import Iterable
from typing import Final, Protocol

from tai2.view.palette import Tone
from tai2.view.panels.line import Column, Entry, Line, Span, Table, TableRow, line, padded
from tai2.view.panels.why import diff_line
from tai2.view.text import safe, utc_time

LABELS: Final = {
    "interval": "Update interval (s)",
    "model": "Model id",
    "instruments": "Instruments",
    "system_prompt": "System prompt",
    "strategy": "Strategy",
    "max_order_notional": "Max order",
    "max_position_notional": "Max position",
}
TEXTS: Final = ("system_prompt", "strategy")
"""Keys whose value takes many lines: an editor of their own."""
_NAME: Final = 24
VERSIONS_HINT: Final[Line] = line(
    Span("Enter or d compares with the one in force · R takes it as a new version", Tone.DIM)
)


class Option(Protocol):
    """One option or control as it stands."""

    @property
    def key(self) -> str: ...

    @property
    def current(self) -> str: ...

    @property
    def source(self) -> str: ...

    @property
    def default(self) -> str: ...

    @property
    def span(self) -> str: ...

    @property
    def effect(self) -> str: ...


class Version(Protocol):
    """One version of the prompt texts."""

    @property
    def version(self) -> int: ...

    @property
    def changed_ms(self) -> int: ...

    @property
    def changed_by(self) -> str: ...

    @property
    def prompt_hash(self) -> str: ...

    @property
    def model_id(self) -> str: ...

    @property
    def system_prompt(self) -> str: ...

    @property
    def strategy(self) -> str: ...

    @property
    def is_current(self) -> bool: ...


def rank(option: Entry) -> int:
    """Return the place of an option: those that people change first, then the limits."""
    known = list(LABELS)
    return known.index(option.key) if option.key in known else len(known)


def label(key: str) -> str:
    """Return an option's name for people."""
    return LABELS.get(key, safe(key).replace("_", " ").capitalize())


def entry(option: Option, *, columns: int) -> Entry:
    """Return an option on one line: name, value, range, source.

    Args:
        option: The option.
        columns: Width of the line; the range gives way first.
    """
    shown = safe(option.current) or "default"
    is_changed = option.source not in ("settings", "default")
    value_columns, source_columns = _shares(columns)
    return Entry(
        key=option.key,
        line=line(
            padded(label(option.key), _NAME),
            Span(padded(shown, value_columns) + " ", Tone.STRONG),
            Span(padded(source(option), source_columns), Tone.ACCENT if is_changed else Tone.DIM),
            Span(f" {safe(option.span)}", Tone.DIM),
        ),
    )


def _shares(columns: int) -> tuple[int, int]:
    """Return the room of a value and of its source in a line of so many columns."""
    return (28, 18) if columns < 100 else (40, 22)


def source(option: Option) -> str:
    """Return where a value comes from, in words."""
    if option.source in ("settings", "default"):
        return f"from {safe(option.source)}"
    return f"set by {safe(option.source)}"


def hint(option: Option, *, is_readonly: bool = False) -> Line:
    """Return what a change of an option does, and what it would be without one."""
    if is_readonly:
        return line(Span(f"{label(option.key)}: read-only attach, nothing can be saved", Tone.WARN))
    default = f" · settings: {safe(option.default) or 'none'}" if option.default else ""
    return line(
        Span(f"{label(option.key)}: ", Tone.STRONG),
        safe(option.span),
        Span(f"{default} · {safe(option.effect)}", Tone.DIM),
    )


def conflict(key: str, mine: str, theirs: str, by: str) -> tuple[Line, ...]:
    """Return both values of an option that somebody else changed meanwhile."""
    return (
        line(Span(f"! {label(key)} was changed by {safe(by)} while you edited", Tone.WARN)),
        line(Span("theirs, in force  ", Tone.DIM), safe(theirs) or "default"),
        line(Span("yours, not saved  ", Tone.DIM), safe(mine) or "default"),
        line(Span("Enter saves yours over theirs · Esc keeps theirs", Tone.ACCENT)),
    )


def difference(before: str, after: str, names: tuple[str, str]) -> tuple[Line, ...]:
    """Return two texts as a unified diff."""
    lines = difflib.unified_diff(
        safe(before, keep_lines=True).splitlines(),
        safe(after, keep_lines=True).splitlines(),
        *names,
        lineterm="",
    )
    return tuple(map(diff_line, lines)) or (line(Span("Nothing differs.", Tone.DIM)),)


def changed_lines(before: str, after: str) -> int:
    """Return how many lines of a text differ."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    signs = [each[:1] for each in lines if not each.startswith(("+++", "---", "@@"))]
    return max(signs.count("+"), signs.count("-"))


def editor_title(version: Version | None, key: str, text: str) -> str:
    """Return the heading of a text's editor: its version and what was changed in it."""
    if version is None:
        return label(key)
    changed = changed_lines(text_of(version, key), text)
    what = f" · {changed} lines changed" if changed != 1 else " · 1 line changed"
    return f"{label(key)} v{version.version}{what if changed else ''}"


def versions(rows: Iterable[Version]) -> Table:
    """Return the prompt's versions, newest first."""
    columns = (
        Column(name="version", heading="Version", is_number=True),
        Column(name="changed", heading="Changed"),
        Column(name="by", heading="By"),
        Column(name="hash", heading="Hash"),
        Column(name="model", heading="Model"),
        Column(name="state", heading=""),
    )
    return Table(columns=columns, rows=tuple(map(_version, rows)))


def _version(row: Version) -> TableRow:
    texts = (
        str(row.version),
        utc_time(row.changed_ms),
        safe(row.changed_by),
        safe(row.prompt_hash)[:12],
        safe(row.model_id) or "default",
    )
    state = Span("● in force", Tone.ACCENT) if row.is_current else Span("")
    return TableRow(key=str(row.version), cells=(*map(Span, texts), state))


def text_of(version: Version, key: str) -> str:
    """Return a version's text of a key."""
    return version.strategy if key == "strategy" else version.system_prompt


def text_entry(key: str, version: Version | None, *, columns: int, is_draft: bool) -> Entry:
    """Return a long text on one line of the options: its first words, version and author."""
    value_columns, source_columns = _shares(columns)
    text = safe(text_of(version, key)) if version else ""
    draft = " · draft not saved" if is_draft else ""
    where = f"v{version.version} by {safe(version.changed_by)}" if version else ""
    return Entry(
        key=key,
        line=line(
            padded(label(key), _NAME),
            Span(padded(text or "none", value_columns) + " ", Tone.STRONG),
            Span(padded(where, source_columns), Tone.DIM),
            Span(f" {len(text_of(version, key)) if version else 0} characters", Tone.DIM),
            Span(draft, Tone.WARN),
        ),
    )


def text_hint(key: str) -> Line:
    """Return what a change of a long text does."""
    if key not in TEXTS:
        return ()
    return line(
        Span(f"{label(key)}: ", Tone.STRONG),
        "a new version, sent with the next decision",
        Span(" · Enter edits · v versions · d diff", Tone.DIM),
    )


def saved(key: str, current: str, version: int) -> Line:
    """Return what was saved."""
    return line(
        Span("✓ ", Tone.PLAIN),
        f"{label(key)}: {safe(current) or 'default'} ",
        Span(f"(version {version}), in force now", Tone.DIM),
    )


def version_difference(old: Version, new: Version) -> tuple[Line, ...]:
    """Return both texts of two versions as diffs, one below the other."""
    names = (f"version {old.version}", f"version {new.version}")
    return (
        line(Span(label("system_prompt"), Tone.STRONG)),
        *difference(old.system_prompt, new.system_prompt, names),
        (),
        line(Span(label("strategy"), Tone.STRONG)),
        *difference(old.strategy, new.strategy, names),
    )
