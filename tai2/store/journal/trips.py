"""Round trips beside the fills that they are made of, kept up to date within one transaction.

The journal hands over each new fill, the history reads the table. What stands here can always be
made again from executed_trades: it must never decide whether a fill is kept.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Final

from tai2.model.ids import DecisionId, FillId, InstId
from tai2.model.instrument import Side
from tai2.model.money import ZERO, BaseQty, Contracts, QuoteAmt, plain
from tai2.model.round_trip import RoundTrip, advance
from tai2.model.trade import ExecutedTrade
from tai2.store.journal.rows import Row, trade_of

ROUND_TRIPS: Final = """
    CREATE TABLE round_trips (
      trip_id TEXT PRIMARY KEY, mode TEXT NOT NULL, symbol TEXT NOT NULL, side TEXT NOT NULL,
      opened_ms INTEGER NOT NULL, closed_ms INTEGER, contracts TEXT NOT NULL,
      amount TEXT NOT NULL, entry_value TEXT NOT NULL, exited TEXT NOT NULL,
      exit_value TEXT NOT NULL, entry_notional TEXT NOT NULL, exit_notional TEXT NOT NULL,
      pnl TEXT NOT NULL, fees TEXT NOT NULL, funding TEXT NOT NULL, net_pnl TEXT NOT NULL,
      fills INTEGER NOT NULL, decision_id TEXT, reasoner TEXT NOT NULL,
      llm_reasoning TEXT NOT NULL, ended_by TEXT NOT NULL, is_turn INTEGER NOT NULL,
      is_void INTEGER NOT NULL DEFAULT 0,
      by_pnl REAL GENERATED ALWAYS AS (CAST(net_pnl AS REAL)) VIRTUAL,
      by_notional REAL GENERATED ALWAYS AS (CAST(entry_notional AS REAL)) VIRTUAL,
      by_held INTEGER GENERATED ALWAYS AS (closed_ms - opened_ms) VIRTUAL
    ) STRICT;
    CREATE UNIQUE INDEX trip_open ON round_trips (symbol, mode)
      WHERE closed_ms IS NULL AND is_void = 0;
    CREATE INDEX trips_by_opening ON round_trips (symbol, mode, opened_ms);
    CREATE INDEX trips_by_time ON round_trips (closed_ms, trip_id);
    CREATE INDEX trips_by_symbol ON round_trips (symbol, closed_ms, trip_id);
    CREATE INDEX trips_by_mode ON round_trips (mode, closed_ms, trip_id);
    CREATE INDEX trips_by_pnl ON round_trips (by_pnl, closed_ms, trip_id);
    CREATE INDEX trips_by_notional ON round_trips (by_notional, closed_ms, trip_id);
    CREATE INDEX trips_by_held ON round_trips (by_held, closed_ms, trip_id);
    CREATE TRIGGER trip_made AFTER INSERT ON round_trips BEGIN
      DELETE FROM outbox WHERE kind = 'trip' AND key = NEW.trip_id;
      INSERT INTO outbox (kind, key, ts) VALUES ('trip', NEW.trip_id, 0);
    END;
    CREATE TRIGGER trip_changed AFTER UPDATE ON round_trips BEGIN
      DELETE FROM outbox WHERE kind = 'trip' AND key = NEW.trip_id;
      INSERT INTO outbox (kind, key, ts) VALUES ('trip', NEW.trip_id, 0);
    END;
    ALTER TABLE executed_trades
      ADD COLUMN by_pnl REAL GENERATED ALWAYS AS (CAST(pnl AS REAL)) VIRTUAL;
    ALTER TABLE executed_trades
      ADD COLUMN by_notional REAL GENERATED ALWAYS AS (CAST(notional AS REAL)) VIRTUAL;
    CREATE INDEX trades_by_mode ON executed_trades (mode, timestamp, fill_id);
    CREATE INDEX trades_by_pnl ON executed_trades (by_pnl, timestamp, fill_id);
    CREATE INDEX trades_by_notional ON executed_trades (by_notional, timestamp, fill_id);
"""
"""A trip that a late fill has made untrue stays as void, so that PostgreSQL hears of it.

The by_ columns are numbers to sort by; two amounts that differ behind the 15th digit are equal
to them, and then time and id decide.
"""

FILTERED_ORDERS: Final = """
    CREATE INDEX trades_by_side ON executed_trades (side, timestamp, fill_id);
    CREATE INDEX trades_by_symbol_pnl ON executed_trades (symbol, by_pnl, timestamp, fill_id);
    CREATE INDEX trades_by_symbol_notional
      ON executed_trades (symbol, by_notional, timestamp, fill_id);
    CREATE INDEX trips_by_side ON round_trips (side, closed_ms, trip_id);
    CREATE INDEX trips_by_symbol_pnl ON round_trips (symbol, by_pnl, closed_ms, trip_id);
    CREATE INDEX trips_by_symbol_notional ON round_trips (symbol, by_notional, closed_ms, trip_id);
    CREATE INDEX trips_by_symbol_held ON round_trips (symbol, by_held, closed_ms, trip_id);
"""
"""A page of a rare instrument or side in any order must not walk through a million others."""

_COLUMNS: Final = (
    *("trip_id", "mode", "symbol", "side", "opened_ms", "closed_ms", "contracts", "amount"),
    *("entry_value", "exited", "exit_value", "entry_notional", "exit_notional", "pnl", "fees"),
    *("funding", "net_pnl", "fills", "decision_id", "reasoner", "llm_reasoning", "ended_by"),
    *("is_turn", "is_void"),
)
_SAVE: Final = (
    f"INSERT INTO round_trips ({', '.join(_COLUMNS)}) "  # noqa: S608 - constants above
    f"VALUES ({', '.join(':' + name for name in _COLUMNS)}) ON CONFLICT (trip_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])
)
_HELD: Final = (
    "SELECT * FROM round_trips WHERE symbol = ? AND mode = ? AND closed_ms IS NULL AND is_void = 0"
)
_IS_LATE: Final = (
    "SELECT 1 FROM executed_trades WHERE symbol = ? AND timestamp > ? AND mode = ? LIMIT 1"
)
_FROM_FLAT: Final = (
    "SELECT t.timestamp, t.rowid AS place FROM round_trips r "
    "JOIN executed_trades t ON t.fill_id = r.trip_id "
    "WHERE r.symbol = ? AND r.mode = ? AND r.opened_ms <= ? AND r.is_turn = 0 AND r.is_void = 0 "
    "ORDER BY r.opened_ms DESC, t.rowid DESC LIMIT 1"
)
_VOID: Final = "UPDATE round_trips SET is_void = 1 WHERE symbol = ? AND mode = ? AND opened_ms >= ?"
_FILLS: Final = (
    "SELECT * FROM executed_trades WHERE symbol = ? AND mode = ? AND (timestamp, rowid) >= (?, ?) "
    "ORDER BY timestamp, rowid"
)
_FUNDING: Final = (
    "SELECT change FROM bills WHERE kind = 'funding' AND inst_id = ? AND mode = ? "
    "AND ts > ? AND ts <= ?"
)
_HELD_AT: Final = (
    "SELECT * FROM round_trips WHERE symbol = ? AND mode = ? AND is_void = 0 AND opened_ms < ? "
    "ORDER BY opened_ms DESC LIMIT 1"
)
_EVER: Final = 2**62
_ALL_FILLS: Final = "SELECT * FROM executed_trades ORDER BY timestamp, rowid"
_IS_BEHIND: Final = (
    "SELECT NOT EXISTS (SELECT 1 FROM round_trips) AND EXISTS (SELECT 1 FROM executed_trades)"
)


def follow(connection: sqlite3.Connection, fill: ExecutedTrade) -> None:
    """Advance the round trips by a fill that has just been stored."""
    key = (fill.symbol, fill.mode)
    if connection.execute(_IS_LATE, (fill.symbol, fill.timestamp_ms, fill.mode)).fetchone():
        _remake(connection, fill)
        return
    row = connection.execute(_HELD, key).fetchone()
    _save(connection, advance(trip_of(row) if row else None, fill))


def fund(connection: sqlite3.Connection, symbol: InstId, mode: str, ts: int) -> None:
    """Give the trip that was open at a settlement the funding that is stored for it."""
    row = connection.execute(_HELD_AT, (symbol, mode, ts)).fetchone()
    if row and (row["closed_ms"] is None or ts <= row["closed_ms"]):
        _save(connection, (trip_of(row),))


def catch_up(connection: sqlite3.Connection) -> None:
    """Make the round trips of a journal that is older than this table."""
    if connection.execute(_IS_BEHIND).fetchone()[0]:
        connection.execute("BEGIN IMMEDIATE")
        _replay(connection, map(trade_of, connection.execute(_ALL_FILLS)))
        connection.execute("COMMIT")


def _remake(connection: sqlite3.Connection, late: ExecutedTrade) -> None:
    """Make an instrument's trips again from the last one that began flat before a late fill."""
    row = connection.execute(_FROM_FLAT, (late.symbol, late.mode, late.timestamp_ms)).fetchone()
    since = (row["timestamp"], row["place"]) if row else (0, 0)
    connection.execute(_VOID, (late.symbol, late.mode, since[0]))
    fills = connection.execute(_FILLS, (late.symbol, late.mode, *since)).fetchall()
    _replay(connection, map(trade_of, fills))


def _replay(connection: sqlite3.Connection, fills: Iterable[ExecutedTrade]) -> None:
    held: dict[tuple[str, str], RoundTrip | None] = {}
    for fill in fills:
        key = (fill.symbol, fill.mode)
        moved, opened = advance(held.get(key), fill)
        is_open = moved is not None and moved.closed_ms is None
        held[key] = moved if is_open else opened
        if not is_open:
            _save(connection, (moved, None))
    _save(connection, held.values())


def _save(connection: sqlite3.Connection, trips: Iterable[RoundTrip | None]) -> None:
    """Store in the order given: a trip closes before the next one opens."""
    for trip in trips:
        if trip is not None:
            funding = _funding_of(connection, trip)
            connection.execute(_SAVE, trip_row(replace(trip, funding=funding)))


def _funding_of(connection: sqlite3.Connection, trip: RoundTrip) -> QuoteAmt:
    """Add up what was settled after the trip's opening and no later than its end."""
    until = _EVER if trip.closed_ms is None else trip.closed_ms
    window = (trip.symbol, trip.mode, trip.opened_ms, until)
    rows = connection.execute(_FUNDING, window)
    return QuoteAmt(sum((Decimal(row["change"]) for row in rows), ZERO))


def trip_row(trip: RoundTrip) -> dict[str, object]:
    """Return a trip's columns."""
    cells = {name: getattr(trip, name) for name in RoundTrip.__dataclass_fields__}
    cells |= {"side": trip.side.value, "net_pnl": trip.net_pnl, "is_void": 0}
    cells |= {"is_turn": int(trip.is_turn)}
    return {
        name: plain(cell) if isinstance(cell, Decimal) else cell for name, cell in cells.items()
    }


def trip_of(row: Row) -> RoundTrip:
    """Return the trip of a row."""
    return RoundTrip(
        trip_id=FillId(row["trip_id"]),
        mode=row["mode"],
        symbol=InstId(row["symbol"]),
        side=Side(row["side"]),
        opened_ms=row["opened_ms"],
        closed_ms=row["closed_ms"],
        contracts=Contracts(Decimal(row["contracts"])),
        amount=BaseQty(Decimal(row["amount"])),
        entry_value=Decimal(row["entry_value"]),
        exited=Contracts(Decimal(row["exited"])),
        exit_value=Decimal(row["exit_value"]),
        entry_notional=QuoteAmt(Decimal(row["entry_notional"])),
        exit_notional=QuoteAmt(Decimal(row["exit_notional"])),
        pnl=QuoteAmt(Decimal(row["pnl"])),
        fees=QuoteAmt(Decimal(row["fees"])),
        funding=QuoteAmt(Decimal(row["funding"])),
        fills=row["fills"],
        decision_id=DecisionId(row["decision_id"]) if row["decision_id"] else None,
        reasoner=row["reasoner"],
        llm_reasoning=row["llm_reasoning"],
        ended_by=row["ended_by"],
        is_turn=bool(row["is_turn"]),
    )
