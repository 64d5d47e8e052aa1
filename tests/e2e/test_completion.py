"""Shell completion: each shell gets a script that it can read, and verbs are completed."""

import os
import shutil
import subprocess
import sys

import pytest

BASH = {"COMP_WORDS": "tai2 st", "COMP_CWORD": "1"}
ZSH = {"_TYPER_COMPLETE_ARGS": "tai2 st"}
FISH = {**ZSH, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}


def told(step: str, **env: str) -> str:
    """Ask the program as a shell does."""
    done = subprocess.run(
        [sys.executable, "-m", "tai2"],
        env={**os.environ, "_TAI2_COMPLETE": step, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout


@pytest.mark.parametrize(("shell", "env"), [("bash", BASH), ("zsh", ZSH), ("fish", FISH)])
def test_a_verb_is_completed(shell: str, env: dict[str, str]) -> None:
    assert "status" in told(f"complete_{shell}", **env)
    assert "history" not in told(f"complete_{shell}", **env)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_the_shell_s_own(shell: str) -> None:
    script = told(f"source_{shell}")
    assert f"complete_{shell}" in script
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} isn't installed")
    subprocess.run([program, "-n"], input=script, text=True, check=True, timeout=60)
