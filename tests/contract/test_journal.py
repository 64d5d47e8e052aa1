"""One suite for every journal: on disk and in memory they must mean the same."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tai2.model.controls import TradingState
from tai2.model.decision import Reply, ReplyFailed, SentPrompt
from tai2.model.errors import JournalFailed, StartRefused
from tai2.model.ids import AlgoClOrdId, ClOrdId, DecisionId
from tai2.model.instrument import Side
from tai2.model.money import Contracts, QuoteAmt
from tai2.model.order import Leg, Order, OrderState, StopIntent
from tai2.model.spend import Purpose, Reservation
from tai2.model.stop import StopRecord
from tai2.ports.history import TradeQuery, mark_of_trade
from tai2.store.journal.database import Database, FileDatabase, MemoryDatabase
from tai2.store.journal.history import SqliteHistory
from tai2.store.journal.journal import SqliteJournal
from tai2.store.journal.scores import SqliteScores
from tai2.store.journal.spending import SqliteSpending
from tests.builders import market as m
from tests.builders.orders import STOP, intent
from tests.builders.trades import cycle, fill, trade

MAKERS: dict[str, Callable[[Path], Database]] = {
    "file": lambda path: FileDatabase(path / "journal.sqlite"),
    "memory": lambda _path: MemoryDatabase(),
}


@pytest.fixture(params=MAKERS, ids=list(MAKERS))
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    made = MAKERS[request.param](tmp_path)
    yield made
    await made.close()


@pytest.fixture
def journal(database: Database) -> SqliteJournal:
    return SqliteJournal(database)


@pytest.fixture
def history(database: Database) -> SqliteHistory:
    return SqliteHistory(database)


async def test_order_comes_back_as_it_was_saved(journal: SqliteJournal) -> None:
    order = Order(intent=intent(), state=OrderState.SENDING, sent_ms=5, exp_ms=9)
    await journal.save_order(order)
    assert await journal.find_order(order.intent.cl_ord_id) == order
    assert await journal.open_orders() == (order,)


async def test_terminal_order_is_no_longer_open_but_found(journal: SqliteJournal) -> None:
    order = Order(intent=intent(), state=OrderState.INTENT)
    await journal.save_order(order)
    done = replace(order, state=OrderState.FILLED, acc_fill=order.intent.contracts)
    await journal.save_order(done)
    assert await journal.open_orders() == ()
    assert await journal.find_order(order.intent.cl_ord_id) == done
    assert await journal.last_entry(m.INST) == done
    assert await journal.find_protected(STOP.algo_cl_ord_id) == done


async def test_entry_without_a_fill_is_not_the_last_entry(journal: SqliteJournal) -> None:
    await journal.save_order(Order(intent=intent(), state=OrderState.CANCELED))
    assert await journal.last_entry(m.INST) is None


async def test_second_entry_of_one_decision_is_impossible(journal: SqliteJournal) -> None:
    await journal.save_order(Order(intent=intent(), state=OrderState.INTENT))
    other_stop = replace(STOP, algo_cl_ord_id=type(STOP.algo_cl_ord_id)("s2other"))
    again = intent(cl_ord_id=ClOrdId("t2other"), stop=other_stop)
    with pytest.raises(JournalFailed):
        await journal.save_order(Order(intent=again, state=OrderState.INTENT))


async def test_stop_is_kept_with_its_entry_and_gets_its_outcome(journal: SqliteJournal) -> None:
    sent = StopRecord(intent=stand_alone(), entry=ClOrdId("t2entry"), created_ms=m.NOW)
    await journal.save_stop(sent)
    assert await journal.find_stop(sent.intent.algo_cl_ord_id) == sent
    answered = replace(sent, outcome="accepted", detail="77")
    await journal.save_stop(answered)
    assert await journal.find_stop(sent.intent.algo_cl_ord_id) == answered
    assert await journal.find_stop(STOP.algo_cl_ord_id) is None


def stand_alone() -> StopIntent:
    return StopIntent(
        algo_cl_ord_id=AlgoClOrdId("s2alone"),
        inst_id=m.INST,
        side=Side.SELL,
        contracts=intent().contracts,
        stop_px=STOP.stop_px,
        target_px=None,
    )


async def test_same_fill_is_stored_once(journal: SqliteJournal, history: SqliteHistory) -> None:
    assert await journal.save_fill(fill(), trade()) is True
    assert await journal.save_fill(fill(), trade()) is False
    assert len(await history.trades(TradeQuery())) == 1
    assert await journal.last_fill_ms() == fill().ts_event


async def test_trades_page_backwards_without_overlap_or_gap(
    journal: SqliteJournal, history: SqliteHistory
) -> None:
    for number in range(7):
        await journal.save_fill(fill(number), trade(number))
    seen = []
    query = TradeQuery(limit=3)
    while page := await history.trades(query):
        seen += [row.fill_id for row in page]
        query = replace(query, after=mark_of_trade(page[-1], query.sort))
    assert seen == [fill(number).fill_id for number in reversed(range(7))]


async def test_totals_ignore_the_page_and_keep_exact_decimals(
    journal: SqliteJournal, history: SqliteHistory
) -> None:
    for number in range(3):
        await journal.save_fill(fill(number), trade(number))
    totals = await history.totals(TradeQuery(limit=1))
    assert totals.fills == 3
    assert totals.fees == Decimal("-0.15")
    assert (await history.totals(TradeQuery(side="sell"))).fills == 0


async def test_reply_and_its_justification_are_kept(
    journal: SqliteJournal, history: SqliteHistory
) -> None:
    reply = Reply(text='{"a":1}', reasoner="rules-v1", latency_ms=3, cost_usd=Decimal(0))
    await journal.save_reply(DecisionId("D1"), reply, m.decision())
    assert await history.reply_text(DecisionId("D1")) == '{"a":1}'
    assert await journal.justification(DecisionId("D1")) == ("because", "rules-v1")
    assert await journal.justification(DecisionId("D2")) == ("", "")


async def test_failed_reply_is_kept_with_its_code(
    journal: SqliteJournal, history: SqliteHistory
) -> None:
    failed = ReplyFailed(
        code="LLM_TIMEOUT", detail="45 s", reasoner="x", latency_ms=1, cost_usd=Decimal(0)
    )
    await journal.save_reply(DecisionId("D3"), failed, None)
    assert await history.reply_text(DecisionId("D3")) == "LLM_TIMEOUT: 45 s"


async def test_funnel_counts_add_up_to_the_cycles(
    journal: SqliteJournal, history: SqliteHistory
) -> None:
    outcomes = [("stale", "STALE_DATA"), ("hold", "NO_EDGE"), ("hold", "NO_EDGE"),
                ("hold", "POSITION_OK"), ("refused", "SPREAD"), ("no_decision", "LLM_TIMEOUT"),
                ("sent", "ACCEPTED"), ("not_sent", "HALTED")]  # fmt: skip
    for number, (outcome, reason) in enumerate(outcomes):
        await journal.save_cycle(cycle(number, outcome, reason))
    await journal.save_fill(fill(), trade(cl_ord_id=cycle(6, "sent", "").cl_ord_id))
    funnel = await history.funnel(0, m.NOW * 2, None)
    assert funnel.held == (("NO_EDGE", 2), ("POSITION_OK", 1))
    parts = [funnel.stale, funnel.sent, funnel.not_sent]
    parts += [n for group in (funnel.held, funnel.refused, funnel.no_decision) for _, n in group]
    assert sum(parts) == funnel.cycles == len(outcomes)
    assert funnel.filled == 1


async def test_funnel_counts_only_its_window_and_instrument(
    journal: SqliteJournal, history: SqliteHistory
) -> None:
    await journal.save_cycle(cycle(0, "hold", "NO_EDGE"))
    assert (await history.funnel(m.NOW + 1, m.NOW * 2, None)).cycles == 0
    assert (await history.funnel(0, m.NOW * 2, type(m.INST)("ETH-USDT-SWAP"))).cycles == 0


async def test_newest_controls_win(journal: SqliteJournal) -> None:
    assert await journal.latest_controls() is None
    await journal.save_controls(m.controls())
    halted = m.controls(version=2, trading_state=TradingState.HALTED)
    await journal.save_controls(halted)
    assert await journal.latest_controls() == halted


async def test_equity_of_the_morning_is_found(
    journal: SqliteJournal, history: SqliteHistory
) -> None:
    for ts, equity in ((10, "1"), (20, "2.50"), (30, "3")):
        await journal.save_equity(ts, QuoteAmt(Decimal(equity)), QuoteAmt(Decimal(0)))
    assert await history.equity_at(15) == Decimal("2.50")
    assert await history.equity_at(31) is None


async def test_partial_order_survives_reopening_the_file(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    order = replace(
        Order(intent=intent(leg=Leg.ENTRY), state=OrderState.PARTIAL),
        acc_fill=Contracts(Decimal("0.04")),
    )
    first = FileDatabase(path)
    await SqliteJournal(first).save_order(order)
    await first.close()
    second = FileDatabase(path)
    assert await SqliteJournal(second).open_orders() == (order,)
    await second.close()


async def test_damaged_file_refuses_the_start(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"this is no database, but long enough to be read as one " * 40)
    with pytest.raises(StartRefused, match="not a database"):
        FileDatabase(path)


async def test_journal_of_a_newer_version_refuses_the_start(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    first = FileDatabase(path)
    await first.run(lambda connection: connection.execute("PRAGMA user_version = 99").close())
    await first.close()
    with pytest.raises(StartRefused, match="schema 99"):
        FileDatabase(path)


async def test_scores_group_by_reasoner_and_prompt(database: Database) -> None:
    journal, prompt = SqliteJournal(database), SentPrompt(prompt_hash="p1", system="s", user="u")
    for number, (outcome, latency) in enumerate([("hold", 5), ("sent", 10), ("refused", 900)]):
        reply = Reply(
            text="{}", reasoner="m", latency_ms=latency, cost_usd=Decimal("0.01"), prompt=prompt
        )
        await journal.save_reply(DecisionId(f"D{number}"), reply, m.decision())
        await journal.save_cycle(cycle(number, outcome, "X"))
    (score,) = await SqliteScores(database).scores(0)
    assert (score.reasoner, score.prompt_hash, score.replies) == ("m", "p1", 3)
    assert (score.held, score.sent, score.refused, score.failed) == (1, 1, 1, 0)
    assert (score.cost_usd, score.latency_p50_ms, score.latency_p95_ms) == (
        Decimal("0.03"),
        10,
        900,
    )
    assert score.calibration.brier is None


async def test_unsettled_spending_counts_in_full_and_settles_once(database: Database) -> None:
    ledger = SqliteSpending(database)
    first = await ledger.reserve(reservation(10, "0.20"))
    await ledger.reserve(reservation(20, "0.05"))
    assert await ledger.spent_usd(0, 100) == Decimal("0.25")
    await ledger.settle(first, Decimal("0.013"))
    await ledger.settle(first, Decimal("0.9"))
    assert await ledger.spent_usd(0, 100) == Decimal("0.063")
    assert await ledger.spent_usd(0, 20) == Decimal("0.013")
    assert await ledger.spent_usd(0, 100, Purpose.ASK) == 0


def reservation(ts: int, worst: str) -> Reservation:
    return Reservation(ts=ts, purpose=Purpose.DECIDE, model="m", worst_usd=Decimal(worst))
