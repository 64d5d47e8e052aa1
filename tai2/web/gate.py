"""The gate before the web page: pure ASGI, so that neither page nor socket can be forgotten.

Every request and every upgrade passes it: the name it came by, the page it came from, the
session. It adds the headers that keep the page to itself. Nothing behind it may check less.
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from tai2.web.passes import SESSION_S, Passes

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE: Final = "tai2_session"
_STATIC: Final = "/_nicegui/"
_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        # Vue compiles NiceGUI's templates in the browser: without these two there is no page.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_HEADERS: Final = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_NO_STORE: Final = (b"cache-control", b"no-store")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gate says itself."""

    status: int
    text: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Gate:
    """Wraps an application."""

    def __init__(self, app: App, names: Iterable[str], passes: Passes | None) -> None:
        """Guard an application.

        Args:
            app: What is behind.
            names: Host names, without port, by which it may be called.
            passes: None = whoever reaches the socket file may come in: its rights decide.
        """
        self._app = app
        self._names = frozenset(name.lower() for name in names)
        self._passes = passes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a connection through, or answer it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        answer = self._judge(scope)
        if answer is None:
            await self._app(scope, receive, _shielded(scope, send))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await _say(answer, send)

    def _judge(self, scope: Scope) -> Answer | None:
        """Return the answer to what may not pass; None = it may."""
        headers = _headers(scope)
        host = headers.get("host", "")
        if urlsplit(f"//{host}").hostname not in self._names:
            return Answer(421, "this name isn't served here")
        if not _is_same_site(headers.get("origin"), host, is_socket=scope["type"] == "websocket"):
            return Answer(403, "a request from another page")
        if self._passes is None or self._is_let_in(headers, self._passes):
            return None
        return self._greet(scope, self._passes)

    def _is_let_in(self, headers: dict[str, str], passes: Passes) -> bool:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and passes.takes(token.strip()):
            return True
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return False
        return COOKIE in cookies and passes.knows(cookies[COOKIE].value)

    def _greet(self, scope: Scope, passes: Passes) -> Answer:
        """Take the token of an address once, turn it into a session, and hide it again."""
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        token = (query.get("token") or [""])[0]
        if passes.is_barred:
            return Answer(429, "too many wrong tokens; wait a minute")
        if not token or scope["type"] != "http" or scope["method"] != "GET":
            return Answer(401, "open the address that `tai2 web` printed: it carries the token")
        if not passes.takes(token):
            return Answer(401, "wrong token")
        cookie = (
            f"{COOKIE}={passes.session()}; Path=/; HttpOnly; SameSite=Strict; Max-Age={SESSION_S}"
        )
        if scope.get("scheme") == "https":
            cookie += "; Secure"
        place = scope["path"] or "/"
        return Answer(
            303, "", ((b"location", place.encode("latin-1")), (b"set-cookie", cookie.encode()))
        )


def _is_same_site(origin: str | None, host: str, *, is_socket: bool) -> bool:
    """Tell whether a request comes from our own page; sockets must say where from."""
    if origin is None:
        return not is_socket
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def _headers(scope: Scope) -> dict[str, str]:
    """Return the headers by lower-case name; of one that is sent twice the first counts."""
    found: dict[str, str] = {}
    for name, text in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), text.decode("latin-1"))
    return found


def _shielded(scope: Scope, send: Send) -> Send:
    """Add our headers to whatever the application answers."""
    is_static = str(scope.get("path", "")).startswith(_STATIC)

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            ours = _HEADERS if is_static else (*_HEADERS, _NO_STORE)
            names = {name for name, _ in ours}
            kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in names]
            message = {**message, "headers": [*kept, *ours]}
        await send(message)

    return sending


async def _say(answer: Answer, send: Send) -> None:
    body = answer.text.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        *answer.headers,
        *_HEADERS,
        _NO_STORE,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
