"""What can be subscribed to: channels, the endpoint each lives on, and how an arg is read.

The WebSocket session turns every arg of a subscribe request into a `Topic` here. Unknown
channels, wrong endpoints and unlisted instruments are refused with the protocol's codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from tai2.sim.exchange.bars import ALL_BARS
from tai2.sim.exchange.records import InstSpec
from tai2.sim.server.backend import Backend
from tai2.sim.server.refusals import ApiRefusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One channel's place and demands."""

    endpoint: str
    """public, private or business."""
    key: str
    """instId, index (an instId such as BTC-USDT), instType, or "" for no key."""
    login: bool = False


_PUBLIC_INST: Final = (
    "books",
    "books5",
    "bbo-tbt",
    "tickers",
    "trades",
    "mark-price",
    "funding-rate",
    "open-interest",
    "price-limit",
)
VIP_BOOKS: Final = ("books-l2-tbt", "books50-l2-tbt")
"""Deeper and faster books for fee tier VIP4 and above (switch vip)."""
CHANNELS: Final[Mapping[str, Channel]] = {
    **{name: Channel(endpoint="public", key="instId") for name in _PUBLIC_INST},
    **{f"candle{bar}": Channel(endpoint="business", key="instId") for bar in ALL_BARS},
    "trades-all": Channel(endpoint="business", key="instId"),
    **{name: Channel(endpoint="public", key="instId", login=True) for name in VIP_BOOKS},
    "index-tickers": Channel(endpoint="public", key="index"),
    "liquidation-orders": Channel(endpoint="public", key="instType"),
    "instruments": Channel(endpoint="public", key="instType"),
    "status": Channel(endpoint="public", key=""),
    "account": Channel(endpoint="private", key="", login=True),
    "balance_and_position": Channel(endpoint="private", key="", login=True),
    "positions": Channel(endpoint="private", key="instType", login=True),
    "orders": Channel(endpoint="private", key="instType", login=True),
    "liquidation-warning": Channel(endpoint="private", key="instType", login=True),
    "algo-advance": Channel(endpoint="business", key="instType", login=True),
    "orders-algo": Channel(endpoint="business", key="instType", login=True),
}
COUNTED: Final = (
    "orders",
    "account",
    "positions",
    "balance_and_position",
    "liquidation-warning",
)
"""Channels of which the exchange limits and reports the number of connections."""

REGULAR: Final = ("account", "positions")
"""Channels that repeat a full push besides events."""
REGULAR_MS: Final = 5_000

_INST_TYPES: Final = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "ANY")
_ECHOED: Final = ("channel", "instType", "instFamily", "instId", "ccy")


@dataclass(frozen=True, slots=True)
class Topic:
    """A channel with everything that narrows it; equal topics get equal frames."""

    channel: str
    inst_type: str = ""
    inst_family: str = ""
    inst_id: str = ""
    """Instrument, or the index for index-tickers."""
    ccy: str = ""
    interval_ms: int = 0
    """account and positions: a full push this often besides events, 0 = never."""

    def arg(self) -> dict[str, str]:
        """Return the arg that data frames carry."""
        named = zip(
            _ECHOED,
            (self.channel, self.inst_type, self.inst_family, self.inst_id, self.ccy),
            strict=True,
        )
        return {name: word for name, word in named if word}

    def covers(self, inst_type: str, inst_id: str) -> bool:
        """Tell whether a private event of an instrument belongs to this topic."""
        return (
            self.inst_type in ("", "ANY", inst_type)
            and self.inst_id in ("", inst_id)
            and (not self.inst_family or inst_id.startswith(f"{self.inst_family}-"))
        )


def read_topic(arg: Mapping[str, object], endpoint: str, backend: Backend) -> Topic:
    """Read one arg of a subscribe request; unknown members and nulls are ignored.

    Raises:
        ApiRefusal: 60012 no channel, 64003 fee tier, 60018 unknown channel, wrong endpoint or
            unlisted instrument.
    """
    words = {name: str(arg[name]) for name in _ECHOED if arg.get(name)}
    name = words.get("channel", "")
    if not name:
        raise ApiRefusal("60012", str(dict(arg)))
    if name == "fills" or (name in VIP_BOOKS and backend.faults.switches.vip == "off"):
        raise ApiRefusal("64003")
    channel = CHANNELS.get(name)
    if channel is not None and (channel.endpoint, endpoint) == ("public", "business"):
        raise ApiRefusal("64002")
    if channel is not None and (channel.endpoint, endpoint) == ("business", "private"):
        raise ApiRefusal("64001")
    if channel is None or channel.endpoint != endpoint or not _is_known(words, channel, backend):
        raise ApiRefusal("60018", _named(words))
    if channel.key in ("instId", "index"):
        return Topic(channel=name, inst_id=words["instId"])
    return Topic(
        channel=name,
        inst_type=words.get("instType", ""),
        inst_family=words.get("instFamily", ""),
        inst_id=words.get("instId", ""),
        ccy=words.get("ccy", ""),
        interval_ms=_interval_ms(arg) if name in REGULAR else 0,
    )


def _interval_ms(arg: Mapping[str, object]) -> int:
    try:
        extra = msgspec.json.decode(str(arg.get("extraParams") or "{}"), type=dict[str, str])
    except msgspec.DecodeError as exc:
        raise ApiRefusal("60013") from exc
    text = extra.get("updateInterval", str(REGULAR_MS))
    if not text.isascii() or not text.isdigit():
        raise ApiRefusal("60013")
    return int(text)


def _is_known(words: Mapping[str, str], channel: Channel, backend: Backend) -> bool:
    inst_id = words.get("instId", "")
    match channel.key:
        case "instId":
            return backend.find(inst_id) is not None
        case "index":
            return find_index(backend, inst_id) is not None
        case "instType":
            listed = not inst_id or backend.find(inst_id) is not None
            return listed and words.get("instType") in _INST_TYPES
        case _:
            return True


def find_index(backend: Backend, index: str) -> InstSpec | None:
    """Return an instrument on an index such as BTC-USDT; None = no such index."""
    return next((spec for spec in backend.exchange.specs() if spec.inst_family == index), None)


def _named(words: Mapping[str, str]) -> str:
    rest = [f"{name}:{word}" for name, word in words.items() if name != "channel"]
    return ",".join([words["channel"], *rest])
