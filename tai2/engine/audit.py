"""Looks every few minutes whether the account and the instruments are still what they were.

The desk asks it before each entry. It must never change a setting at the exchange, and what it
couldn't read for long counts as not known.
"""

from collections.abc import Mapping
from typing import Final

import structlog

from tai2.engine.accounts import Accounts
from tai2.engine.control_book import ControlBook
from tai2.engine.market import InstrumentMarket
from tai2.engine.service import Pulse
from tai2.model.account import AccountConfig
from tai2.model.controls import TradingState
from tai2.model.errors import DataInvalid, VenueUnavailable
from tai2.model.ids import InstId
from tai2.model.instrument import Instrument
from tai2.ports.clock import Clock
from tai2.ports.feed import MarketFeed
from tai2.ports.venue import AccountReader

log = structlog.get_logger()

LOOK_S: Final = 300.0
BEAT_S: Final = 5.0
OLD_MS: Final = 900_000
"""An account that wasn't read for so long isn't known."""


class Audit:
    """Owner of what was last found."""

    def __init__(
        self,
        venue: AccountReader,
        feed: MarketFeed,
        accounts: Accounts,
        markets: Mapping[InstId, InstrumentMarket],
        controls: ControlBook,
        clock: Clock,
    ) -> None:
        self._venue = venue
        self._feed = feed
        self._accounts = accounts
        self._markets = markets
        self._controls = controls
        self._clock = clock
        self._first: AccountConfig | None = None
        """The settings at start: they must not change."""
        self._trouble = ""
        self._config_ms: int | None = None
        self._meta_ms: dict[InstId, int] = {}
        self._is_down = False

    def trouble(self) -> str | None:
        """Return what is wrong with the account's settings; None = not known."""
        read_ms = self._config_ms
        if read_ms is None or self._clock.now_ms() - read_ms > OLD_MS:
            return None
        return self._trouble

    def meta_age_ms(self, inst_id: InstId) -> int | None:
        """Return the age of an instrument's record; None = not read."""
        read_ms = self._meta_ms.get(inst_id)
        return None if read_ms is None else self._clock.now_ms() - read_ms

    async def look(self) -> None:
        """Read settings, leverage and instruments once and halt on what must not have changed.

        Raises:
            VenueUnavailable: Something couldn't be read; it ages.
        """
        await self._look_at(await self._venue.config())
        for inst_id in self._markets:
            self._accounts.levers[inst_id] = await self._venue.leverage(inst_id)
        for found in await self._feed.instruments(tuple(self._markets)):
            await self._compare(found)

    async def _look_at(self, config: AccountConfig) -> None:
        first = self._first = self._first or config
        found = [
            (config.pos_mode != first.pos_mode, "the position mode was changed"),
            (config.account_level != first.account_level, "the account level was changed"),
            (config.uid != first.uid, "the key belongs to another account now"),
            ("withdraw" in config.permissions, "the key may withdraw"),
            ("trade" not in config.permissions, "the key may not trade"),
        ]
        self._trouble = "; ".join(words for is_wrong, words in found if is_wrong)
        self._config_ms = self._clock.now_ms()
        if self._trouble:
            await self._halt(self._trouble)

    async def _compare(self, found: Instrument) -> None:
        """Take an instrument's new record, unless its units changed: that needs a restart."""
        market = self._markets[found.inst_id]
        if _units(found) != _units(market.instrument):
            self._meta_ms.pop(found.inst_id, None)
            await self._halt(f"{found.inst_id}: contract value or steps were changed; restart")
            return
        market.instrument = found
        self._meta_ms[found.inst_id] = self._clock.now_ms()

    async def _halt(self, words: str) -> None:
        if await self._controls.tighten(TradingState.HALTED, f"account_check: {words}", "guard"):
            log.error("account_check_failed", detail=words)

    async def run(self, pulse: Pulse) -> None:
        """Look until cancelled."""
        due_s = self._clock.monotonic_s() + LOOK_S
        while True:
            pulse.beat()
            await self._clock.sleep(BEAT_S)
            if self._clock.monotonic_s() >= due_s:
                await self._try()
                due_s = self._clock.monotonic_s() + LOOK_S

    async def _try(self) -> None:
        try:
            await self.look()
            self._is_down = False
        except (VenueUnavailable, DataInvalid) as exc:
            if not self._is_down:
                log.warning("account_check_postponed", detail=exc.message)
            self._is_down = True


def _units(instrument: Instrument) -> tuple[object, ...]:
    return (
        instrument.kind,
        instrument.ct_val,
        instrument.tick_sz,
        instrument.lot_sz,
        instrument.settle_ccy,
    )
