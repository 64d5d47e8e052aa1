"""`tai2 snapshot`: the Latest Market Snapshot of one instrument, field by field.

It prints the daemon's JSON document as a tree of names and figures, each section with its
age. It must not interpret: a field that it has never seen is printed like the others.
"""

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from tai2.cli.help import WATCH, epilog
from tai2.cli.output import AsJson

_ROWS: Final = 5
"""Items shown of a long list."""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    help_end = epilog("tai2 snapshot BTC-USDT-SWAP --json", "tai2 snapshot --schema")
    app.command("snapshot", rich_help_panel=WATCH, epilog=help_end)(snapshot)


def snapshot(
    inst_id: Annotated[
        str | None, typer.Argument(metavar="INSTRUMENT", help="Such as BTC-USDT-SWAP.")
    ] = None,
    *,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what the next decision would be based on."""
    from tai2.cli.output import call, print_json
    from tai2.cli.snapshot_schema import snapshot_schema
    from tai2.model.errors import UsageError
    from tai2.model.ids import InstId
    from tai2.wire.watch import SNAPSHOT, SnapshotParams

    if schema:
        print_json(snapshot_schema())
        return
    if inst_id is None:
        raise UsageError("whose snapshot?", "tai2 snapshot BTC-USDT-SWAP")
    document = call(SNAPSHOT, SnapshotParams(inst_id=InstId(inst_id))).snapshot
    if as_json:
        print_json(document)
        return
    for line in _lines(document, 0):
        typer.echo(line)


def _lines(node: object, depth: int) -> Iterator[str]:
    """Yield a tree as indented lines."""
    branches = node.items() if isinstance(node, dict) else _numbered(node)
    for name, leaf in branches:
        indent = "  " * depth
        inner, remark = _unwrapped(leaf)
        if isinstance(inner, dict) or (isinstance(inner, list) and not _is_flat(inner)):
            yield f"{indent}{name}{remark}"
            yield from _lines(inner, depth + 1)
        else:
            yield f"{indent}{name:<{max(20 - len(indent), 1)}} {_text(inner)}{remark}"


def _numbered(node: object) -> Iterator[tuple[str, object]]:
    items = node if isinstance(node, list) else [node]
    for n, item in enumerate(items[:_ROWS]):
        yield str(n + 1), item
    if len(items) > _ROWS:
        yield "…", f"{len(items) - _ROWS} more: --json"


def _unwrapped(leaf: object) -> tuple[object, str]:
    """Take a field out of its envelope of age and freshness."""
    from tai2.view.text import age

    if not isinstance(leaf, dict) or "freshness" not in leaf:
        return leaf, ""
    age_ms = leaf.get("age_ms")
    shown = age(age_ms) if isinstance(age_ms, int) else "–"
    return leaf.get("value"), f"  ({_text(leaf['freshness'])}, {shown} old)"


def _is_flat(items: list[object]) -> bool:
    return not any(isinstance(item, dict | list) for item in items)


def _text(leaf: object) -> str:
    from tai2.view.text import UNKNOWN, safe

    if isinstance(leaf, list):
        tail = ", …" if len(leaf) > _ROWS else ""
        return ", ".join(_text(item) for item in leaf[:_ROWS]) + tail
    return UNKNOWN if leaf is None else safe(str(leaf))
