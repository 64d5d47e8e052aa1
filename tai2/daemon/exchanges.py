"""Opens an exchange with its account: the built-in one, OKX, or paper on OKX's prices.

Compose chooses among these by mode; nothing here knows one. Whatever is opened is closed by
the exit stack. A key must come from the settings' secrets and never be made up for OKX.
"""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from tai2.daemon.paper import PaperFeed, PaperMarket, PaperVenue, paper_spec
from tai2.daemon.simulation import open_simulation
from tai2.engine.service import Service
from tai2.model.controls import TradingState
from tai2.model.errors import KeysRejected
from tai2.model.ids import InstId
from tai2.okx.connect import connect
from tai2.okx.credentials import Credentials, Endpoints
from tai2.okx.regions import Region, exchange_at
from tai2.okx.sdk import always
from tai2.ports.clock import Clock
from tai2.ports.feed import MarketFeed
from tai2.ports.venue import Venue
from tai2.settings.sections import Settings
from tai2.sim.exchange.exchange import Exchange
from tai2.sim.log import EventLog

SIM_KEY: Final = Credentials(api_key="sim", secret_key="sim", passphrase="sim")  # noqa: S106 - public
_PERCENT: Final = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenExchange:
    """An exchange as the engine will see it."""

    feed: MarketFeed
    venue: Venue
    services: tuple[Service, ...] = ()
    """Run beside the engine."""
    inst_ids: tuple[InstId, ...] | None = None
    """What it lists, where the user need not name instruments; None = the user's count."""
    first_state: TradingState = TradingState.ACTIVE
    """Trading state of the very first start; later ones find theirs in the journal."""
    first_reason: str = ""
    has_key: bool = True
    """False where nothing but public data is read."""


async def open_builtin(
    settings: Settings, place: Path, clock: Clock, stack: AsyncExitStack
) -> OpenExchange:
    """Start the simulator inside this process and connect to it over loopback."""
    simulated = await open_simulation(settings, place, clock)
    server = simulated.simulation
    stack.push_async_callback(server.stop)
    here = Endpoints(rest_url=server.rest_url, ws_url=server.ws_url, is_demo=False)
    feed, venue = connect(here, SIM_KEY, clock)
    stack.push_async_callback(venue.aclose)
    return OpenExchange(
        feed=feed, venue=venue, services=(simulated.service(),), inst_ids=simulated.inst_ids
    )


def open_okx(
    endpoints: Endpoints,
    credentials: Credentials | None,
    clock: Clock,
    stack: AsyncExitStack,
    may_send: Callable[[], bool] = always,
) -> OpenExchange:
    """Connect to OKX, or to whatever speaks its protocol; without a key for public data only."""
    feed, venue = connect(endpoints, credentials, clock, may_send=may_send)
    stack.push_async_callback(venue.aclose)
    return OpenExchange(feed=feed, venue=venue, has_key=credentials is not None)


async def open_paper(
    settings: Settings, place: Path, clock: Clock, stack: AsyncExitStack
) -> OpenExchange:
    """Put the matching engine around OKX's public data; its account lies in `place`.

    Raises:
        UsageError: An instrument doesn't exist or can't be settled on paper.
        VenueUnavailable: The exchange can't be reached.
    """
    feed, public = connect(okx_endpoints(settings, is_demo=False), None, clock)
    stack.push_async_callback(public.aclose)
    await public.server_time_ms()
    paper = settings.paper
    rates = paper.maker_pct / _PERCENT, paper.taker_pct / _PERCENT
    listed = await feed.instruments([InstId(inst) for inst in settings.instruments])
    log = EventLog(place)
    stack.callback(log.close)
    exchange = Exchange(
        [paper_spec(instrument, *rates) for instrument in listed],
        cash={"USDT": paper.equity},
        seed=clock.now_ms(),
        log=log,
    )
    market = PaperMarket(exchange, public.server_clock.now_ms, clock)
    return OpenExchange(
        feed=PaperFeed(feed, market),
        venue=PaperVenue(exchange, market, public),
        services=(market.service(),),
    )


def okx_endpoints(settings: Settings, *, is_demo: bool) -> Endpoints:
    """Return the addresses that the settings name, else those of the region."""
    okx = settings.okx
    known = exchange_at(Region(okx.region), is_demo=is_demo)
    return Endpoints(
        rest_url=okx.rest_url or known.rest_url,
        ws_url=okx.ws_url or known.ws_url,
        is_demo=is_demo,
        ca_file=okx.ca_file or None,
    )


def own_key(settings: Settings) -> Credentials | None:
    """Return the key of the environment or the credentials; None unless all of it is there."""
    key, secret, passphrase = (
        settings.okx_api_key,
        settings.okx_secret_key,
        settings.okx_passphrase,
    )
    if not (key and secret and passphrase):
        return None
    return Credentials(
        api_key=key.get_secret_value(),
        secret_key=secret.get_secret_value(),
        passphrase=passphrase.get_secret_value(),
    )


def needed_key(settings: Settings) -> Credentials:
    """Return the user's key.

    Raises:
        KeysRejected: It isn't there, or a part of it is missing.
    """
    if found := own_key(settings):
        return found
    parts = {
        "OKX_API_KEY": settings.okx_api_key,
        "OKX_SECRET_KEY": settings.okx_secret_key,
        "OKX_PASSPHRASE": settings.okx_passphrase,
    }
    missing = ", ".join(name for name, secret in parts.items() if not secret)
    raise KeysRejected(
        f"Mode {settings.mode.value} needs a key of OKX; missing: {missing}.",
        "Set it in the environment or as systemd credentials; mode paper needs none.",
    )
