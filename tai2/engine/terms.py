"""The settings of the account that trading relies upon: read again and again, never changed.

A service checks them every five minutes and a cycle before its entry. Whatever has changed
since the start halts trading; it must never set anything back.
"""

from collections.abc import Sequence
from typing import Final

import structlog

from tai2.engine.accounts import Accounts
from tai2.engine.alarm import Alarm
from tai2.engine.service import Pulse
from tai2.model.account import AccountConfig, PosMode
from tai2.model.errors import DataInvalid, KeysRejected, VenueUnavailable
from tai2.model.ids import InstId
from tai2.ports.clock import Clock
from tai2.ports.venue import AccountReader

log = structlog.get_logger()

CHECK_S: Final = 300.0
TICK_S: Final = 5.0


class Terms:
    """Compares the account with what it was at the start."""

    def __init__(
        self,
        venue: AccountReader,
        accounts: Accounts,
        alarm: Alarm,
        clock: Clock,
        inst_ids: Sequence[InstId],
    ) -> None:
        self._venue = venue
        self._accounts = accounts
        self._alarm = alarm
        self._clock = clock
        self._inst_ids = tuple(inst_ids)
        self._agreed: AccountConfig | None = None
        self._levers = dict(accounts.levers)

    async def run(self, pulse: Pulse) -> None:
        """Check until cancelled."""
        checked_s = self._clock.monotonic_s() - CHECK_S
        while True:
            pulse.beat()
            if self._clock.monotonic_s() - checked_s >= CHECK_S:
                checked_s = self._clock.monotonic_s()
                await self.check(self._inst_ids)
            await self._clock.sleep(TICK_S)

    async def check(self, inst_ids: Sequence[InstId]) -> None:
        """Read the account's settings and the leverage of instruments; halt on a change.

        A question without an answer makes the leverage unknown, which the gate refuses.
        """
        try:
            await self._compare(await self._venue.config())
            for inst_id in inst_ids:
                await self._compare_lever(inst_id)
        except KeysRejected as exc:
            await self._alarm.halt("keys_rejected", exc.message)
            self._forget(inst_ids)
        except (VenueUnavailable, DataInvalid) as exc:
            log.warning("account_settings_unreadable", detail=exc.message)
            self._forget(inst_ids)

    def _forget(self, inst_ids: Sequence[InstId]) -> None:
        for inst_id in inst_ids:
            self._accounts.levers.pop(inst_id, None)

    async def _compare(self, config: AccountConfig) -> None:
        agreed = self._agreed = self._agreed or config
        if "withdraw" in config.permissions:
            await self._alarm.halt("key_may_withdraw", "the API key has got the right to withdraw")
        if "trade" not in config.permissions:
            await self._alarm.halt("key_may_not_trade", "the API key has lost the right to trade")
        if config.pos_mode is not PosMode.NET or config.pos_mode is not agreed.pos_mode:
            await self._alarm.halt("position_mode", f"it is {config.pos_mode.value} now")
        if (config.uid, config.account_level) != (agreed.uid, agreed.account_level):
            text = f"account {config.uid} level {config.account_level}"
            await self._alarm.halt("account_changed", f"{text} is not the one of the start")

    async def _compare_lever(self, inst_id: InstId) -> None:
        lever = await self._venue.leverage(inst_id)
        agreed = self._levers.setdefault(inst_id, lever)
        self._accounts.levers[inst_id] = lever
        if lever != agreed:
            await self._alarm.halt("leverage", f"{inst_id} has {lever}x, it had {agreed}x")
