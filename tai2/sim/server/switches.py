"""What the protocol's documentation leaves open on the wire, one switch each with its default.

Knobs and tests set them, sessions, feeds and the request desk obey. A switch holds until it's
set again; the exchange's own open questions are in `sim/exchange/quirks`.
"""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Switches:
    """Each field is a switch."""

    checksum: str = "zero"
    """Of the books channel: zero (as since June 2026), legacy (a valid CRC-32) or wrong."""
    snapshot: str = "on"
    """off = the books channel starts without one: the client seeds its book by REST."""
    data_first: str = "off"
    """on = a topic's first data frame comes before its acknowledgement."""
    relogin: str = "accept"
    """A second login on one socket: accept or refuse (60031)."""
    overload: str = "http"
    """The connection too many in a second: http (429) or close (accepted, closed with 4008)."""
    vip: str = "off"
    """on = the account may follow books-l2-tbt and books50-l2-tbt (VIP4)."""
