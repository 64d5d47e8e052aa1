"""The operator's controls: one current version, changed by patch, persisted before it counts.

Socket handlers and guards change it, every loop reads the frozen current value.
A change that is looser than the settings' ceilings must be refused; halt needs no version.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

import structlog

from tai2.engine.bus import Bus
from tai2.engine.control_keys import effect, included, patched, span, texts
from tai2.engine.control_limits import limit_span, limit_texts, tightened
from tai2.failpoint import reach
from tai2.model.controls import Controls, TradingState
from tai2.model.errors import Refused, UsageError
from tai2.model.events import ControlsChanged
from tai2.model.ids import InstId
from tai2.model.limits import Limits
from tai2.model.money import QuoteAmt
from tai2.ports.clock import Clock
from tai2.ports.journal import ControlJournal
from tai2.risk.tighter import KNOBS, in_force

log = structlog.get_logger()

MACHINES: Final = ("guard", "engine")
"""Actors that may only tighten."""

Listener = Callable[[Controls], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlEntry:
    """One control as shown by `tai2 config get`."""

    key: str
    current: str
    source: str
    """default, settings, or who changed it."""
    default: str
    span: str
    """What it accepts, in words."""
    effect: str
    """What a change does."""


class ControlBook:
    """Owner of the current controls."""

    def __init__(
        self,
        ceilings: Controls,
        limits: Limits,
        journal: ControlJournal,
        clock: Clock,
        bus: Bus,
    ) -> None:
        """ceilings, limits: what the settings give; nothing can be looser than theirs."""
        self._ceilings = ceilings
        self._limit_ceilings = limits
        self._journal = journal
        self._clock = clock
        self._bus = bus
        self._lock = asyncio.Lock()
        self._listeners: list[Listener] = []
        self.current = ceilings

    @property
    def limits(self) -> Limits:
        """The limits in force: the settings', tightened by the controls."""
        return in_force(self._limit_ceilings, self.current)

    def listen(self, listener: Listener) -> None:
        """Call listener with every later version, synchronously."""
        self._listeners.append(listener)

    async def recover(self, *, keep_interval: bool) -> None:
        """Load the last version; a latched state survives, ceilings that shrank bind.

        Args:
            keep_interval: False when this start names another interval: it wins.
        """
        stored = await self._journal.latest_controls()
        if stored is None:
            await self._journal.save_controls(self.current)
            return
        ceilings = self._ceilings
        self.current = replace(
            stored,
            instruments=included(ceilings.instruments, stored.excluded),
            interval_s=stored.interval_s if keep_interval else ceilings.interval_s,
            max_order_notional=min(stored.max_order_notional, ceilings.max_order_notional),
            max_position_notional=min(stored.max_position_notional, ceilings.max_position_notional),
        )

    async def change(
        self, key: str, text: str, actor: str, expected_version: int | None = None
    ) -> Controls:
        """Change one control.

        Raises:
            UsageError: The key is unknown or the text malformed.
            Refused: Looser than the ceiling, or another version than expected is current.
        """
        async with self._lock:
            if expected_version not in (None, self.current.version):
                raise Refused(
                    f"the controls are at version {self.current.version}, not {expected_version}",
                    "Read them again with: tai2 config get",
                )
            if key in KNOBS:
                wanted = tightened(self.current, self._limit_ceilings, key, text)
            else:
                wanted = patched(self.current, self._ceilings, key, text)
            return await self._commit(wanted, actor)

    async def revert_prompt(self, version: int, actor: str) -> Controls:
        """Take system prompt and strategy of an earlier version, as a new version.

        Raises:
            UsageError: That version isn't in the journal.
        """
        async with self._lock:
            found = await self._journal.controls_at(version)
            if found is None:
                raise UsageError(f"no version {version}", "List them: tai2 prompt versions")
            wanted = replace(
                self.current, system_prompt=found.system_prompt, strategy=found.strategy
            )
            return await self._commit(wanted, actor)

    async def set_ignored(self, inst_id: InstId, actor: str, *, is_ignored: bool) -> Controls:
        """Remember that a person knows of somebody else's position, or that they don't any more."""
        async with self._lock:
            others = tuple(one for one in self.current.ignored if one != inst_id)
            ignored = (*others, inst_id) if is_ignored else others
            log.info("foreign_ignored", inst=inst_id, is_ignored=is_ignored, actor=actor)
            return await self._commit(replace(self.current, ignored=ignored), actor)

    async def set_state(self, state: TradingState, reason: str, actor: str) -> Controls:
        """Latch a trading state; valid whatever the version.

        Raises:
            Refused: A part of the engine tries to loosen: only a person may.
        """
        async with self._lock:
            if actor in MACHINES and self.current.trading_state.is_tighter_than(state):
                raise Refused(
                    f"{actor} can't set {state.value}", "Only a person lets trading go on."
                )
            log.info("trading_state_set", state=state.value, reason=reason, actor=actor)
            latched = replace(self.current, trading_state=state, state_reason=reason)
            controls = await self._commit(latched, actor)
            reach("latch_written")
            return controls

    async def tighten(self, state: TradingState, reason: str, actor: str) -> bool:
        """Latch a state that allows less than the one in force; False = it was as tight already.

        Whatever latched first keeps its reason.
        """
        if not state.is_tighter_than(self.current.trading_state):
            return False
        await self.set_state(state, reason, actor)
        return True

    async def _commit(self, wanted: Controls, actor: str) -> Controls:
        controls = replace(
            wanted,
            version=self.current.version + 1,
            changed_ms=self._clock.now_ms(),
            changed_by=actor,
        )
        await self._journal.save_controls(controls)
        self.current = controls
        for listener in self._listeners:
            listener(controls)
        self._bus.publish(ControlsChanged(controls=controls))
        return controls

    def entries(self) -> tuple[ControlEntry, ...]:
        """Return every control with its current value, source and default."""
        current, ceilings = texts(self.current), texts(self._ceilings)
        return tuple(
            ControlEntry(
                key=key,
                current=text,
                source="settings" if text == ceilings[key] else self.current.changed_by,
                default=ceilings[key],
                span=span(key, self._ceilings),
                effect=effect(key),
            )
            for key, text in current.items()
        ) + tuple(self._limit_entries())

    def _limit_entries(self) -> Iterator[ControlEntry]:
        ceilings = self._limit_ceilings
        defaults = limit_texts(ceilings, self._ceilings)
        for key, text in limit_texts(ceilings, self.current).items():
            yield ControlEntry(
                key=key,
                current=text,
                source="settings" if text == defaults[key] else self.current.changed_by,
                default=defaults[key],
                span=limit_span(key, ceilings),
                effect="judged by from the next decision on",
            )


def initial_controls(
    *,
    interval_s: Decimal,
    instruments: tuple[InstId, ...],
    max_order_notional: QuoteAmt,
    max_position_notional: QuoteAmt,
    now_ms: int,
) -> Controls:
    """Return the controls that the settings give: version 1, active."""
    return Controls(
        version=1,
        interval_s=interval_s,
        instruments=instruments,
        trading_state=TradingState.ACTIVE,
        state_reason="",
        max_order_notional=max_order_notional,
        max_position_notional=max_position_notional,
        changed_ms=now_ms,
        changed_by="settings",
    )
