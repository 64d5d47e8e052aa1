"""`tai2 notify`: are the owner's channels reachable?

It sends through the same channels as the daemon but needs none running. Addresses are
secrets: they come from NOTIFY_URL and are never printed.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tai2.cli.help import SET_UP, GroupedHelp, epilog
from tai2.cli.output import AsJson

if TYPE_CHECKING:
    from tai2.model.notice import Notice
    from tai2.settings.sections import Settings

Config = Annotated[Path | None, typer.Option(metavar="FILE", help="TOML file.")]


def register(app: typer.Typer) -> None:
    """Add the group of verbs."""
    group = typer.Typer(rich_markup_mode=None, no_args_is_help=True, cls=GroupedHelp)
    end = epilog("tai2 notify test", "tai2 notify test --json", exits=(0, 1, 2, 4))
    send_end = epilog('tai2 notify send "Back at nine" --grade info', exits=(0, 1, 2, 4))
    group.command("send", rich_help_panel=SET_UP, epilog=send_end)(send)
    group.command("test", rich_help_panel=SET_UP, epilog=end)(trial)
    app.add_typer(
        group, name="notify", rich_help_panel=SET_UP, help="Try the channels of NOTIFY_URL."
    )


def trial(*, config: Config = None, as_json: AsJson = False) -> None:
    """Send a test notice to every channel and say which took it."""
    words = ("Test notice", "If you read this, notices of tai2 reach you here.")
    _deliver(_notice("info", *words), config, as_json=as_json)


def send(
    title: Annotated[str, typer.Argument(help="One line.")],
    words: Annotated[str, typer.Argument(metavar="[TEXT]", help="More words.")] = "",
    *,
    grade: Annotated[str, typer.Option(help="info, warning or urgent.")] = "warning",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Send words of your own to every channel, for scripts and service managers."""
    _deliver(_notice(grade, title, words), config, as_json=as_json)


def _deliver(notice: "Notice", config: Path | None, *, as_json: bool) -> None:
    import asyncio

    from tai2.cli.output import print_json
    from tai2.model.errors import KeysRejected
    from tai2.settings.load import load

    settings = load(config, {})
    if settings.notify_url is None:
        raise KeysRejected(
            "no notice address is configured", "Set NOTIFY_URL to a webhook or an apprise URL."
        )
    results = asyncio.run(_send(settings, notice))
    if as_json:
        print_json(results)
    else:
        for name, failure in results.items():
            typer.echo(f"✗ {failure}" if failure else f"✓ {name}: taken")
    if any(results.values()):
        raise typer.Exit(1)


async def _send(settings: "Settings", notice: "Notice") -> dict[str, str]:
    """Return the failure of each channel, "" where the notice was taken."""
    from contextlib import AsyncExitStack

    from tai2.daemon.notices.channels import ChannelFailed
    from tai2.daemon.notices.service import channels_of

    results = {}
    async with AsyncExitStack() as stack:
        for channel in channels_of(settings, stack):
            try:
                await channel.send(notice)
            except ChannelFailed as exc:
                results[channel.name] = exc.message
            else:
                results[channel.name] = ""
    return results


def _notice(grade: str, title: str, words: str) -> "Notice":
    from tai2.engine.clock import WallClock
    from tai2.model.errors import UsageError
    from tai2.model.notice import Grade, Notice

    if grade not in list(Grade):
        raise UsageError(f"no such grade: {grade!r:.20}", f"One of {', '.join(Grade)}.")
    ts = WallClock().now_ms()
    return Notice(grade=Grade(grade), key=f"said:{ts}", title=title, text=words, ts=ts)
