"""Round trips, figures and tax rows: the same past in other shapes."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai2.cli.tax_csv import Entry, entries_of_trades, entries_of_trips, write_entries
from tai2.client.trade_csv import TRIP_HEADER, write_trades, write_trips
from tai2.model.ids import DecisionId, InstId
from tai2.ports.history import Sort
from tests.unit.cli.conftest import FIGURES, NOW, trade, trip

Tai2 = Callable[..., Any]
KOINLY = ["Date", "Sent Amount", "Sent Currency", "Received Amount", "Received Currency"]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_trips_are_a_table_with_sums_below(tai2: Tai2) -> None:
    found = tai2("history", "--trips")
    assert found.out.splitlines()[0].startswith("Closed (UTC)")
    assert "▲ LONG" in found.out
    assert "▲+2.52" in found.out
    assert "2h14m  target" in found.out
    assert found.err == (
        "3 of 3 round trips · 2 won, 1 lost · net ▲+4.00 "
        "(PnL ▲+7.75, fees -3.00, funding -0.7500)\n"
    )


def test_trips_as_csv_have_every_column(tai2: Tai2) -> None:
    found = tai2("history", "--trips", "--csv", "-")
    assert found.out.split("\r\n")[0] == ",".join(TRIP_HEADER)
    row = rows(found.out)[1]
    assert (row["direction"], row["net_pnl"], row["funding"]) == ("short", "2.515", "-0.25")
    assert (row["held_s"], row["ending"], row["decision_id"]) == ("8040", "target", "D-1")


def test_trips_as_json_hold_rows_and_totals(desk: Any, tai2: Tai2) -> None:
    tree = json.loads(tai2("history", "--trips", "--json", "-n", "2").out)
    assert [row["ending"] for row in tree["trips"]] == ["target", "target"]
    assert tree["totals"]["wins"] == 2


def test_no_trip_is_said(desk: Any, tai2: Tai2) -> None:
    desk.trades_total = 0
    assert "no position was closed" in tai2("history", "--trips").out


def test_order_and_filters_reach_the_daemon(desk: Any, tai2: Tai2) -> None:
    words = ("--sort", "held", "--asc", "--mode", "sim", "--until", "2026-11-23T09:00Z")
    tai2("history", "--trips", *words)
    asked = desk.asked[0]
    assert (asked.sort, asked.is_ascending, asked.mode) == (Sort.HELD, True, "sim")
    assert asked.until_ms == 1_795_424_400_000


@pytest.mark.parametrize(
    "words",
    [("--trips", "--stats"), ("--tax", "--trips"), ("--sort", "luck"), ("--until", "soon")],
)
def test_what_no_history_can_answer_is_refused(desk: Any, tai2: Tai2, words: tuple[str]) -> None:
    assert tai2("history", *words).code == 2
    assert desk.asked == []


def test_figures_state_their_period_and_hide_ratios_of_few_days(tai2: Tai2) -> None:
    out = tai2("history", "--stats").out
    assert "Period         2026-11-11 09:47:12 to 2026-11-23 09:47:12 UTC (12d0h)" in out
    assert "Round trips    3: 2 won, 1 lost, win rate +66.7%" in out
    assert "Net PnL        ▲+4.00 after fees -3.00 and funding -0.7500" in out
    assert "Sharpe         hidden: 12 daily returns, 30 needed" in out
    assert "Max drawdown   -1.90% (19.00), 2026-11-22 09:47:12 to 2026-11-23 09:47:12" in out
    assert "▁▁▂▂▃▃▄▅▅▆▆▇█ 1,000.00 to 1,012.00" in out


def test_ratios_of_enough_days_name_their_year(desk: Any, tai2: Tai2) -> None:
    desk.figures = replace(FIGURES, returns=40, sharpe=Decimal("1.239"), sortino=None)
    out = tai2("history", "--stats").out
    assert "Sharpe         1.24 a year of 365 days, from 40 daily returns" in out
    assert "Sortino        – (no deviation in 40 daily returns)" in out


def test_nothing_recorded_gives_no_figures(desk: Any, tai2: Tai2) -> None:
    desk.figures = replace(
        FIGURES, curve=(), drawdown=None, win_rate=None, profit_factor=None, mean_held_ms=None
    )
    out = tai2("history", "--stats").out
    assert "Period         no equity was recorded in it" in out
    assert "win rate –" in out


def test_figures_as_csv_end_with_the_curve(tai2: Tai2) -> None:
    table = rows(tai2("history", "--stats", "--csv", "-").out)
    named = {row["figure"]: row["value"] for row in table if row["figure"] != "equity"}
    assert (named["win_rate"], named["sharpe"], named["trips_wins"]) == ("0.666666666667", "", "2")
    assert named["drawdown_depth"] == "19.00"
    points = [row for row in table if row["figure"] == "equity"]
    assert (len(points), points[-1]["value"]) == (13, "1012")
    assert points[-1]["time"] == "2026-11-23T09:47:12.000Z"


def test_figures_as_json_are_the_record(tai2: Tai2) -> None:
    assert json.loads(tai2("history", "--stats", "--json").out)["trips"]["trips"] == 3


def test_tax_rows_are_oldest_first_in_common_columns(desk: Any, tai2: Tai2) -> None:
    found = tai2("history", "--tax")
    assert found.out.split("\r\n")[0].split(",")[:5] == KOINLY
    row = rows(found.out)[0]
    assert (row["Sent Amount"], row["Sent Currency"]) == ("12.30", "USDT")
    assert (row["Fee Amount"], row["Label"]) == ("0.50", "Realized PNL")
    assert row["Date"] == "2026-11-23 09:47:12 UTC"
    assert all(asked.is_ascending for asked in desk.asked)
    assert [each["Label"] for each in rows(found.out)][-1] == "Margin fee"


def test_tax_rows_as_json_are_one_a_line(tai2: Tai2) -> None:
    lines = tai2("history", "--tax", "--json").out.splitlines()
    assert json.loads(lines[0])["sent"] == "12.30"
    assert len(lines) == 6


def entries(**changes: Any) -> list[Entry]:
    return list(entries_of_trades([replace(trade(0), **changes)]))


def test_opening_a_contract_moves_nothing_but_its_fee() -> None:
    (entry,) = entries(pnl=Decimal(0))
    assert (entry.sent, entry.received, entry.fee, entry.label) == (
        *(Decimal("0.50"), None, None, "Margin fee"),
    )


def test_gain_is_received_and_a_rebate_beside_it() -> None:
    gain, rebate = entries(pnl=Decimal(7), fee=Decimal("0.1"))
    assert (gain.received, gain.sent, gain.fee) == (7, None, None)
    assert (rebate.received, rebate.label) == (Decimal("0.1"), "Fee refund")


def test_spot_trade_is_an_exchange_of_two_currencies() -> None:
    (bought,) = entries(symbol=InstId("BTC-USDT"))
    assert (bought.sent_ccy, bought.received_ccy) == ("USDT", "BTC")
    assert (bought.sent, bought.received) == (Decimal("1000.065"), Decimal("0.0150"))
    assert bought.label == ""


@pytest.mark.parametrize(("funding", "label"), [("-0.25", "Margin fee"), ("0.25", "Realized PNL")])
def test_funding_of_a_trip_has_a_row_of_its_own(funding: str, label: str) -> None:
    (entry,) = entries_of_trips([replace(trip(0), funding=Decimal(funding))])
    assert (entry.label, entry.ts) == (label, NOW)
    assert (entry.sent or entry.received) == Decimal("0.25")
    assert list(entries_of_trips([replace(trip(0), funding=Decimal(0))])) == []


def starts_formula(cell: str) -> bool:
    """Tell whether a spreadsheet may run a cell; a number is none."""
    try:
        Decimal(cell)
    except ArithmeticError:
        return cell.lstrip(" \n'")[:1] in tuple("=+-@") and not cell.startswith("'") and cell != ""
    return False


@given(st.text())
def test_no_cell_of_any_export_starts_a_formula(words: str) -> None:
    made = replace(
        trade(0), llm_reasoning=words, reasoner=words, leg=words, decision_id=DecisionId(words)
    )
    closed = replace(trip(0), llm_reasoning=words, ending=words, decision_id=DecisionId(words))
    out = io.StringIO(newline="")
    write_trades(out, [made])
    write_trips(out, [closed])
    write_entries(out, entries_of_trades([made]))
    out.seek(0)
    cells = [cell for row in csv.reader(out) for cell in row]
    assert not [cell for cell in cells if starts_formula(cell)]
