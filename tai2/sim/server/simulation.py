"""A whole simulated OKX: exchange, market, event log and server, put together once.

The daemon (mode sim) and `tai2 sim` both open it here and run it as one service. Its time is
the wall clock; a second start on the same directory continues the same account.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final

from tai2.model.errors import UsageError
from tai2.ports.clock import Clock
from tai2.sim.exchange.exchange import Exchange
from tai2.sim.exchange.records import InstSpec
from tai2.sim.log import EventLog
from tai2.sim.market.candles import CandleMarket
from tai2.sim.market.csv_file import read_candles
from tai2.sim.market.listings import ALL_SPECS, BTC, DEFAULT_SPECS
from tai2.sim.market.recording import RecordedMarket
from tai2.sim.market.synthetic import SyntheticMarket
from tai2.sim.server.app import Market, SimServer, drive
from tai2.sim.server.credentials import ApiKey

STEP_EVERY_S: Final = 0.1
"""As often as the exchange tells of a book."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimOptions:
    """What a simulated exchange is made of."""

    port: int = 0
    """On loopback, 0 = any free one."""
    market: str = "synthetic"
    """synthetic, candles:FILE, or recording:FILE-OR-DIRECTORY."""
    listings: str = "swaps"
    """swaps (BTC, ETH, SOL against USDT), or all: with spot pairs and a coin-margined swap."""
    seed: int = 7
    speed: Decimal = Decimal(1)
    """Minutes of the candle file or recording per minute."""
    equity: Decimal = Decimal(10_000)
    """Starting balance in USDT; a known account keeps its own."""
    key: ApiKey = field(default_factory=ApiKey)
    faults: Sequence[str] = ()
    """Knobs turned at the start (lines as in `server.knobs`)."""
    state_dir: Path | None = None
    """Where the event log lies; None = memory only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A market and the instruments that it quotes."""

    market: Market
    specs: Sequence[InstSpec]


LISTINGS: Final = {"swaps": DEFAULT_SPECS, "all": ALL_SPECS}


def build_market(text: str, seed: int, speed: Decimal, listings: str = "swaps") -> Scene:
    """Return the market that a text names.

    Args:
        text: "synthetic" (BTC, ETH and SOL), "candles:FILE" (BTC along a CSV of minutes) or
            "recording:PATH" (the swaps of what `tai2 record` kept).
        seed: Draws whatever the market makes up.
        speed: Minutes of the candle file per minute.
        listings: A key of LISTINGS, for the synthetic market.

    Raises:
        UsageError: Another word, or a file that can't be read as candles.
    """
    if text == "synthetic":
        return Scene(market=SyntheticMarket(seed=seed), specs=LISTINGS[listings])
    kind, _, name = text.partition(":")
    if kind not in ("candles", "recording") or not name:
        raise UsageError(
            f"unknown market {text!r}",
            hint='say "synthetic", "candles:FILE" for a CSV of minutes, or "recording:DIR"',
        )
    if kind == "recording":
        played = RecordedMarket(Path(name).expanduser(), speed=float(speed))
        return Scene(market=played, specs=played.specs)
    path = read_candles(Path(name).expanduser())
    market = CandleMarket.paced(path, BTC, seed=seed, speed=float(speed))
    return Scene(market=market, specs=(BTC,))


class Simulation:
    """One simulated exchange that is served while `run` runs."""

    def __init__(self, options: SimOptions, clock: Clock) -> None:
        """Open the log and build everything; nothing listens yet.

        Raises:
            UsageError: The market's text or file is wrong.
            JournalFailed: The state directory can't be written.
            DataInvalid: The log holds lines of something else.
        """
        self._options = options
        self._clock = clock
        scene = build_market(options.market, options.seed, options.speed, options.listings)
        self._market = scene.market
        self._log = EventLog(options.state_dir) if options.state_dir else None
        self.exchange = Exchange(
            scene.specs, cash={"USDT": options.equity}, seed=options.seed, log=self._log
        )
        self.server = SimServer(self.exchange, clock, key=options.key)

    @property
    def rest_url(self) -> str:
        """Base for REST."""
        return self.server.rest_url

    @property
    def ws_url(self) -> str:
        """Base for WebSocket."""
        return self.server.ws_url

    async def start(self) -> None:
        """Open the market and listen on loopback; raises UsageError when the port is taken."""
        self.server.knobs.jump = self._jump
        self._market.start(self.exchange, self._clock.now_ms())
        for line in self._options.faults:
            self.server.turn(line)
        await self.server.start("127.0.0.1", self._options.port)

    def _jump(self, inst_id: str, share: Decimal) -> None:
        """Move exchange and market; a candle file's price comes back with its next minute."""
        if isinstance(self._market, SyntheticMarket):
            self._market.jump(inst_id, share)
        self.exchange.jump(inst_id, share)

    async def run(self, on_step: Callable[[], object] = lambda: None) -> None:
        """Move the market with the wall clock until cancelled; each step calls on_step."""
        await drive(self.exchange, self._clock, self._market, STEP_EVERY_S, on_step)

    async def stop(self) -> None:
        """Close connections, port and log."""
        await self.server.stop()
        if self._log:
            self._log.close()
