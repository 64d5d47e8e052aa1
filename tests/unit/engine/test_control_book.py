"""Controls change by patch, persist before they count, and never loosen a ceiling."""

from decimal import Decimal

import pytest

from tai2.engine.bus import Bus
from tai2.engine.clock import StepClock
from tai2.engine.control_book import ControlBook
from tai2.model.controls import Controls, TradingState
from tai2.model.errors import Refused, Tai2Error, UsageError
from tai2.model.ids import InstId
from tai2.store.journal.database import MemoryDatabase
from tai2.store.journal.journal import SqliteJournal
from tests.builders import market as m


@pytest.fixture
def journal() -> SqliteJournal:
    return SqliteJournal(MemoryDatabase())


async def opened(journal: SqliteJournal, **ceilings: object) -> ControlBook:
    book = ControlBook(m.controls(**ceilings), m.limits(), journal, StepClock(m.NOW), Bus())
    await book.recover(keep_interval=True)
    return book


async def test_change_is_persisted_and_told_at_once(journal: SqliteJournal) -> None:
    book = await opened(journal)
    heard: list[Controls] = []
    book.listen(heard.append)
    changed = await book.change("interval", "7", "cli")
    assert (changed.version, changed.interval_s, changed.changed_by) == (2, 7, "cli")
    assert heard == [changed]
    assert await journal.latest_controls() == changed


async def test_halt_survives_a_restart_and_an_unknown_version(journal: SqliteJournal) -> None:
    book = await opened(journal)
    await book.set_state(TradingState.HALTED, "because", "cli")
    again = await opened(journal)
    assert again.current.trading_state is TradingState.HALTED
    assert again.current.state_reason == "because"


async def test_stale_version_is_refused(journal: SqliteJournal) -> None:
    book = await opened(journal)
    await book.change("interval", "7", "cli", expected_version=1)
    with pytest.raises(Refused, match="version 2"):
        await book.change("interval", "9", "cli", expected_version=1)
    assert book.current.interval_s == 7


async def test_looser_than_the_ceiling_is_refused(journal: SqliteJournal) -> None:
    book = await opened(journal)
    with pytest.raises(Refused, match="looser"):
        await book.change("max_order_notional", "100.01", "cli")
    tighter = await book.change("max_order_notional", "50", "cli")
    assert tighter.max_order_notional == 50


async def test_ceiling_that_shrank_since_binds_after_the_restart(journal: SqliteJournal) -> None:
    await opened(journal)
    again = await opened(journal, max_order_notional=Decimal(40))
    assert again.current.max_order_notional == 40


@pytest.mark.parametrize(
    ("key", "text"),
    [("interval", "0.5"), ("interval", "x"), ("interval", "1e3"), ("interval", "90000"),
     ("max_order_notional", "-1"), ("max_order_notional", ""), ("colour", "red")],
)  # fmt: skip
async def test_bad_change_is_one_clear_error_and_changes_nothing(
    journal: SqliteJournal, key: str, text: str
) -> None:
    book = await opened(journal)
    with pytest.raises(UsageError) as caught:
        await book.change(key, text, "cli")
    assert isinstance(caught.value, Tai2Error)
    assert book.current.version == 1


async def test_start_with_another_interval_wins_over_the_stored_one(
    journal: SqliteJournal,
) -> None:
    first = await opened(journal)
    await first.change("interval", "7", "cli")
    book = ControlBook(
        m.controls(interval_s=Decimal(30)), m.limits(), journal, StepClock(m.NOW), Bus()
    )
    await book.recover(keep_interval=False)
    assert book.current.interval_s == 30


async def test_entries_name_value_source_and_default(journal: SqliteJournal) -> None:
    book = await opened(journal)
    await book.change("interval", "7", "cli")
    shown = {entry.key: (entry.current, entry.source, entry.default) for entry in book.entries()}
    assert shown["interval"] == ("7", "cli", "5")
    assert shown["max_order_notional"] == ("100", "settings", "100")


BTC, ETH = InstId("BTC-USDT-SWAP"), InstId("ETH-USDT-SWAP")


async def test_an_excluded_instrument_stays_out_after_a_restart(journal: SqliteJournal) -> None:
    book = await opened(journal, instruments=(BTC, ETH))
    await book.change("instruments", "ETH-USDT-SWAP", "cli")
    again = await opened(journal, instruments=(BTC, ETH))
    assert (again.current.instruments, again.current.excluded) == ((ETH,), (BTC,))


async def test_an_instrument_that_the_settings_add_is_traded(journal: SqliteJournal) -> None:
    await opened(journal, instruments=(BTC,))
    again = await opened(journal, instruments=(BTC, ETH))
    assert again.current.instruments == (BTC, ETH)


@pytest.mark.parametrize("text", ["SOL-USDT-SWAP", "", " , "])
async def test_only_followed_instruments_may_stay(journal: SqliteJournal, text: str) -> None:
    book = await opened(journal, instruments=(BTC, ETH))
    with pytest.raises(Tai2Error):
        await book.change("instruments", text, "cli")
    assert book.current.instruments == (BTC, ETH)


async def test_every_control_says_its_range_and_what_a_change_does(
    journal: SqliteJournal,
) -> None:
    book = await opened(journal)
    assert all(entry.span and entry.effect for entry in book.entries())
