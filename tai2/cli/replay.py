"""`tai2 replay`: the whole engine over a file of candles, on a stepped clock.

It reads flags, shows progress and prints the summary that the replay returns.
Same file, seed and settings must give the same summary, so nothing here adds a time.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from tai2.cli.help import SERVICE, epilog
from tai2.cli.output import AsJson

Progress = Callable[[int, int], None]
"""Takes how many steps are done and how many there are."""

_STEP_PERCENT: Final = 10


def register(app: typer.Typer) -> None:
    """Add the verb."""
    help_end = epilog(
        "tai2 replay candles.csv.gz",
        "tai2 replay candles.csv --interval 900 --from 2026-01-01 --to 2026-02-01 --json",
        exits=(0, 1, 2, 130),
    )
    app.command("replay", rich_help_panel=SERVICE, epilog=help_end)(replay)


def replay(  # noqa: PLR0913 - one parameter a flag
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Candles as CSV, .gz allowed.")],
    *,
    interval: Annotated[
        str | None, typer.Option(metavar="SECONDS", help="Seconds between decisions.")
    ] = None,
    begin: Annotated[str | None, typer.Option("--from", help="ISO time of the start.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="ISO time of the end.")] = None,
    seed: Annotated[str | None, typer.Option(help="Of everything random.")] = None,
    instrument: Annotated[str, typer.Option(help="Whose candles these are.")] = "BTC-USDT-SWAP",
    equity: Annotated[str, typer.Option(help="Starting balance in USDT.")] = "10000",
    volume_unit: Annotated[str, typer.Option(help="The file's volume: base or quote.")] = "base",
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Keep the journal here.")] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="TOML file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the engine over recorded candles and report."""
    _check(path, equity, volume_unit)
    from tai2.cli.output import print_json
    from tai2.daemon.replay import ReplayRequest, main
    from tai2.settings.load import load

    request = ReplayRequest(
        path=path,
        inst_id=instrument,
        from_ms=_instant(begin),
        to_ms=_instant(end),
        equity=equity,
        volume_unit=volume_unit,
        out=out,
    )
    flags = {"ws_update_interval": interval, "sim.seed": seed, "instruments": instrument}
    settings = load(config, {key: text for key, text in flags.items() if text is not None})
    with _progress() as progress:
        summary = main(settings, request, progress).as_dict()
    if as_json:
        print_json(summary)
        return
    for line in _sections(summary):
        typer.echo(line)


def _check(path: Path, equity: str, volume_unit: str) -> None:
    from tai2.model.errors import DataInvalid, UsageError
    from tai2.model.money import ZERO, dec

    if not path.is_file():
        raise UsageError(f"no such file: {path}", "Name a CSV file of candles.")
    if volume_unit not in ("base", "quote"):
        raise UsageError(f"no such unit: {volume_unit!r:.20}", "--volume-unit base or quote")
    try:
        is_positive = dec(equity) > ZERO
    except DataInvalid as exc:
        raise UsageError(f"--equity: {exc.message}", "Such as --equity 10000") from exc
    if not is_positive:
        raise UsageError("--equity must be above 0", "Such as --equity 10000")


def _instant(text: str | None) -> int | None:
    """Return an ISO time as ms UTC; a span back from now means nothing in a file."""
    from tai2.cli.since import is_span, since_ms
    from tai2.model.errors import UsageError

    if text is None:
        return None
    try:
        moment = None if is_span(text) else since_ms(text, now_ms=0)
    except UsageError:
        moment = None
    if moment is None:
        raise UsageError(f"can't read the time {text!r:.40}", "Write 2026-11-23T09:00Z.")
    return moment


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show a bar on a terminal, a line for each tenth elsewhere; both on stderr."""
    if not sys.stderr.isatty():
        yield _percent_lines()
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("replay")
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _percent_lines() -> Progress:
    shown = -_STEP_PERCENT

    def progress(done: int, total: int) -> None:
        nonlocal shown
        percent = done * 100 // total if total else 100
        if percent >= shown + _STEP_PERCENT:
            shown = percent - percent % _STEP_PERCENT
            typer.echo(f"replay {shown}%", err=True)

    return progress


def _sections(summary: dict[str, object]) -> Iterator[str]:
    """Yield each section as a heading and a table."""
    from tai2.cli.table import bold

    for name, section in summary.items():
        if not isinstance(section, dict | list):
            yield f"{_title(name):<24} {_text(section)}"
            continue
        yield ""
        yield bold(_title(name))
        yield from _rows(section)


def _rows(section: dict[str, object] | list[object]) -> Iterator[str]:
    from tai2.cli.table import Column, render

    if not section:
        yield "none"
    elif isinstance(section, dict):
        columns = [Column("", is_number=False), Column("", is_number=True)]
        cells = [(_title(name), _text(leaf)) for name, leaf in section.items()]
        yield from render(columns, cells).splitlines()[1:]
    elif all(isinstance(row, dict) for row in section):
        records = [row for row in section if isinstance(row, dict)]
        names = list(records[0])
        columns = [Column(_title(name), is_number=n > 0) for n, name in enumerate(names)]
        yield render(columns, [[_text(row.get(name)) for name in names] for row in records])
    else:
        yield from (f"  {_text(item)}" for item in section)


def _title(name: str) -> str:
    """Return a key as words; codes in capitals stay as they are."""
    return name if name.isupper() else name.replace("_", " ")


def _text(leaf: object) -> str:
    from tai2.view.text import UNKNOWN, safe

    if isinstance(leaf, list):
        return ", ".join(_text(item) for item in leaf)
    if isinstance(leaf, dict):
        return ", ".join(f"{_title(name)} {_text(item)}" for name, item in leaf.items())
    return UNKNOWN if leaf is None else safe(str(leaf))
