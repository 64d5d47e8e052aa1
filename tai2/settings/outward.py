"""Options of what speaks to people and programs outside: notices and the web page.

`settings.sections` puts them beside the others. Nothing here may open a door by default.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from tai2.settings.section import Section


class NoticesSection(Section):
    """What is sent to the addresses in NOTIFY_URL: webhooks and apprise's services."""

    least: Annotated[str, Field(pattern=r"^(info|warning|urgent)$")] = "warning"
    """Lowest grade sent: info (fills, recoveries), warning (outages, halts) or urgent."""
    repeat_s: Annotated[Decimal, Field(ge=0)] = Decimal(900)
    """The same notice again within so many seconds is not sent."""
    per_hour: Annotated[int, Field(ge=1, le=3_600)] = 30
    """At most so many notices an hour; urgent ones always go."""
    heartbeat_h: Annotated[Decimal, Field(ge=0, le=168)] = Decimal(0)
    """A sign of life every so many hours; 0 = none."""


class WebSection(Section):
    """`tai2 web`: the desk in a browser."""

    host: str = "127.0.0.1"
    """Address to listen on; any but a loopback one needs `public = true` as well."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 8420
    """TCP port, 0 = any free one."""
    uds: str = ""
    """Listen on this Unix socket instead; reach it with ssh -L 8420:PATH host."""
    public: bool = False
    """Allow an address that other machines can reach; put a TLS proxy in front."""
    hosts: str = ""
    """Further names by which browsers may call it (its TLS proxy's), separated by blanks."""
    control: bool = False
    """Allow changes from the browser; halt is always possible."""
    palette: Annotated[str, Field(pattern=r"^(cb|green-up|red-up|mono)$")] = "cb"
    """Colours of up and down: cb (colour-blind safe), green-up, red-up or mono."""
