"""Opens the simulator for the daemon: over loopback for `run`, in process for `replay`.

Compose and the replay call it. Whatever runs on it sees ports only; nothing here decides
about trading.
"""

from bisect import bisect_left
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from tai2.engine.service import OnEnd, Pulse, Service
from tai2.model.errors import UsageError
from tai2.model.ids import InstId
from tai2.ports.clock import Clock
from tai2.settings.sections import Settings
from tai2.sim.exchange.exchange import Exchange
from tai2.sim.feed import SimFeed
from tai2.sim.market.candles import CandleMarket
from tai2.sim.market.csv_file import CandleFile, read_candles
from tai2.sim.market.listings import DEFAULT_SPECS
from tai2.sim.server.simulation import SimOptions, Simulation
from tai2.sim.venue import SimVenue


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """The built-in exchange, listening."""

    simulation: Simulation

    @property
    def inst_ids(self) -> tuple[InstId, ...]:
        """Instruments that it lists."""
        return tuple(InstId(spec.inst_id) for spec in self.simulation.exchange.specs())

    def service(self) -> Service:
        """Return the service that moves its market."""
        return Service(name="simulator", work=self, on_end=OnEnd.EXIT)

    async def run(self, pulse: Pulse) -> None:
        """Move the market with the wall clock until cancelled."""
        await self.simulation.run(pulse.beat)


async def open_simulation(settings: Settings, place: Path, clock: Clock) -> Simulated:
    """Start the built-in exchange on loopback; its event log lies in `place`.

    Raises:
        UsageError: The port is taken, or the market's file is wrong.
    """
    options = SimOptions(
        port=settings.sim.port,
        market=settings.sim.market,
        seed=settings.sim.seed,
        speed=settings.sim.speed,
        equity=settings.sim.equity,
        state_dir=place,
    )
    simulation = Simulation(options, clock)
    await simulation.start()
    return Simulated(simulation=simulation)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayExchange:
    """An exchange in process that follows a file."""

    feed: SimFeed
    venue: SimVenue
    times: tuple[int, ...]
    """Every instant to step to, ms UTC."""
    missing: int
    """Minutes that the file leaves out between its first and last."""
    _exchange: Exchange
    _market: CandleMarket

    def start(self) -> None:
        """Open the market at the first instant."""
        self._market.start(self._exchange, self.times[0])

    def step(self, now_ms: int) -> None:
        """Move exchange and market to an instant."""
        self._market.step(self._exchange, now_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class PathSpan:
    """Which part of which file to follow."""

    path: Path
    inst_id: str
    volume_unit: str
    """base or quote."""
    from_ms: int | None
    to_ms: int | None


def open_replay(span: PathSpan, equity: Decimal, seed: int) -> ReplayExchange:
    """Return an exchange in process along a file.

    Raises:
        UsageError: The file, the instrument or the span is unusable.
    """
    specs = {spec.inst_id: spec for spec in DEFAULT_SPECS}
    if span.inst_id not in specs:
        known = ", ".join(specs)
        raise UsageError(f"the simulator doesn't list {span.inst_id}", f"It lists {known}.")
    file = _cut(read_candles(span.path, volume_unit=span.volume_unit), span)
    spec = specs[span.inst_id]
    market = CandleMarket.replayed(file, spec, seed=seed)
    exchange = Exchange([spec], cash={"USDT": equity}, seed=seed)
    return ReplayExchange(
        feed=SimFeed(exchange),
        venue=SimVenue(exchange),
        times=tuple(market.times()),
        missing=file.missing,
        _exchange=exchange,
        _market=market,
    )


def _cut(file: CandleFile, span: PathSpan) -> CandleFile:
    """Return the candles of a span."""
    stamps = [minute.ts for minute in file.minutes]
    first = 0 if span.from_ms is None else bisect_left(stamps, span.from_ms)
    last = len(stamps) if span.to_ms is None else bisect_left(stamps, span.to_ms)
    if last - first < 2:
        raise UsageError(
            f"{file.name} has {max(last - first, 0)} candles in that span",
            "Give --from and --to within the file's times.",
        )
    return replace(file, minutes=file.minutes[first:last])
