"""The systemd files: they verify, they are tight, and they land where the README puts them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tai2.settings.sections import SECRETS

UNITS = Path(__file__).parents[2] / "systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
NAMES = {"tai2-alert@.service": "tai2.service", "tai2@.service": "b"}
"""A name for each template."""
WORST = "15"
"""Exposure 1.5, in systemd-analyze's tenths."""

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze isn't installed"
)


def analyze(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *words], cwd=cwd, capture_output=True, text=True, check=False
    )


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Copy the units with a program that exists here."""
    for name in SERVICES:
        text = (UNITS / name).read_text()
        (tmp_path / name).write_text(text.replace("/opt/tai2/bin/tai2", "/bin/true"))
    return tmp_path


def test_there_are_units() -> None:
    assert "tai2.service" in SERVICES


@needs_systemd
@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_verifies(installed: Path, name: str) -> None:
    unit = name.replace("@.", f"@{NAMES.get(name)}.")
    if unit != name:
        (installed / unit).write_text((installed / name).read_text())
    done = analyze("verify", f"./{unit}", cwd=installed)
    assert (done.returncode, done.stderr) == (0, "")


@needs_systemd
@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_exposes_little(installed: Path, name: str) -> None:
    words = ("security", "--offline=true", f"--threshold={WORST}", f"./{name}")
    done = analyze(*words, cwd=installed)
    assert done.returncode == 0, done.stdout


def test_the_page_sees_neither_the_journal_nor_a_key() -> None:
    text = (UNITS / "tai2-web.service").read_text()
    assert "LoadCredential" not in text
    assert "InaccessiblePaths=-/var/lib/tai2 -/etc/credstore" in text
    assert "IPAddressDeny=any\nIPAddressAllow=localhost" in text
    assert re.findall("^StateDirectory=(.+)$", text, re.MULTILINE) == ["tai2-web"]


@needs_systemd
def test_the_check_sees_an_open_unit(tmp_path: Path) -> None:
    (tmp_path / "open.service").write_text("[Service]\nExecStart=/bin/true\n")
    words = ("security", "--offline=true", f"--threshold={WORST}", "./open.service")
    assert analyze(*words, cwd=tmp_path).returncode == 1


def test_an_instance_differs_from_the_desk_by_its_name_alone() -> None:
    main, other = ((UNITS / name).read_text() for name in ("tai2.service", "tai2@.service"))
    by_name = {
        "desk %i\n": "desk\n",
        " --instance %i\n": "\n",
        "tai2-%i\n": "tai2\n",
        ":tai2-%i.": ":tai2.",
    }
    for named, plain in by_name.items():
        assert named in other
        other = other.replace(named, plain)
    assert other[other.index("[Unit]") :] == main[main.index("[Unit]") :]


def test_every_secret_reaches_the_desk_as_a_credential() -> None:
    text = (UNITS / "tai2.service").read_text()
    assert set(re.findall(r"^LoadCredential=(\w+):tai2\.\1$", text, re.MULTILINE)) == set(SECRETS)


@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="no systemd-sysusers")
def test_user_and_directories_are_made_in_a_fresh_root(tmp_path: Path) -> None:
    for folder in ("etc", "usr/lib/sysusers.d", "usr/lib/tmpfiles.d", "var/lib"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(UNITS / "tai2.sysusers.conf", tmp_path / "usr/lib/sysusers.d/tai2.conf")
    shutil.copy(UNITS / "tai2.tmpfiles.conf", tmp_path / "usr/lib/tmpfiles.d/tai2.conf")
    root = f"--root={tmp_path}"
    subprocess.run(["systemd-sysusers", root], check=True, capture_output=True)
    subprocess.run(
        ["systemd-tmpfiles", root, "--create", "tai2.conf"], check=True, capture_output=True
    )
    passwd = (tmp_path / "etc/passwd").read_text()
    assert re.search(r"^tai2:x:\d+:\d+:tai2 trading desk:/var/lib/tai2:", passwd, re.MULTILINE)
    assert (tmp_path / "etc/credstore").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "etc/tai2").is_dir()
