"""The log as a file: whole lines, its owner's only, a few of them, and read back in order."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tai2.daemon.log_file import LogFile, log_files, read_lines
from tai2.model.errors import ConfigError
from tai2.settings.places import log_place
from tai2.settings.sections import Settings


def record(number: int, **fields: Any) -> dict[str, Any]:
    return {"event": f"e{number}", "level": "info", "timestamp": f"T{number:03}", **fields}


def kept(path: Path, *, count: int, max_bytes: int = 200, backups: int = 3) -> LogFile:
    made = LogFile(path, max_bytes=max_bytes, count=backups)
    for number in range(count):
        made(None, "info", record(number))
    return made


def test_old_files_go_and_the_rest_is_read_oldest_first(tmp_path: Path) -> None:
    path = tmp_path / "tai2.log"
    kept(path, count=40).close()
    files = sorted(tmp_path.iterdir())
    assert [each.name for each in files] == [path.name, *(f"{path.name}.{n}" for n in (1, 2, 3))]
    assert all(stat.S_IMODE(each.stat().st_mode) == 0o600 for each in files)
    assert all(each.stat().st_size <= 200 for each in files)
    numbers = [int(line.event[1:]) for line in read_lines(path)]
    assert numbers[-1] == 39
    assert numbers == list(range(numbers[0], 40))


def test_a_record_is_one_line_whatever_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "tai2.log"
    made = LogFile(path, max_bytes=10_000, count=1)
    made(None, "error", record(1, note="a\nb\x1b[31m", cause=ValueError("x"), exception="T\n  f"))
    made.close()
    (text,) = path.read_text().splitlines()
    assert json.loads(text)["note"] == "a\nb\x1b[31m"
    assert "\x1b" not in text
    (line,) = read_lines(path)
    assert line.fields == {"note": "a\nb\x1b[31m", "cause": "x", "exception": "T\n  f"}


def test_a_torn_line_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "tai2.log"
    kept(path, count=2, max_bytes=10_000).close()
    with path.open("ab") as out:
        out.write(b'{"event": "torn\xff\n[1]\n')
    kept(path, count=1, max_bytes=10_000).close()
    assert [line.event for line in read_lines(path)] == ["e0", "e1", "e0"]


def test_a_file_that_cannot_be_written_later_hurts_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tai2.log"
    made = kept(path, count=1, max_bytes=100)
    (tmp_path / "tai2.log.1").mkdir()
    (tmp_path / "tai2.log.1" / "full").touch()
    for number in range(5):
        assert made(None, "info", record(number))["event"] == f"e{number}"
    made.close()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("place", ["missing/tai2.log", "link"])
def test_a_place_that_is_no_place_is_one_clear_error(tmp_path: Path, place: str) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="can't write the log file"):
        log_files(Settings(log_file=str(tmp_path / place)))
    assert not (tmp_path / "elsewhere").exists()


def test_the_journal_of_the_system_needs_no_file(tmp_path: Path) -> None:
    settings = Settings(state_dir=str(tmp_path))
    assert log_place(settings, {}) == tmp_path / "tai2.log"
    assert log_place(settings, {"JOURNAL_STREAM": "8:1"}) is None
    assert log_place(Settings(log_file=""), {}) is None
    assert log_place(Settings(log_file="/x/y.log"), {"JOURNAL_STREAM": "8:1"}) == Path("/x/y.log")
