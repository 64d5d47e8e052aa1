"""Who may talk to the simulator: its one API key, signatures and the checks around them.

The REST gate and the WebSocket login ask it. Signatures follow the exchange's published rule,
base64(HMAC-SHA256(secret, prehash)); it must never compare secrets in variable time.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tai2.sim.server.refusals import ApiRefusal

WINDOW_MS: Final = 30_000
"""A request whose timestamp is further from the exchange's clock is refused."""

LOGIN_PATH: Final = "/users/self/verify"
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """The simulated account's key."""

    key: str = "sim"
    secret: str = "sim"  # noqa: S105 - a public word: the simulator guards nothing
    passphrase: str = "sim"  # noqa: S105 - as above
    permissions: frozenset[str] = frozenset({"read_only", "trade"})
    """Subset of read_only, trade, withdraw."""
    demo: bool | None = None
    """True = demands the header x-simulated-trading: 1, False = forbids it, None = either."""
    is_foreign: bool = False
    """True = it was made in another region of the exchange, where alone it exists."""
    is_foreign_to_sockets: bool = False
    """True = only the sockets are another region's, as where ws_url names the wrong one."""
    uid: str = "44705892343619584"


def sign(secret: str, prehash: str) -> str:
    """Return the signature of a text as the exchange computes it."""
    digest = hmac.new(secret.encode(), prehash.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def rest_prehash(timestamp: str, method: str, raw_path: str, body: str) -> str:
    """Return the text to sign: raw_path holds the query exactly as sent."""
    return f"{timestamp}{method.upper()}{raw_path}{body}"


def login_prehash(timestamp: str) -> str:
    """Return the text to sign for a WebSocket login; timestamp in Unix seconds."""
    return f"{timestamp}GET{LOGIN_PATH}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """What of a REST request takes part in authentication."""

    headers: Mapping[str, str]
    method: str
    raw_path: str
    body: str

    def header(self, name: str) -> str:
        """Return a header, "" when absent."""
        return self.headers.get(name, "")


_HEADERS: Final = (
    ("OK-ACCESS-KEY", "50103"),
    ("OK-ACCESS-PASSPHRASE", "50104"),
    ("OK-ACCESS-SIGN", "50106"),
    ("OK-ACCESS-TIMESTAMP", "50107"),
)


def check_rest(key: ApiKey, request: SignedRequest, now_ms: int) -> None:
    """Let a signed request pass.

    Raises:
        ApiRefusal: 50103 50104 50106 50107 header empty, 50112 timestamp unreadable, 50102 out
            of the window, 50111 key, 50119 region, 50101 environment, 50105 passphrase, 50113
            signature; in this order.
    """
    for name, code in _HEADERS:
        if not request.header(name):
            raise ApiRefusal(code)
    timestamp = request.header("OK-ACCESS-TIMESTAMP")
    if abs(timestamp_ms(timestamp) - now_ms) > WINDOW_MS:
        raise ApiRefusal("50102")
    if not _same(request.header("OK-ACCESS-KEY"), key.key):
        raise ApiRefusal("50111")
    if key.is_foreign:
        raise ApiRefusal("50119")
    if key.demo is not None and key.demo != (request.header("x-simulated-trading") == "1"):
        raise ApiRefusal("50101")
    if not _same(request.header("OK-ACCESS-PASSPHRASE"), key.passphrase):
        raise ApiRefusal("50105")
    prehash = rest_prehash(timestamp, request.method, request.raw_path, request.body)
    if not _same(request.header("OK-ACCESS-SIGN"), sign(key.secret, prehash)):
        raise ApiRefusal("50113")


def timestamp_ms(text: str) -> int:
    """Read an ISO 8601 UTC timestamp as milliseconds; raises ApiRefusal 50112."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise ApiRefusal("50112") from exc
    if moment.tzinfo is None:
        raise ApiRefusal("50112")
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // _MILLISECOND


def check_login(key: ApiKey, account: Mapping[str, object], now_ms: int) -> None:
    """Let one account of a WebSocket login pass.

    Raises:
        ApiRefusal: 60004 timestamp unreadable, 60006 expired, 60005 key, 60032 region, 60024
            passphrase, 60007 signature.
    """
    timestamp = str(account.get("timestamp", ""))
    if not timestamp.isascii() or not timestamp.isdigit():
        raise ApiRefusal("60004")
    if abs(int(timestamp) * 1000 - now_ms) > WINDOW_MS:
        raise ApiRefusal("60006")
    if not _same(str(account.get("apiKey", "")), key.key):
        raise ApiRefusal("60005")
    if key.is_foreign or key.is_foreign_to_sockets:
        raise ApiRefusal("60032")
    if not _same(str(account.get("passphrase", "")), key.passphrase):
        raise ApiRefusal("60024")
    if not _same(str(account.get("sign", "")), sign(key.secret, login_prehash(timestamp))):
        raise ApiRefusal("60007")


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())
