"""The doctor's look at the exchange: key, environment, clock, instruments, account.

It reads with the key that a start would use, over connections of its own, and sends no order.
The account's checks are those that every start makes.
"""

from collections.abc import AsyncIterator
from typing import Final

from tai2.daemon.doctor.account import account_findings, instrument_findings
from tai2.daemon.doctor.finding import Finding, fail, ok, skipped, warn
from tai2.daemon.exchanges import OpenExchange
from tai2.model.errors import Tai2Error
from tai2.model.ids import InstId
from tai2.ports.clock import Clock
from tai2.ports.venue import AccountReader
from tai2.settings.sections import Settings

GOOD_OFFSET_MS: Final = 1_000
WORST_OFFSET_MS: Final = 2_000
"""Beyond it entries are vetoed; far beyond it the exchange refuses every signature."""


async def exchange_findings(
    exchange: OpenExchange | None, settings: Settings, clock: Clock
) -> AsyncIterator[Finding]:
    """Yield what the exchange tells; the first thing that can't be had ends it.

    Args:
        exchange: Opened for looking; None = the built-in one, which starts with the desk.
        settings: The options.
        clock: The machine's.
    """
    if exchange is None:
        yield skipped("exchange", "built in: it starts with the desk")
        return
    try:
        yield await clock_offset(exchange.venue, clock)
        listed = await exchange.feed.instruments([InstId(inst) for inst in settings.instruments])
        yield ok("instruments", ", ".join(instrument.inst_id for instrument in listed))
        for finding in instrument_findings(listed):
            yield finding
        if not exchange.has_key:
            yield skipped("account", "orders are filled on paper: no key is used")
            return
        config = await exchange.venue.config()
        for finding in account_findings(config, settings.okx.expected_uid):
            yield finding
    except Tai2Error as exc:
        yield fail("exchange", exc.message, exc.hint)


async def clock_offset(venue: AccountReader, clock: Clock) -> Finding:
    """Return how far the machine's clock is from the exchange's.

    Raises:
        VenueUnavailable: The exchange can't be asked.
    """
    offset_ms = await venue.server_time_ms() - clock.now_ms()
    seen = f"{offset_ms:+d} ms from the exchange's"
    cure = "Let the machine keep time: systemctl enable --now systemd-timesyncd"
    if abs(offset_ms) > WORST_OFFSET_MS:
        return fail("clock", seen, cure)
    return warn("clock", seen, cure) if abs(offset_ms) > GOOD_OFFSET_MS else ok("clock", seen)
