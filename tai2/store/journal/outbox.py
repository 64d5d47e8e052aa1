"""The queue of rows that PostgreSQL has yet to get: a table that triggers fill.

The schema's migrations create it, `store.postgres.outbox` empties it. A row is queued within
the transaction that writes it, so nothing is forgotten; a changed row takes a new place at the
end, so that a delivery under way can't drop the newer state.
"""

from typing import Final

QUEUE: Final = """
    CREATE TABLE outbox (
      seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL,
      ts INTEGER NOT NULL, UNIQUE (kind, key)
    ) STRICT;
    INSERT INTO outbox (kind, key, ts) SELECT 'reply', decision_id, 0 FROM replies;
    INSERT INTO outbox (kind, key, ts) SELECT 'cycle', cycle_id, ts + duration_ms FROM cycles;
    INSERT INTO outbox (kind, key, ts)
      SELECT 'order', cl_ord_id, max(u_time, created_ms) FROM orders;
    INSERT INTO outbox (kind, key, ts)
      SELECT 'trade', id, timestamp + lag_ms FROM executed_trades;
    INSERT INTO outbox (kind, key, ts) SELECT 'equity', CAST(ts AS TEXT), ts FROM equity;
    CREATE TRIGGER reply_made AFTER INSERT ON replies BEGIN
      INSERT INTO outbox (kind, key, ts) VALUES ('reply', NEW.decision_id, 0);
    END;
    CREATE TRIGGER cycle_made AFTER INSERT ON cycles BEGIN
      INSERT INTO outbox (kind, key, ts)
        VALUES ('cycle', NEW.cycle_id, NEW.ts + NEW.duration_ms);
    END;
    CREATE TRIGGER order_made AFTER INSERT ON orders BEGIN
      INSERT INTO outbox (kind, key, ts) VALUES ('order', NEW.cl_ord_id, NEW.created_ms);
    END;
    CREATE TRIGGER order_changed AFTER UPDATE ON orders BEGIN
      DELETE FROM outbox WHERE kind = 'order' AND key = NEW.cl_ord_id;
      INSERT INTO outbox (kind, key, ts)
        VALUES ('order', NEW.cl_ord_id, max(NEW.u_time, NEW.created_ms));
    END;
    CREATE TRIGGER trade_made AFTER INSERT ON executed_trades BEGIN
      INSERT INTO outbox (kind, key, ts) VALUES ('trade', NEW.id, NEW.timestamp + NEW.lag_ms);
    END;
    CREATE TRIGGER equity_made AFTER INSERT ON equity BEGIN
      DELETE FROM outbox WHERE kind = 'equity' AND key = CAST(NEW.ts AS TEXT);
      INSERT INTO outbox (kind, key, ts) VALUES ('equity', CAST(NEW.ts AS TEXT), NEW.ts);
    END;
"""
"""Kind and key name the row, seq its place, ts when it was written (0 = unknown), ms UTC.

AUTOINCREMENT: the place of a delivered row must never be given again, or a row that changed
during a delivery would be taken for delivered.
"""
