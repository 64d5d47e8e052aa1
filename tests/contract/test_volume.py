"""A million trades: both histories still answer by the page, and an export streams."""

import os
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TextIO

import pytest

from tai2.client.trade_csv import write_trades
from tai2.model.ids import InstId, fill_id
from tai2.model.money import ZERO
from tai2.model.trade import ExecutedTrade, trade_uuid
from tai2.ports.history import History, Mark, Sort, TradeQuery, mark_of_trade
from tai2.store.journal.database import FileDatabase
from tai2.store.journal.history import SqliteHistory
from tai2.store.journal.journal import SAVE_TRADE
from tai2.store.journal.rows import trade_row
from tai2.store.postgres.database import PgDatabase
from tai2.store.postgres.history import PgHistory
from tai2.store.postgres.rows import TRADES, trade_cells
from tai2.wire.past import TradeRow
from tests.builders import market as m
from tests.builders.trades import trade

MANY = 1_000_000
PAGE = 200
RARE = InstId("ETH-USDT-SWAP")
MEBI = 1 << 20

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]


def million() -> Iterator[ExecutedTrade]:
    """Yield fills of one second each, one in a thousand of another instrument."""
    base = trade()
    for number in range(MANY):
        symbol = RARE if number % 1000 == 0 else m.INST
        key = fill_id(symbol, str(number), base.ord_id)
        yield replace(
            base,
            trade_id=trade_uuid(key, "sim"),
            fill_id=key,
            symbol=symbol,
            timestamp_ms=m.NOW + number * 1000,
        )


async def filled_journal(path: Path) -> FileDatabase:
    database = FileDatabase(path)
    trades = million()
    while rows := [trade_row(each) for each in islice(trades, 50_000)]:
        await database.run(lambda c, rows=rows: c.executemany(SAVE_TRADE, rows).rowcount)  # type: ignore[misc]
    return database


async def fill_postgres(database: PgDatabase) -> None:
    records = ((*trade_cells(trade_row(each)), "main") for each in million())
    async with database.connection() as connection:
        await connection.execute("SET statement_timeout = 0")
        table, columns = TRADES.table, TRADES.columns
        await connection.copy_records_to_table(table, records=records, columns=columns, timeout=300)
        await connection.execute("ANALYZE executed_trades", timeout=120)


async def timings_ms(history: History) -> dict[str, float]:
    middle = m.NOW + MANY * 500
    early = at(m.NOW + PAGE * 1000)
    day = TradeQuery(limit=PAGE, since_ms=middle, until_ms=middle + 86_400_000)
    by_pnl = TradeQuery(limit=PAGE, sort=Sort.PNL)
    questions = {
        "first page": TradeQuery(limit=PAGE),
        "page in the middle": TradeQuery(limit=PAGE, after=at(middle)),
        "last page": TradeQuery(limit=PAGE, after=early),
        "oldest first, last page": TradeQuery(
            limit=PAGE, is_ascending=True, after=at(m.NOW + (MANY - PAGE) * 1000)
        ),
        "rare symbol": TradeQuery(limit=PAGE, symbol=RARE),
        "rare symbol, last page": TradeQuery(limit=PAGE, symbol=RARE, after=at(m.NOW + 10**8)),
        "one day": day,
        "one day by PnL": replace(day, sort=Sort.PNL),
        "by PnL": by_pnl,
        "by PnL among a million equals": replace(by_pnl, after=replace(at(middle), key=ZERO)),
        "by notional, one side": TradeQuery(limit=PAGE, sort=Sort.NOTIONAL, side="buy"),
        "one mode": TradeQuery(limit=PAGE, mode="sim", after=early),
    }
    found = {}
    for name, query in questions.items():
        best_s = 1e9
        for _ in range(5):
            started = time.perf_counter()
            assert await history.trades(query)
            best_s = min(best_s, time.perf_counter() - started)
        found[name] = round(best_s * 1000, 1)
    started = time.perf_counter()
    assert (await history.totals(TradeQuery())).fills == MANY
    found["totals of all"] = round((time.perf_counter() - started) * 1000, 1)
    return found


def at(ts: int) -> Mark:
    return Mark(key=Decimal(ts), ts=ts, row_id="")


def say(line: str) -> None:
    print(line, flush=True)


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MEBI


async def export(history: History, out: TextIO) -> tuple[int, float]:
    """Write every trade, one page in memory at a time, as `tai2 history --csv` does.

    Returns:
        The number of trades, and the most memory that was resident meanwhile in MiB.
    """
    query, count, peak = TradeQuery(limit=PAGE), 0, resident_mib()
    while page := await history.trades(query):
        count += write_trades(out, (TradeRow(**asdict(each)) for each in page))
        query = replace(query, after=mark_of_trade(page[-1], query.sort))
        peak = max(peak, resident_mib())
    return count, peak


@pytest.mark.parametrize("which", ["journal", "postgres"])
async def test_million_trades_are_paged_quickly_and_exported_in_constant_memory(
    which: str, tmp_path: Path, pg: PgDatabase
) -> None:
    database = None
    started = time.perf_counter()
    if which == "journal":
        database = await filled_journal(tmp_path / "journal.sqlite")
        history: History = SqliteHistory(database)
    else:
        await fill_postgres(pg)
        history = PgHistory(pg, instance="main")
    say(f"\n{which}: {MANY} trades inserted in {time.perf_counter() - started:.1f} s")
    found = await timings_ms(history)
    say(f"{which}: {found}")
    before = resident_mib()
    started = time.perf_counter()
    with (tmp_path / "trades.csv").open("w", newline="") as out:
        count, peak = await export(history, out)
    took_s = time.perf_counter() - started
    say(f"{which}: exported in {took_s:.0f} s, resident {before:.0f} to {peak:.0f} MiB")
    if database:
        await database.close()
    assert max(ms for name, ms in found.items() if name != "totals of all") < 100
    assert count == MANY
    assert peak - before < 20
