"""The journal's tables: forward-only migrations of one SQLite file.

The journal runs them at start. Amounts are plain decimals as TEXT, instants are ms UTC;
a released migration must never be edited, only followed by another. Triggers note every row
that changes in `outbox`, within the same transaction: what PostgreSQL has yet to get.
"""

import sqlite3
from typing import Final

from tai2.model.errors import StartRefused
from tai2.store.journal.outbox import QUEUE
from tai2.store.journal.trips import FILTERED_ORDERS, ROUND_TRIPS, catch_up

MIGRATIONS: Final = (
    """
    CREATE TABLE cycles (
      cycle_id TEXT PRIMARY KEY, decision_id TEXT, inst_id TEXT NOT NULL, ts INTEGER NOT NULL,
      duration_ms INTEGER NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL,
      reasoner TEXT NOT NULL, action TEXT NOT NULL, effect TEXT NOT NULL, notional TEXT NOT NULL,
      p_up TEXT NOT NULL, cl_ord_id TEXT NOT NULL, justification TEXT NOT NULL,
      refusals TEXT NOT NULL, detail TEXT NOT NULL
    ) STRICT;
    CREATE INDEX cycles_by_time ON cycles (ts);
    CREATE TABLE replies (
      decision_id TEXT PRIMARY KEY, reasoner TEXT NOT NULL, raw_reply TEXT NOT NULL,
      is_failed INTEGER NOT NULL, justification TEXT NOT NULL, decision TEXT,
      latency_ms INTEGER NOT NULL, cost_usd TEXT NOT NULL
    ) STRICT;
    CREATE TABLE orders (
      cl_ord_id TEXT PRIMARY KEY, decision_id TEXT NOT NULL, leg TEXT NOT NULL,
      inst_id TEXT NOT NULL, algo_cl_ord_id TEXT UNIQUE, intent TEXT NOT NULL,
      state TEXT NOT NULL, is_terminal INTEGER NOT NULL, ord_id TEXT, sent_ms INTEGER,
      exp_ms INTEGER, acc_fill TEXT NOT NULL, avg_px TEXT, u_time INTEGER NOT NULL,
      reason TEXT NOT NULL, created_ms INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX one_order_per_leg ON orders (decision_id, leg)
      WHERE leg IN ('entry', 'exit');
    CREATE INDEX orders_open ON orders (created_ms) WHERE is_terminal = 0;
    CREATE INDEX orders_by_instrument ON orders (inst_id, leg, created_ms);
    CREATE TABLE executed_trades (
      id TEXT PRIMARY KEY, fill_id TEXT NOT NULL UNIQUE, timestamp INTEGER NOT NULL,
      symbol TEXT NOT NULL, side TEXT NOT NULL, price TEXT NOT NULL, amount TEXT NOT NULL,
      contracts TEXT NOT NULL, notional TEXT NOT NULL, fee TEXT NOT NULL, fee_ccy TEXT NOT NULL,
      pnl TEXT NOT NULL, ord_id TEXT NOT NULL, cl_ord_id TEXT, decision_id TEXT,
      leg TEXT NOT NULL, llm_reasoning TEXT NOT NULL, reasoner TEXT NOT NULL, mode TEXT NOT NULL,
      lag_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX trades_by_time ON executed_trades (timestamp, fill_id);
    CREATE TABLE controls (
      version INTEGER PRIMARY KEY, doc TEXT NOT NULL, changed_ms INTEGER NOT NULL,
      changed_by TEXT NOT NULL
    ) STRICT;
    CREATE TABLE equity (
      ts INTEGER PRIMARY KEY, equity TEXT NOT NULL, upnl TEXT NOT NULL
    ) STRICT;
    """,
    """
    CREATE TABLE forecasts (
      decision_id TEXT PRIMARY KEY, inst_id TEXT NOT NULL, reasoner TEXT NOT NULL,
      prompt_hash TEXT NOT NULL, ts INTEGER NOT NULL, due_ms INTEGER NOT NULL,
      mid TEXT NOT NULL, p_up TEXT NOT NULL, is_closed INTEGER NOT NULL DEFAULT 0,
      due_mid TEXT, went_up TEXT
    ) STRICT;
    CREATE INDEX forecasts_open ON forecasts (ts) WHERE is_closed = 0;
    CREATE INDEX forecasts_scored ON forecasts (reasoner, prompt_hash, ts)
      WHERE went_up IS NOT NULL;
    """,
    """
    ALTER TABLE replies ADD COLUMN prompt_hash TEXT NOT NULL DEFAULT '';
    ALTER TABLE replies ADD COLUMN user_message TEXT NOT NULL DEFAULT '';
    ALTER TABLE replies ADD COLUMN evidence INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE replies ADD COLUMN verified INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE prompts (prompt_hash TEXT PRIMARY KEY, system TEXT NOT NULL) STRICT;
    CREATE TABLE spending (
      number INTEGER PRIMARY KEY, ts INTEGER NOT NULL, purpose TEXT NOT NULL,
      model TEXT NOT NULL, reserved_usd TEXT NOT NULL, cost_usd TEXT
    ) STRICT;
    CREATE INDEX spending_by_time ON spending (ts);
    """,
    QUEUE,
    """
    CREATE INDEX trades_by_symbol ON executed_trades (symbol, timestamp, fill_id);
    CREATE INDEX trades_by_order ON executed_trades (cl_ord_id) WHERE cl_ord_id IS NOT NULL;
    """,
    """
    ALTER TABLE replies ADD COLUMN provider TEXT NOT NULL DEFAULT '';
    """,
    ROUND_TRIPS,
    FILTERED_ORDERS,
    """
    CREATE TABLE breakers (number INTEGER PRIMARY KEY CHECK (number = 1), doc TEXT NOT NULL) STRICT;
    CREATE INDEX orders_by_sending ON orders (sent_ms) WHERE sent_ms IS NOT NULL;
    """,
    """
    CREATE TABLE stops (
      algo_cl_ord_id TEXT PRIMARY KEY, inst_id TEXT NOT NULL, doc TEXT NOT NULL,
      created_ms INTEGER NOT NULL
    ) STRICT;
    """,
    """
    CREATE TABLE bills (
      mode TEXT NOT NULL, bill_id TEXT NOT NULL, kind TEXT NOT NULL, inst_id TEXT,
      ccy TEXT NOT NULL, change TEXT NOT NULL, balance TEXT NOT NULL, ts INTEGER NOT NULL,
      PRIMARY KEY (mode, bill_id)
    ) STRICT;
    CREATE INDEX bills_by_time ON bills (ts, bill_id);
    CREATE INDEX funding_by_instrument ON bills (inst_id, mode, ts) WHERE kind = 'funding';
    CREATE TABLE days (day_ms INTEGER PRIMARY KEY, doc TEXT NOT NULL) STRICT;
    """,
)
"""Migration n brings the schema from version n to n + 1."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a journal to this version's schema.

    Raises:
        StartRefused: The file was written by a newer version of tai2.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise StartRefused(
            f"the journal has schema {version}, this tai2 knows up to {len(MIGRATIONS)}",
            "Start the newer tai2 that wrote it.",
        )
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")
    catch_up(connection)
