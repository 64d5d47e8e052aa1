"""Puts the OKX adapter together: one HTTP client behind a feed and a venue.

The composition root and the command-line tools call it, for the exchange and a simulator alike.
It must never open a connection by itself: that is for whoever first asks.
"""

import ssl
from collections.abc import Callable

import certifi

from tai2.model.errors import ConfigError
from tai2.okx.credentials import Credentials, Endpoints
from tai2.okx.feed import OkxFeed
from tai2.okx.sdk import Transport, always
from tai2.okx.sockets import Pace, Sockets, Tap, no_tap
from tai2.okx.venue import OkxVenue
from tai2.ports.clock import Clock


def connect(
    endpoints: Endpoints,
    credentials: Credentials | None,
    clock: Clock,
    pace: Pace | None = None,
    tap: Tap = no_tap,
    may_send: Callable[[], bool] = always,
) -> tuple[OkxFeed, OkxVenue]:
    """Return a feed and a venue that share one HTTP client; close either to close it.

    Args:
        endpoints: Addresses and environment.
        credentials: None = public data only; private calls raise KeysRejected.
        clock: Stamps receipt, paces retries.
        pace: Deadlines of the sockets; None = the defaults.
        tap: Hears every pushed frame as it arrives.
        may_send: Asked last before each POST leaves: is the account still ours alone?

    Raises:
        ConfigError: The certificate authority's file can't be used.
    """
    tls = _trust(endpoints.ca_file or certifi.where())
    transport = Transport(endpoints, credentials, clock, tls=tls, may_send=may_send)
    sockets = Sockets(
        base_url=endpoints.ws_url.rstrip("/"),
        clock=clock,
        tls=tls,
        pace=pace or Pace(),
        tap=tap,
    )
    feed = OkxFeed(transport, sockets, clock)
    venue = OkxVenue(transport, sockets, credentials, clock)
    return feed, venue


def _trust(ca_file: str) -> ssl.SSLContext:
    """Trust one file of authorities and no other: SSL_CERT_FILE and the like have no say."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as failure:
        raise ConfigError(
            f"the certificates in {ca_file} can't be used: {failure}",
            "Let okx.ca_file name a PEM file of certificates.",
        ) from failure
