"""Each region and environment has the addresses that the exchange documents."""

import pytest

from tai2.okx.regions import Region, exchange_at


@pytest.mark.parametrize(
    ("region", "is_demo", "rest", "socket"),
    [
        (Region.GLOBAL, False, "https://openapi.okx.com", "wss://ws.okx.com:8443/ws/v5"),
        (Region.GLOBAL, True, "https://openapi.okx.com", "wss://wspap.okx.com:8443/ws/v5"),
        (Region.EEA, False, "https://eea.okx.com", "wss://wseea.okx.com:8443/ws/v5"),
        (Region.EEA, True, "https://eea.okx.com", "wss://wseeapap.okx.com:8443/ws/v5"),
        (Region.US, False, "https://us.okx.com", "wss://wsus.okx.com:8443/ws/v5"),
        (Region.US, True, "https://us.okx.com", "wss://wsuspap.okx.com:8443/ws/v5"),
    ],
)
def test_addresses_are_the_documented_ones(
    region: Region, is_demo: bool, rest: str, socket: str
) -> None:
    found = exchange_at(region, is_demo=is_demo)
    assert (found.rest_url, found.ws_url, found.is_demo) == (rest, socket, is_demo)
