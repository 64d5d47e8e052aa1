"""A million trades behind a running desk: every page is quick, an export stays small.

The rows are made by the databases themselves, two fills a round trip; the desk and the command
line are the processes that a user has, and the kernel tells what they took.
"""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tai2.client.connection import Connection, connect
from tai2.ports.history import Sort
from tai2.store.journal.database import FileDatabase
from tai2.wire.past import TRADES, TradesParams
from tai2.wire.performance import PERFORMANCE, TRIPS, PerformanceParams
from tests.e2e.desk_process import Desk, Process
from tests.e2e.test_stores import Stores

MANY = int(os.environ.get("TAI2_TEST_ROWS", "1000000"))
FIRST_MS = 1_700_000_000_000
MOST_MIB = 150
MOST_MS = 100

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3_000)]

SQLITE = f"""
    DROP TRIGGER trade_made; DROP TRIGGER trip_made;
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY} - 1)
    INSERT INTO executed_trades (id, fill_id, timestamp, symbol, side, price, amount, contracts,
      notional, fee, fee_ccy, pnl, ord_id, cl_ord_id, decision_id, leg, llm_reasoning, reasoner,
      mode, lag_ms)
    SELECT printf('%08x-0000-5000-8000-%012x', i, i), printf('%s:%d:9', s, i),
      {FIRST_MS} + i * 1000, s, iif(i % 2, 'sell', 'buy'), '66671.0', '0.0150', '1.5',
      '1000.0650', '-0.50', 'USDT', iif(i % 2, printf('%d.25', i % 200 - 100), '0'),
      printf('%d', i), 't2main' || i, 'D' || (i / 2), iif(i % 2, 'exit', 'entry'),
      'm5.ema20_vs_50 above, CVD rising, funding flat: trend', 'rules-v1 (no LLM)', 'sim', 12
    FROM (SELECT i, iif(i / 2 % 500, 'BTC-USDT-SWAP', 'ETH-USDT-SWAP') AS s FROM n);
    INSERT INTO round_trips (trip_id, mode, symbol, side, opened_ms, closed_ms, contracts, amount,
      entry_value, exited, exit_value, entry_notional, exit_notional, pnl, fees, funding, net_pnl,
      fills, decision_id, reasoner, llm_reasoning, ended_by, is_turn)
    SELECT o.fill_id, o.mode, o.symbol, 'buy', o.timestamp, o.timestamp + 1000, '1.5', '0.0150',
      '100006.5', '1.5', '100006.5', '1000.0650', '1000.0650', c.pnl, '-1.00', '0',
      printf('%.2f', c.pnl - 1), 2, o.decision_id, o.reasoner, o.llm_reasoning, 'exit', 0
    FROM executed_trades o JOIN executed_trades c ON c.rowid = o.rowid + 1
    WHERE o.side = 'buy';
    CREATE TRIGGER trade_made AFTER INSERT ON executed_trades BEGIN
      INSERT INTO outbox (kind, key, ts) VALUES ('trade', NEW.id, NEW.timestamp + NEW.lag_ms);
    END;
    ANALYZE;
"""
POSTGRES = (
    f"""
    INSERT INTO executed_trades (id, timestamp, symbol, side, price, amount, llm_reasoning, pnl,
      contracts, notional, fee, fee_ccy, ord_id, cl_ord_id, fill_id, decision_id, leg, reasoner,
      mode, lag_ms, instance)
    SELECT md5(i::text)::uuid, to_timestamp({FIRST_MS} / 1000 + i), s,
      CASE i % 2 WHEN 1 THEN 'sell' ELSE 'buy' END, 66671.0, 0.0150,
      'm5.ema20_vs_50 above, CVD rising, funding flat: trend',
      CASE i % 2 WHEN 1 THEN i % 200 - 99.75 ELSE 0 END, 1.5, 1000.0650, -0.50, 'USDT', i::text,
      't2main' || i, s || ':' || i || ':9', 'D' || i / 2,
      CASE i % 2 WHEN 1 THEN 'exit' ELSE 'entry' END, 'rules-v1 (no LLM)', 'sim', 12, 'main'
    FROM (SELECT i, CASE i / 2 % 500 WHEN 0 THEN 'ETH-USDT-SWAP' ELSE 'BTC-USDT-SWAP' END AS s
      FROM generate_series(0, {MANY} - 1) AS i) AS n
    """,
    """
    INSERT INTO round_trips (instance, trip_id, mode, symbol, side, opened_at, closed_at, held_ms,
      contracts, amount, entry_value, exited, exit_value, entry_notional, exit_notional, pnl, fees,
      funding, fills, decision_id, reasoner, llm_reasoning, ended_by, is_turn, is_void)
    SELECT 'main', o.fill_id, 'sim', o.symbol, 'buy', o.timestamp,
      o.timestamp + interval '1 second', 1000, 1.5, 0.0150, 100006.5, 1.5, 100006.5, 1000.0650,
      1000.0650, o.ord_id::int % 200 - 98.75, -1.00, 0, 2, o.decision_id, o.reasoner,
      o.llm_reasoning, 'exit', false, false
    FROM executed_trades o WHERE o.side = 'buy'
    """,
    "ANALYZE",
)


def say(line: str) -> None:
    print(line, flush=True)


@pytest.fixture(params=["journal", "postgres"])
def full(
    request: pytest.FixtureRequest, desk: Desk, tmp_path: Path
) -> Iterator[tuple[str, Process]]:
    """A desk whose history is long."""
    started = time.monotonic()
    if request.param == "journal":
        fill_journal(desk)
        filled_s = time.monotonic() - started
        daemon = desk.run("--interval", "60")
        yield "journal", daemon
    else:
        stores = Stores(tmp_path)
        try:
            desk.env |= {"DATABASE_URL": stores.dsn}
            stores.migrate()
            for statement in POSTGRES:
                stores.execute(statement)
            filled_s = time.monotonic() - started
            daemon = desk.run("--interval", "60")
            yield "postgres", daemon
        finally:
            stores.close()
    say(f"{request.param}: {MANY} trades made in {filled_s:.0f} s")


def fill_journal(desk: Desk) -> None:
    desk.state.mkdir(parents=True)
    path = desk.state / "journal.sqlite"
    database = FileDatabase(path)
    database._pool.submit(database._connection.close).result()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"PRAGMA synchronous = OFF; BEGIN; {SQLITE} COMMIT;")


def peak_mib(pid: int) -> float:
    """Return the most memory that a process ever had resident."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def export(desk: Desk, *words: str) -> tuple[float, float, int]:
    """Run an export to its end; return its peak in MiB, its seconds and its lines."""
    target = desk.home / "out.csv"
    words = ("history", *words, "--csv", str(target), "--force")
    started = time.monotonic()
    env = desk.env
    with subprocess.Popen([sys.executable, "-m", "tai2", *words], env=env, cwd=desk.home) as client:
        _, code, usage = os.wait4(client.pid, 0)
        client.returncode = code
    assert code == 0
    with target.open() as out:
        return usage.ru_maxrss / 1024, time.monotonic() - started, sum(1 for _ in out)


PAGES: dict[str, dict[str, Any]] = {
    "newest": {},
    "oldest": {"is_ascending": True},
    "middle": {"after": f"{FIRST_MS + MANY * 500},{FIRST_MS + MANY * 500},"},
    "rare symbol": {"symbol": "ETH-USDT-SWAP"},
    "one side": {"side": "sell"},
    "one mode": {"mode": "sim"},
    "no such mode": {"mode": "real"},
    "one day": {"since_ms": FIRST_MS + MANY * 400, "until_ms": FIRST_MS + MANY * 400 + 86_400_000},
    "by PnL": {"sort": Sort.PNL},
    "by PnL, among equals": {"sort": Sort.PNL, "after": f"-99.75,{FIRST_MS + MANY * 500},"},
    "by PnL, rare symbol": {"sort": Sort.PNL, "symbol": "ETH-USDT-SWAP"},
    "by PnL, common symbol": {"sort": Sort.PNL, "symbol": "BTC-USDT-SWAP"},
    "by notional": {"sort": Sort.NOTIONAL, "is_ascending": True},
}


def timings_ms(wire: Connection, method: Any) -> dict[str, float]:
    """Ask for each page five times, over the socket, and return its best time."""
    found = {}
    for name, changes in PAGES.items():
        params = TradesParams(limit=50, with_totals=False, **changes)
        best_s = 1e9
        for _ in range(5):
            started = time.perf_counter()
            wire.call(method, params, 60)
            best_s = min(best_s, time.perf_counter() - started)
        found[name] = round(best_s * 1000, 1)
    return found


def test_million_trades_are_paged_quickly_and_exported_small(
    desk: Desk, full: tuple[str, Process]
) -> None:
    which, daemon = full
    say(f"\n{which}: daemon at rest {peak_mib(daemon.pid):.0f} MiB")
    with connect({"TAI2_SOCKET": str(desk.socket)}) as wire:
        slowest = 0.0
        for method in (TRADES, TRIPS):
            found = timings_ms(wire, method)
            say(f"{which}: {method.name} pages in ms {found}")
            slowest = max(slowest, *found.values())
        for method, params in ((TRADES, TradesParams(limit=1)), (TRIPS, TradesParams(limit=1))):
            started = time.perf_counter()
            wire.call(method, params, 60)
            say(f"{which}: {method.name} totals {time.perf_counter() - started:.2f} s")
        started = time.perf_counter()
        assert wire.call(PERFORMANCE, PerformanceParams(), 60).fills >= MANY
        say(f"{which}: performance {time.perf_counter() - started:.2f} s")
    peaks = []
    for words, least in (((), MANY), (("--trips",), MANY // 2)):
        peak, took_s, lines = export(desk, *words)
        peaks += [peak, peak_mib(daemon.pid)]
        say(
            f"{which}: {lines} lines of history {words} in {took_s:.0f} s, "
            f"client {peak:.0f} MiB, daemon {peaks[-1]:.0f} MiB"
        )
        assert lines > least
    assert max(peaks) < MOST_MIB
    assert slowest < MOST_MS
