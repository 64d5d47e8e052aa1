"""An export must be whole, private, in constant memory, and harmless to open."""

import csv
import io
import json
import stat
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai2.client.csv_cells import defused
from tai2.client.trade_csv import TRADE_HEADER

Tai2 = Callable[..., Any]
MISSION = ["id", "timestamp", "symbol", "side", "price", "amount", "llm_reasoning", "pnl"]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_mission_s_columns_come_first(tai2: Tai2) -> None:
    found = tai2("history", "--csv", "-")
    assert found.code == 0
    assert found.out.split("\r\n")[0].split(",")[:8] == MISSION
    assert found.out.split("\r\n")[0] == ",".join(TRADE_HEADER)


def test_numbers_stay_numbers_and_times_are_utc(tai2: Tai2) -> None:
    row = rows(tai2("history", "--csv", "-").out)[1]
    assert (row["price"], row["amount"], row["pnl"], row["fee"]) == (
        *("66671.0", "0.0150", "-12.30", "-0.50"),
    )
    assert row["timestamp"] == "2026-11-23T09:47:11.000Z"
    assert Decimal(row["contracts"]) == Decimal("1.5")


def test_a_formula_in_the_reasoning_is_defused(tai2: Tai2) -> None:
    assert rows(tai2("history", "--csv", "-").out)[0]["llm_reasoning"] == "'=cmd() above VWAP"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
def test_each_start_of_a_formula_gets_an_apostrophe(text: str) -> None:
    assert defused(text).startswith("'")


@given(st.text())
def test_no_text_cell_starts_a_formula(text: str) -> None:
    assert not defused(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert "\x1b" not in defused(text)


def test_quotes_commas_and_line_breaks_survive() -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerow([defused('say "hi", then\nbuy')])
    assert next(csv.reader(io.StringIO(out.getvalue(), newline=""))) == ['say "hi", then\nbuy']


def test_every_row_is_exported_page_by_page(desk: Any, tai2: Tai2, tmp_path: Path) -> None:
    desk.trades_total = 450
    target = tmp_path / "trades.csv"
    found = tai2("history", "--csv", str(target))
    assert found.code == 0
    assert found.err == f"450 trades written to {target}\n"
    assert len({row["fill_id"] for row in rows(target.read_bytes().decode())}) == 450
    assert [asked.limit for asked in desk.asked] == [200, 200, 200]
    assert desk.asked[1].after is not None


def test_the_file_is_private_and_nothing_else_is_left(tai2: Tai2, tmp_path: Path) -> None:
    target = tmp_path / "out" / "trades.csv"
    target.parent.mkdir()
    tai2("history", "--csv", str(target))
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(target.parent.iterdir()) == [target]


def test_an_existing_file_is_kept_unless_forced(tai2: Tai2, tmp_path: Path) -> None:
    target = tmp_path / "trades.csv"
    target.write_text("precious")
    refused = tai2("history", "--csv", str(target))
    assert refused.code == 2
    assert "Overwrite it with --force." in refused.err
    assert target.read_text() == "precious"
    assert tai2("history", "--csv", str(target), "--force").code == 0
    assert target.read_text().startswith("id,")


def test_an_export_that_breaks_half_way_leaves_nothing(
    desk: Any, tai2: Tai2, tmp_path: Path
) -> None:
    desk.trades_total, desk.breaks_on_page = 450, 2
    target = tmp_path / "out"
    target.mkdir()
    found = tai2("history", "--csv", str(target / "trades.csv"))
    assert found.code == 5
    assert list(target.iterdir()) == []


@pytest.mark.parametrize("place", ["no/where.csv", "."])
def test_an_impossible_target_is_a_usage_error(tai2: Tai2, tmp_path: Path, place: str) -> None:
    assert tai2("history", "--csv", str(tmp_path / place), "--force").code == 2
    assert [path for path in tmp_path.iterdir() if path.suffix != ".sock"] == []


def test_limit_since_and_filters_reach_the_daemon(desk: Any, tai2: Tai2) -> None:
    found = tai2("history", "--csv", "-", "-n", "2", "--since", "7d", "--side", "sell")
    assert len(rows(found.out)) == 2
    asked = desk.asked[0]
    assert asked.since_ms == 1_795_427_232_000 - 7 * 86_400_000
    assert asked.side == "sell"


def test_an_iso_time_may_carry_its_zone(desk: Any, tai2: Tai2) -> None:
    tai2("history", "--since", "2026-11-23T10:00+01:00", "--symbol", "BTC-USDT-SWAP")
    assert desk.asked[0].since_ms == 1_795_424_400_000
    assert desk.asked[0].symbol == "BTC-USDT-SWAP"


def test_json_holds_trades_and_totals(tai2: Tai2) -> None:
    tree = json.loads(tai2("history", "--json", "-n", "2").out)
    assert [trade["price"] for trade in tree["trades"]] == ["66671.0", "66671.0"]
    assert tree["totals"]["fills"] == 3


def test_the_table_is_data_and_the_sums_are_words(tai2: Tai2) -> None:
    found = tai2("history")
    assert found.out.splitlines()[0].startswith("Time (UTC)")
    assert "▼-12.80" in found.out
    assert found.err == (
        "3 of 3 fills · PnL ▼-36.90 before fees, fees -1.50, net ▼-38.40 · turnover 3,000.00\n"
    )


def test_an_empty_history_points_onward(desk: Any, tai2: Tai2) -> None:
    desk.trades_total = 0
    assert "No trades yet." in tai2("history").out
