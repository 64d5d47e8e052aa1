"""How help looks: verbs in groups, examples and exit codes below each verb.

Every verb registers with a group and an epilog from here; Typer prints them plainly.
Nothing may be imported here that isn't needed to print help.
"""

from typing import Any, Final

from typer.core import TyperGroup

WATCH: Final = "Watch"
ASK: Final = "Ask"
CONTROL: Final = "Control"
SET_UP: Final = "Set up"
SERVICE: Final = "Service"
_GROUPS: Final = (WATCH, ASK, CONTROL, SET_UP, SERVICE)

_EXITS: Final = {
    0: "ok",
    1: "failed",
    2: "usage or configuration",
    3: "not running",
    4: "key missing or rejected",
    5: "refused",
    6: "timeout",
    7: "running but degraded",
    8: "version mismatch",
    74: "journal not writable",
    78: "start refused",
    130: "interrupted",
}


def epilog(*examples: str, exits: tuple[int, ...] = (0, 2, 3, 6, 8)) -> str:
    """Return the end of a verb's help: examples and its exit codes."""
    lines = ["\b", "Examples:", *(f"  {line}" for line in examples), ""]
    codes = " · ".join(f"{code} {_EXITS[code]}" for code in exits)
    return "\n".join([*lines, "\b", f"Exit codes: {codes}"])


class GroupedHelp(TyperGroup):
    """The list of verbs under headings."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # Typer keeps both types private
        """Write one section a group, verbs in order of registration."""
        verbs = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        indent = max(len(name) for name, _verb in verbs) + 6
        for group in _GROUPS:
            rows = [
                (name, verb.get_short_help_str(formatter.width - indent))
                for name, verb in verbs
                if verb is not None and not verb.hidden and _group_of(verb) == group
            ]
            if rows:
                with formatter.section(group):
                    formatter.write_dl(rows)


def _group_of(verb: object) -> object:
    return getattr(verb, "rich_help_panel", None)
