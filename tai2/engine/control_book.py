"""The operator's controls: one current version, changed by patch, persisted before it counts.

Socket handlers and guards change it, every loop reads the frozen current value.
A change that is looser than the settings' ceilings must be refused; halt needs no version.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Final

import structlog

from tai2.engine.bus import Bus
from tai2.model.controls import Controls, TradingState
from tai2.model.errors import DataInvalid, Refused, UsageError
from tai2.model.events import ControlsChanged
from tai2.model.ids import InstId
from tai2.model.money import QuoteAmt, dec, trimmed
from tai2.ports.clock import Clock
from tai2.ports.journal import ControlJournal

log = structlog.get_logger()

MIN_INTERVAL_S: Final = Decimal(1)
MAX_INTERVAL_S: Final = Decimal(86_400)
Listener = Callable[[Controls], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlEntry:
    """One control as shown by `tai2 config get`."""

    key: str
    current: str
    source: str
    """default, settings, or who changed it."""
    default: str


class ControlBook:
    """Owner of the current controls."""

    def __init__(self, ceilings: Controls, journal: ControlJournal, clock: Clock, bus: Bus) -> None:
        """ceilings: the controls that the settings give; caps can't be looser than theirs."""
        self._ceilings = ceilings
        self._journal = journal
        self._clock = clock
        self._bus = bus
        self._lock = asyncio.Lock()
        self._listeners: list[Listener] = []
        self.current = ceilings

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
            instruments=ceilings.instruments,
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
            return await self._commit(self._patched(key, text), actor)

    async def set_state(self, state: TradingState, reason: str, actor: str) -> Controls:
        """Latch a trading state; valid whatever the version."""
        async with self._lock:
            log.info("trading_state_set", state=state.value, reason=reason, actor=actor)
            patched = replace(self.current, trading_state=state, state_reason=reason)
            return await self._commit(patched, actor)

    async def _commit(self, patched: Controls, actor: str) -> Controls:
        controls = replace(
            patched,
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

    def _patched(self, key: str, text: str) -> Controls:
        current, ceilings = self.current, self._ceilings
        match key:
            case "interval":
                return replace(current, interval_s=_interval(text))
            case "max_order_notional":
                cap = _cap(key, text, ceilings.max_order_notional)
                return replace(current, max_order_notional=cap)
            case "max_position_notional":
                cap = _cap(key, text, ceilings.max_position_notional)
                return replace(current, max_position_notional=cap)
            case _:
                known = ", ".join(entry.key for entry in self.entries())
                raise UsageError(f"unknown control {key!r}", f"Known: {known}.")

    def entries(self) -> tuple[ControlEntry, ...]:
        """Return every control with its current value, source and default."""
        current, ceilings = _texts(self.current), _texts(self._ceilings)
        return tuple(
            ControlEntry(
                key=key,
                current=text,
                source="settings" if text == ceilings[key] else self.current.changed_by,
                default=ceilings[key],
            )
            for key, text in current.items()
        )


def _texts(controls: Controls) -> Mapping[str, str]:
    return {
        "interval": trimmed(controls.interval_s),
        "max_order_notional": trimmed(controls.max_order_notional),
        "max_position_notional": trimmed(controls.max_position_notional),
    }


def _number(key: str, text: str) -> Decimal:
    try:
        return dec(text)
    except (DataInvalid, InvalidOperation) as exc:
        raise UsageError(f"{key} needs a plain number, not {text!r:.40}") from exc


def _interval(text: str) -> Decimal:
    seconds = _number("interval", text)
    if not MIN_INTERVAL_S <= seconds <= MAX_INTERVAL_S:
        raise UsageError(f"interval is in seconds, {MIN_INTERVAL_S} to {MAX_INTERVAL_S}")
    return seconds


def _cap(key: str, text: str, ceiling: QuoteAmt) -> QuoteAmt:
    cap = _number(key, text)
    if cap < 0:
        raise UsageError(f"{key} can't be negative")
    if cap > ceiling:
        raise Refused(
            f"{key} can't be looser than the settings' {trimmed(ceiling)}",
            f"Raise risk.{key} in the configuration and restart.",
        )
    return QuoteAmt(cap)


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
