"""An exchange that comes back from its log is the exchange that died."""

import random
from decimal import Decimal
from pathlib import Path

import pytest

from tai2.model.errors import DataInvalid, JournalFailed
from tai2.sim.exchange.exchange import Exchange
from tai2.sim.log import FILE_NAME, EventLog
from tai2.sim.market.listings import BTC
from tests.builders.exchange import INST, START_MS, alone, guard, opened_exchange, quote, send


def traded(log: EventLog, seed: int) -> Exchange:
    """Return an exchange after some hundred random calls."""
    rng, exchange, px = random.Random(seed), opened_exchange(log=log), 100_000
    for count in range(300):
        px += rng.randint(-150, 150)
        quote(exchange, str(px), f"{px}.1", depth="20")
        exchange.set_index(INST, Decimal(px))
        side, lots = rng.choice(["buy", "sell"]), str(rng.randint(1, 9))
        ord_type = rng.choice(["market", "limit", "ioc"])
        limit = None if ord_type == "market" else str(px + rng.randint(-80, 80))
        sign = 1 if side == "buy" else -1
        stop = guard(str(px - sign * 400), str(px + sign * 700), name=f"s{count}")
        send(exchange, side, lots, limit, ord_type=ord_type, cl_ord_id=f"c{count}", stops=(stop,))
        if exchange.pending() and rng.random() < 0.3:
            exchange.cancel(INST, exchange.pending()[0].ord_id)
        exchange.advance(START_MS + count * 700)
    return exchange


def reopened(directory: Path) -> Exchange:
    return Exchange([BTC], seed=1, log=EventLog(directory))


@pytest.mark.parametrize("seed", range(4))
def test_restored_exchange_equals_the_one_before(tmp_path: Path, seed: int) -> None:
    log = EventLog(tmp_path)
    before = traded(log, seed)
    log.close()
    after = reopened(tmp_path)
    assert len(before.fills()) > 50
    assert after.fills() == before.fills()
    assert after.history() == before.history()
    assert after.pending() == before.pending()
    assert (after.algos(), after.algo_history()) == (before.algos(), before.algo_history())
    assert after.balance().cash_bal == before.balance().cash_bal
    assert [(one.pos, one.avg_px, one.pos_id) for one in after.positions()] == [
        (one.pos, one.avg_px, one.pos_id) for one in before.positions()
    ]


def test_ids_go_on_where_they_stopped(tmp_path: Path) -> None:
    log = EventLog(tmp_path)
    before = opened_exchange(log=log)
    old = send(before, "buy", "1", ord_type="market")
    old_trade = int(before.fills()[-1].trade_id)
    log.close()
    after = reopened(tmp_path)
    after.advance(START_MS + 1000)
    quote(after, "99999.9", "100000")
    after.set_index(INST, Decimal(100_000))
    new = send(after, "buy", "1", ord_type="market")
    assert int(new.ord_id) > int(old.ord_id)
    assert int(after.fills()[-1].trade_id) > old_trade


def test_restored_resting_order_still_fills_and_restored_stop_still_triggers(
    tmp_path: Path,
) -> None:
    log = EventLog(tmp_path)
    before = opened_exchange(log=log)
    send(before, "buy", "2", ord_type="market")
    before.place_algo(alone())
    send(before, "buy", "1", "99990")
    log.close()
    after = reopened(tmp_path)
    after.advance(START_MS + 1000)
    quote(after, "99989", "99989.5")
    assert after.positions()[0].pos == Decimal(3)
    after.set_index(INST, Decimal(96_000))
    assert after.positions() == []


def test_last_price_is_found_again(tmp_path: Path) -> None:
    log = EventLog(tmp_path)
    before = opened_exchange(log=log)
    before.print_trade(INST, "buy", Decimal("100123.4"), Decimal(1))
    before.advance(START_MS + 10_000)
    log.close()
    assert reopened(tmp_path).last_prices() == {INST: Decimal("100123.4")}


def test_leverage_and_dead_mans_switch_survive(tmp_path: Path) -> None:
    log = EventLog(tmp_path)
    before = opened_exchange(log=log)
    before.set_leverage(INST, Decimal(7))
    order = send(before, "buy", "1", "99000")
    due = before.cancel_all_after(30)
    log.close()
    after = reopened(tmp_path)
    after.advance(due)
    restored = after.order(INST, order.ord_id)
    assert after.lever(INST) == 7
    assert restored is not None
    assert restored.cancel_source == "20"


def test_torn_last_line_is_dropped(tmp_path: Path) -> None:
    log = EventLog(tmp_path)
    before = opened_exchange(log=log)
    send(before, "buy", "1", "99000")
    log.close()
    with (tmp_path / FILE_NAME).open("ab") as stream:
        stream.write(b'{"ts":17250031')
    after = reopened(tmp_path)
    assert len(after.pending()) == 1
    after.set_index(INST, Decimal(100_000))
    send(after, "buy", "1", "99000")
    assert all(line.startswith(b"{") for line in EventLog(tmp_path).lines())
    assert len(reopened(tmp_path).pending()) == 2


def test_foreign_line_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('{"hello": 1}\n')
    with pytest.raises(DataInvalid, match="log holds a line"):
        reopened(tmp_path)


def test_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(JournalFailed, match="can't be written"):
        EventLog(blocked / "below")
