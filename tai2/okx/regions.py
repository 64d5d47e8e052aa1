"""Where OKX is: addresses by the region of the account and by the environment.

The composition root asks it when the settings name no address of their own.
Keys work in their region and environment only. Source: OKX v5, hosts and environments.
"""

from enum import StrEnum
from typing import Final

from tai2.okx.credentials import Endpoints


class Region(StrEnum):
    """Which of OKX's sites an account was opened at."""

    GLOBAL = "global"
    """okx.com."""
    EEA = "eea"
    """my.okx.com."""
    US = "us"
    """app.okx.com (United States, Australia)."""


_REST: Final = {
    Region.GLOBAL: "https://openapi.okx.com",
    Region.EEA: "https://eea.okx.com",
    Region.US: "https://us.okx.com",
}
_SOCKET_HOSTS: Final = {
    (Region.GLOBAL, False): "ws.okx.com",
    (Region.GLOBAL, True): "wspap.okx.com",
    (Region.EEA, False): "wseea.okx.com",
    (Region.EEA, True): "wseeapap.okx.com",
    (Region.US, False): "wsus.okx.com",
    (Region.US, True): "wsuspap.okx.com",
}


def exchange_at(region: Region, *, is_demo: bool) -> Endpoints:
    """Return the exchange's addresses; demo shares the REST host and differs by a header."""
    return Endpoints(
        rest_url=_REST[region],
        ws_url=f"wss://{_SOCKET_HOSTS[region, is_demo]}:8443/ws/v5",
        is_demo=is_demo,
    )
