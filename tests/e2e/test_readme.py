"""What README.md promises must exist: its two commands, its verbs and its flags."""

import re
import tomllib
from pathlib import Path

import pytest
import typer

from tai2.cli.app import app
from tests.readme import renewed

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
VERBS = frozenset(re.findall(r"\btai2 ([a-z]+)\b", "\n".join(re.findall(r"`[^`]*`", README))))
COMMANDS = {**getattr(typer.main.get_command(app), "commands", {})}


def test_the_two_commands_stand_in_it() -> None:
    assert "uv run tai2 run" in README
    assert "uv run pytest" in README
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"]["tai2"] == "tai2.__main__:main"


def test_its_tables_are_those_of_the_program() -> None:
    assert renewed(README) == README, "renew them: uv run python -m tests.readme"


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_that_it_names_exists(verb: str) -> None:
    assert verb in COMMANDS


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_every_file_that_it_links_to_exists(name: str) -> None:
    assert (ROOT / name).exists()
