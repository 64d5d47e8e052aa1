"""One suite for every history: SQLite on disk, in memory, and PostgreSQL behind the outbox."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tai2.engine.clock import StepClock
from tai2.model.decision import Reply
from tai2.model.errors import HistoryUnavailable
from tai2.model.ids import DecisionId, InstId
from tai2.model.instrument import Side
from tai2.model.money import QuoteAmt
from tai2.ports.history import Mark, TradeQuery, mark_of_trade
from tai2.store.journal.database import FileDatabase
from tai2.store.journal.journal import SqliteJournal
from tai2.store.postgres.database import PgDatabase
from tai2.store.postgres.history import PgHistory
from tai2.store.postgres.outbox import Outbox
from tests.builders import market as m
from tests.builders.trades import cycle, fill, trade
from tests.contract.pasts import KINDS, Past, open_past
from tests.fakes.postgres_server import PostgresServer
from tests.fakes.relay import Relay

ETH = InstId("ETH-USDT-SWAP")
DAY = 86_400_000


@pytest.fixture(params=KINDS)
async def past(
    request: pytest.FixtureRequest, tmp_path: Path, pg: PgDatabase
) -> AsyncIterator[Past]:
    async with open_past(request.param, tmp_path, pg) as made:
        yield made


async def test_trade_comes_back_equal_to_the_last_digit(past: Past) -> None:
    made = trade(
        7,
        price=Decimal("100000.10"),
        amount=Decimal("0.000000000000000001"),
        pnl=Decimal("-12.340"),
        notional=Decimal("123456789012345678901234.5"),
        llm_reasoning="because ✓ of \"quotes\", 'ticks'\nand lines",
        cl_ord_id=None,
        decision_id=None,
        lag_ms=250,
    )
    await past.journal.save_fill(fill(7), made)
    (found,) = await (await past.settle()).trades(TradeQuery())
    assert found == made
    assert str(found.price) == "100000.10"


async def test_trades_page_backwards_without_overlap_or_gap(past: Past) -> None:
    for number in range(7):
        await past.journal.save_fill(fill(number), trade(number))
    history, seen = await past.settle(), []
    query = TradeQuery(limit=3)
    while page := await history.trades(query):
        seen += [row.fill_id for row in page]
        query = replace(query, after=mark_of_trade(page[-1], query.sort))
    assert seen == [fill(number).fill_id for number in reversed(range(7))]


async def test_fills_of_one_instant_are_paged_in_one_order(past: Past) -> None:
    names = ["a:1:1", "B:1:1", "B:10:1", "B-1:1", "é:1:1", "b:1:1", "B:2:1"]
    for number, name in enumerate(names):
        made = replace(fill(number), ts_event=m.NOW)
        row = trade(number, fill_id=made.fill_id, timestamp_ms=m.NOW, llm_reasoning=name)
        await past.journal.save_fill(made, row)
    history, seen = await past.settle(), []
    query = TradeQuery(limit=2)
    while page := await history.trades(query):
        seen += [row.fill_id for row in page]
        query = replace(query, after=mark_of_trade(page[-1], query.sort))
    assert seen == sorted((fill(n).fill_id for n in range(len(names))), reverse=True)


async def test_trades_are_filtered_by_time_symbol_and_side(past: Past) -> None:
    await past.journal.save_fill(fill(1), trade(1))
    await past.journal.save_fill(fill(2), trade(2, symbol=ETH))
    await past.journal.save_fill(fill(3), trade(3, side=Side.SELL))
    history = await past.settle()

    async def numbers(query: TradeQuery) -> list[int]:
        return [row.timestamp_ms - m.NOW for row in await history.trades(query)]

    assert await numbers(TradeQuery(since_ms=m.NOW + 2)) == [3, 2]
    assert await numbers(TradeQuery(until_ms=m.NOW + 2)) == [1]
    assert await numbers(TradeQuery(symbol=ETH)) == [2]
    assert await numbers(TradeQuery(side="sell")) == [3]
    assert await numbers(TradeQuery(side="buy", symbol=m.INST, limit=1)) == [1]
    assert (await history.totals(TradeQuery(side="buy"))).fills == 2


async def test_totals_ignore_the_page_and_keep_exact_decimals(past: Past) -> None:
    for number in range(3):
        await past.journal.save_fill(fill(number), trade(number))
    after = Mark(key=Decimal(fill(1).ts_event), ts=fill(1).ts_event, row_id=fill(1).fill_id)
    totals = await (await past.settle()).totals(TradeQuery(limit=1, after=after))
    assert (totals.fills, totals.fees, totals.notional) == (3, Decimal("-0.15"), 300)
    assert (await past.history.totals(TradeQuery(side="sell"))).fees == 0


async def test_cycles_come_back_newest_first(past: Past) -> None:
    made = [replace(cycle(n, "refused", "SPREAD"), ts=m.NOW + n) for n in range(3)]
    for record in made:
        await past.journal.save_cycle(record)
    history = await past.settle()
    assert await history.cycles(limit=2, inst_id=None) == (made[2], made[1])
    assert await history.cycles(limit=2, inst_id=ETH) == ()


async def test_reply_is_found_by_its_decision(past: Past) -> None:
    reply = Reply(text='{"a":1}', reasoner="rules-v1", latency_ms=3, cost_usd=Decimal("0.01"))
    await past.journal.save_reply(DecisionId("D1"), reply, m.decision())
    history = await past.settle()
    assert await history.reply_text(DecisionId("D1")) == '{"a":1}'
    assert await history.reply_text(DecisionId("D2")) is None


async def test_funnel_counts_add_up_to_the_cycles(past: Past) -> None:
    outcomes = [("stale", "STALE_DATA"), ("hold", "NO_EDGE"), ("hold", "NO_EDGE"),
                ("hold", "POSITION_OK"), ("refused", "SPREAD"), ("no_decision", "LLM_TIMEOUT"),
                ("sent", "ACCEPTED"), ("not_sent", "HALTED"), ("unknown", "TIMEOUT")]  # fmt: skip
    for number, (outcome, reason) in enumerate(outcomes):
        await past.journal.save_cycle(cycle(number, outcome, reason))
    for number in range(3):
        sent = cycle(6, "sent", "").cl_ord_id
        await past.journal.save_fill(fill(number), trade(number, cl_ord_id=sent))
    funnel = await (await past.settle()).funnel(0, m.NOW * 2, None)
    assert funnel.held == (("NO_EDGE", 2), ("POSITION_OK", 1))
    parts = [funnel.stale, funnel.sent, funnel.not_sent]
    parts += [n for group in (funnel.held, funnel.refused, funnel.no_decision) for _, n in group]
    assert sum(parts) == funnel.cycles == len(outcomes)
    assert (funnel.sent, funnel.filled) == (2, 1)


async def test_funnel_orders_equal_counts_alike(past: Past) -> None:
    for number, reason in enumerate(["b_A", "B_A", "bA", "a_Z"]):
        await past.journal.save_cycle(cycle(number, "hold", reason))
    funnel = await (await past.settle()).funnel(0, m.NOW * 2, None)
    assert [reason for reason, _ in funnel.held] == ["B_A", "a_Z", "bA", "b_A"]


async def test_funnel_counts_only_its_window_and_instrument(past: Past) -> None:
    await past.journal.save_cycle(cycle(0, "hold", "NO_EDGE"))
    history = await past.settle()
    assert (await history.funnel(m.NOW + 1, m.NOW * 2, None)).cycles == 0
    assert (await history.funnel(0, m.NOW * 2, ETH)).cycles == 0
    assert (await history.funnel(m.NOW, m.NOW + 1, m.INST)).cycles == 1


async def test_equity_of_the_morning_is_found(past: Past) -> None:
    for ts, equity in ((10, "1"), (20, "2.50"), (30, "3")):
        await past.journal.save_equity(ts, QuoteAmt(Decimal(equity)), QuoteAmt(Decimal(0)))
    history = await past.settle()
    assert await history.equity_at(15) == Decimal("2.50")
    assert await history.equity_at(31) is None


async def test_equity_curve_gives_the_close_of_each_day(past: Past) -> None:
    for ts, equity in ((1, "1"), (DAY - 1, "2"), (DAY, "3"), (3 * DAY + 5, "4"), (4 * DAY, "5")):
        await past.journal.save_equity(ts, QuoteAmt(Decimal(equity)), QuoteAmt(Decimal("-0.5")))
    curve = await (await past.settle()).equity_curve(0, 4 * DAY, DAY)
    assert [(point.ts, point.equity) for point in curve] == [
        (DAY - 1, 2),
        (DAY, 3),
        (3 * DAY + 5, 4),
    ]
    assert curve[0].upnl == Decimal("-0.5")


async def test_a_point_of_equity_that_is_written_again_is_replaced(past: Past) -> None:
    for equity in ("1", "2"):
        await past.journal.save_equity(10, QuoteAmt(Decimal(equity)), QuoteAmt(Decimal(0)))
        history = await past.settle()
    assert await history.equity_at(0) == 2


async def test_empty_past_is_empty(past: Past) -> None:
    history = await past.settle()
    assert await history.trades(TradeQuery()) == ()
    assert (await history.totals(TradeQuery())).fills == 0
    assert await history.equity_curve(0, 4 * DAY, DAY) == ()
    assert (await history.funnel(0, DAY, None)).cycles == 0


async def test_desks_that_share_a_database_do_not_mix(pg: PgDatabase, tmp_path: Path) -> None:
    for instance in ("one", "two"):
        database = FileDatabase(tmp_path / instance)
        await SqliteJournal(database).save_fill(fill(), trade(llm_reasoning=instance))
        await Outbox(database, pg, StepClock(m.NOW), instance=instance).deliver()
        await database.close()
    (found,) = await PgHistory(pg, instance="two").trades(TradeQuery())
    assert found.llm_reasoning == "two"


async def test_history_without_a_server_says_that_nothing_is_lost() -> None:
    history = PgHistory(PgDatabase("postgresql://u:s3cret@127.0.0.1:1/x"), instance="main")
    with pytest.raises(HistoryUnavailable) as caught:
        await history.trades(TradeQuery())
    assert "s3cret" not in caught.value.message
    assert "journal keeps" in caught.value.hint


async def test_history_survives_a_line_that_died_in_the_pool(
    own_pg: PostgresServer, pg_name: str, pg: PgDatabase
) -> None:
    async with Relay(own_pg.upstream).listening() as relay:
        far = PgDatabase(own_pg.dsn(pg_name, relay.port))
        history = PgHistory(far, instance="main")
        assert await history.trades(TradeQuery()) == ()
        relay.cut_after = b"executed_trades"
        with pytest.raises(HistoryUnavailable):
            await history.totals(TradeQuery())
        relay.cut_after = None
        relay.cut()
        assert await history.trades(TradeQuery()) == ()
        await far.close()
