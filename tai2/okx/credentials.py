"""What the exchange knows us by, and where it is: key, secret, passphrase, addresses.

The composition root makes both from settings and hands them to `connect`.
A secret must never appear in a repr, a log line or an error.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An API key of one account in one region and environment."""

    api_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    passphrase: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Addresses of one environment: the exchange's or a simulator's."""

    rest_url: str
    """Such as https://openapi.okx.com or http://127.0.0.1:8080."""
    ws_url: str
    """Base of the three sockets, such as wss://ws.okx.com:8443/ws/v5."""
    is_demo: bool
    """Send x-simulated-trading: 1 (demo keys and demo market data)."""
    ca_file: str | None = None
    """Certificate authority of a private server; None = the public ones."""
