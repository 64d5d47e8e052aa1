"""Puts the OKX adapter together: one HTTP client behind a feed and a venue.

The composition root and the command-line tools call it, for the exchange and a simulator alike.
It must never open a connection by itself: that is for whoever first asks.
"""

import ssl

from tai2.okx.credentials import Credentials, Endpoints
from tai2.okx.feed import OkxFeed
from tai2.okx.sdk import Transport
from tai2.okx.stream import Pace
from tai2.okx.venue import OkxVenue
from tai2.ports.clock import Clock


def connect(
    endpoints: Endpoints,
    credentials: Credentials | None,
    clock: Clock,
    pace: Pace | None = None,
) -> tuple[OkxFeed, OkxVenue]:
    """Return a feed and a venue that share one HTTP client; close either to close it.

    Args:
        endpoints: Addresses and environment.
        credentials: None = public data only; private calls raise KeysRejected.
        clock: Stamps receipt, paces retries.
        pace: Deadlines of the sockets; None = the defaults.
    """
    transport = Transport(endpoints, credentials, clock)
    is_private_ca = endpoints.ca_file is not None
    tls = ssl.create_default_context(cafile=endpoints.ca_file) if is_private_ca else None
    ws_url = endpoints.ws_url.rstrip("/")
    feed = OkxFeed(transport, ws_url, clock, tls=tls, pace=pace)
    venue = OkxVenue(transport, ws_url, credentials, clock, tls=tls, pace=pace)
    return feed, venue
