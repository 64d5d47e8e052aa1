"""The terms that trading relies upon: the account's settings and the instruments' units.

A service reads them every five minutes and the desk before each entry. What has changed since the
start halts trading; it must never set anything back, and what couldn't be read isn't known.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import structlog

from tai2.engine.accounts import Accounts
from tai2.engine.alarm import Alarm
from tai2.engine.market import InstrumentMarket
from tai2.engine.service import Pulse
from tai2.engine.venue_clock import VenueClock
from tai2.model.account import AccountConfig
from tai2.model.errors import DataInvalid, KeysRejected, UsageError, VenueUnavailable
from tai2.model.ids import InstId
from tai2.model.instrument import Instrument
from tai2.ports.feed import MarketFeed
from tai2.ports.venue import AccountReader

log = structlog.get_logger()

LOOK_S: Final = 300.0
BEAT_S: Final = 5.0
HALT_OFF_MS: Final = 10_000
"""A clock so far off isn't drifting: it was set wrong, or the machine slept."""
OLD_MS: Final = 900_000
"""An account that wasn't read for so long isn't known."""


class Audit:
    """Owner of what was agreed at the start and of what was last found."""

    def __init__(
        self,
        venue: AccountReader,
        feed: MarketFeed,
        accounts: Accounts,
        markets: Mapping[InstId, InstrumentMarket],
        alarm: Alarm,
        clock: VenueClock,
    ) -> None:
        self._venue = venue
        self._feed = feed
        self._accounts = accounts
        self._markets = markets
        self._alarm = alarm
        self._clock = clock
        self._agreed: AccountConfig | None = None
        """The settings at start: they must not change."""
        self._levers = dict(accounts.levers)
        """The leverage at start, per instrument."""
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
            KeysRejected: The exchange doesn't take the key.
        """
        await self._read(self._markets)
        for found in await self._listed():
            await self._compare_units(found)

    async def _listed(self) -> Sequence[Instrument]:
        """Read the instruments; one that the exchange no longer lists isn't traded any more."""
        try:
            return await self._feed.instruments(tuple(self._markets))
        except UsageError:
            found: list[Instrument] = []
        for inst_id, market in self._markets.items():
            try:
                found += await self._feed.instruments((inst_id,))
            except UsageError as exc:
                log.warning("instrument_gone", inst=inst_id, detail=exc.message)
                market.instrument = replace(market.instrument, is_live=False)
                self._meta_ms.pop(inst_id, None)
        return found

    async def check(self, inst_id: InstId) -> None:
        """Read the account's settings and an instrument's leverage, right before an entry.

        A question without an answer makes the leverage unknown, which the gate refuses.
        """
        try:
            await self._read((inst_id,))
        except (VenueUnavailable, DataInvalid, KeysRejected) as exc:
            await self._not_known(exc, (inst_id,))

    async def _read(self, inst_ids: Iterable[InstId]) -> None:
        off_ms = self._clock.off_ms()
        if off_ms is not None and abs(off_ms) > HALT_OFF_MS:
            await self._alarm.halt("clock", f"this machine's clock is {off_ms / 1000:.0f} s off")
        await self._compare_settings(await self._venue.config())
        for inst_id in inst_ids:
            await self._compare_lever(inst_id)

    async def _not_known(
        self, exc: VenueUnavailable | DataInvalid | KeysRejected, inst_ids: Iterable[InstId]
    ) -> None:
        for inst_id in inst_ids:
            self._accounts.levers.pop(inst_id, None)
        if isinstance(exc, KeysRejected):
            await self._alarm.halt("keys_rejected", exc.message)
        elif not self._is_down:
            log.warning("account_settings_unreadable", detail=exc.message)
        self._is_down = True

    async def _compare_settings(self, config: AccountConfig) -> None:
        agreed = self._agreed = self._agreed or config
        found = {
            code: words
            for is_wrong, code, words in (
                ("withdraw" in config.permissions, "key_may_withdraw", "the key may withdraw"),
                ("trade" not in config.permissions, "key_may_not_trade", "the key may not trade"),
                (
                    config.pos_mode is not agreed.pos_mode,
                    "position_mode",
                    f"the position mode is {config.pos_mode.value} now",
                ),
                (
                    (config.uid, config.account_level) != (agreed.uid, agreed.account_level),
                    "account_changed",
                    f"account {config.uid} level {config.account_level} isn't the one of the start",
                ),
            )
            if is_wrong
        }
        self._trouble = "; ".join(found.values())
        self._config_ms = self._clock.now_ms()
        for code, words in found.items():
            await self._alarm.halt(code, words)

    async def _compare_lever(self, inst_id: InstId) -> None:
        lever = await self._venue.leverage(inst_id)
        agreed = self._levers.setdefault(inst_id, lever)
        self._accounts.levers[inst_id] = lever
        if lever != agreed:
            await self._alarm.halt("leverage", f"{inst_id} has {lever}x, it had {agreed}x")

    async def _compare_units(self, found: Instrument) -> None:
        """Take an instrument's new record, unless its units changed: that needs a restart."""
        market = self._markets[found.inst_id]
        if found.units != market.instrument.units:
            self._meta_ms.pop(found.inst_id, None)
            text = f"{found.inst_id}: contract value or steps were changed; restart"
            await self._alarm.halt("instrument_changed", text)
            return
        market.instrument = found
        self._meta_ms[found.inst_id] = self._clock.now_ms()

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
        except (VenueUnavailable, DataInvalid, KeysRejected) as exc:
            await self._not_known(exc, self._markets)
