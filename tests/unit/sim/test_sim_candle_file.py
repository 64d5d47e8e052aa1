"""A person's candle file is read exactly, or refused with its line number."""

import gzip
from pathlib import Path

import pytest

from tai2.model.errors import UsageError
from tai2.sim.market.csv_file import read_candles

HEADER = "timestamp,open,high,low,close,volume\n"
FIRST = "2022-01-01 00:00:00,10,12,9,11,5\n"
SECOND = "2022-01-01 00:01:00,11,12,10,10,6\n"
SAMPLE = Path(__file__).parents[3] / ".." / "shared" / "data" / "btc-perp-1m.csv.gz"


def written(directory: Path, text: str) -> Path:
    path = directory / "candles.csv"
    path.write_text(text)
    return path


def test_plain_file_is_read(tmp_path: Path) -> None:
    file = read_candles(written(tmp_path, HEADER + FIRST + SECOND))
    assert file.minutes[0] == (1_640_995_200_000, 10.0, 12.0, 9.0, 11.0, 5.0)
    assert (len(file.minutes), file.missing) == (2, 0)


def test_columns_come_in_any_order_and_case(tmp_path: Path) -> None:
    text = "Close,VOLUME,low,High,open,Time\n11,5,9,12,10,1640995200\n10,6,10,12,11,1640995260\n"
    file = read_candles(written(tmp_path, text))
    assert file.minutes[0] == (1_640_995_200_000, 10.0, 12.0, 9.0, 11.0, 5.0)


def test_zipped_file_with_milliseconds_and_gap_is_read(tmp_path: Path) -> None:
    path = tmp_path / "candles.csv.gz"
    rows = "1640995200000,10,12,9,11,5\n1640995380000,10,12,9,11,5\n"
    path.write_bytes(gzip.compress((HEADER + rows).encode()))
    assert read_candles(path).missing == 2


def test_zone_of_an_iso_time_counts(tmp_path: Path) -> None:
    zoned = FIRST.replace("00:00:00", "01:00:00+01:00")
    assert read_candles(written(tmp_path, HEADER + zoned + SECOND)).missing == 0


@pytest.mark.parametrize(("header", "unit"), [("quote_volume", ""), ("volume", "quote")])
def test_quote_volume_becomes_base(tmp_path: Path, header: str, unit: str) -> None:
    text = HEADER.replace("volume", header) + FIRST + SECOND
    file = read_candles(written(tmp_path, text), volume_unit=unit)
    assert file.minutes[0].base_vol == pytest.approx(5 / 10.5)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "line 1: the header lacks"),
        ("timestamp,open,high,low,volume\n", "line 1: the header lacks close"),
        (HEADER + FIRST + "2022-01-01 00:01:00,11,12,10,10\n", "line 3: 5 columns"),
        (HEADER + FIRST.replace("10,12", "x,12"), "line 2: expected a number, found 'x'"),
        (HEADER + FIRST.replace("10,12", "nan,12"), "line 2: expected a finite number"),
        (HEADER + FIRST.replace("12,9", "10,9"), "line 2: expected low ≤ open, close ≤ high"),
        (HEADER + FIRST.replace(",9,", ",10.5,"), "line 2: expected low ≤ open"),
        (HEADER + FIRST.replace("11,5", "11,-5"), "line 2: expected a volume"),
        (HEADER + FIRST.replace("10,12,9,11", "0,12,0,11"), "line 2: expected positive prices"),
        (HEADER + SECOND + FIRST, "line 3: the timestamp isn't later"),
        (HEADER + FIRST + FIRST, "line 3: the timestamp isn't later"),
        (HEADER + FIRST.replace("00:00:00", "00:00:30"), "line 2: expected the opening time"),
        (HEADER + FIRST.replace("2022", "last"), "line 2: expected ISO 8601 or Unix time"),
        (HEADER + FIRST, "holds 1 candles"),
    ],
)
def test_fault_is_named_with_file_and_line(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(UsageError, match=r"candles\.csv") as raised:
        read_candles(written(tmp_path, text))
    assert fault in raised.value.message


def test_missing_file_and_broken_archive_are_usage_errors(tmp_path: Path) -> None:
    broken = tmp_path / "candles.csv.gz"
    broken.write_bytes(b"plain text")
    for path in (tmp_path / "absent.csv", broken):
        with pytest.raises(UsageError, match="can't be read"):
            read_candles(path)


def test_unknown_unit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unit"):
        read_candles(written(tmp_path, HEADER), volume_unit="contracts")


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample of real candles isn't here")
def test_real_sample_is_whole() -> None:
    file = read_candles(SAMPLE, volume_unit="quote")
    assert len(file.minutes) > 30_000
    assert file.missing == 0
