"""The gate before the web page: names, origins, token, sessions, headers, http and sockets."""

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from tai2.model.errors import ConfigError, StartRefused
from tai2.settings.outward import WebSection
from tai2.web.gate import COOKIE, Gate
from tai2.web.passes import GUESSES_PER_MINUTE, SESSION_S, Passes, token_in
from tai2.web.serve import check_address

HOST = "127.0.0.1:8420"
TOKEN = "right-token"
Message = MutableMapping[str, Any]


class Visit:
    """Sends requests through a gate and keeps what came back."""

    def __init__(self, *, has_token: bool = True) -> None:
        self.now_s = 1_000_000.0
        self.passes = Passes(TOKEN, lambda: self.now_s)
        self.reached = 0
        self.gate = Gate(self._app, ("127.0.0.1", "localhost"), self.passes if has_token else None)

    async def _app(self, scope: Any, _receive: Any, send: Any) -> None:
        self.reached += 1
        if scope["type"] == "http":
            headers = [(b"cache-control", b"public"), (b"content-type", b"text/html")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"page"})

    async def get(self, path: str = "/", *, kind: str = "http", **headers: str) -> dict[str, Any]:
        """Return status and headers; 0 = a socket was closed, 101 = it reached the page."""
        sent: list[Message] = []
        named = {"host": HOST} | {name.replace("_", "-"): text for name, text in headers.items()}
        place, _, query = path.partition("?")
        scope = {
            "type": kind,
            "method": "GET",
            "path": place,
            "query_string": query.encode(),
            "scheme": "http",
            "headers": [(name.encode(), text.encode()) for name, text in named.items()],
        }

        async def receive() -> Message:
            return {"type": "websocket.connect"}

        async def send(message: Message) -> None:
            sent.append(message)

        before = self.reached
        await self.gate(scope, receive, send)
        if kind == "websocket":
            return {"status": 101 if self.reached > before else 0, "sent": sent}
        found = {name.decode(): text.decode() for name, text in sent[0]["headers"]}
        return {"status": sent[0]["status"], **found}

    async def session(self) -> str:
        """Come in by the token and return the cookie."""
        answer = await self.get(f"/ta?token={TOKEN}")
        assert (answer["status"], answer["location"]) == (303, "/ta")
        return str(answer["set-cookie"]).partition(";")[0]


async def test_the_token_is_taken_once_and_turned_into_a_strict_cookie() -> None:
    visit = Visit()
    answer = await visit.get(f"/?token={TOKEN}")
    assert answer["set-cookie"].startswith(f"{COOKIE}=")
    assert "HttpOnly; SameSite=Strict" in answer["set-cookie"]
    assert TOKEN not in answer["set-cookie"]
    assert visit.reached == 0
    assert (await visit.get("/", cookie=await visit.session()))["status"] == 200


@pytest.mark.parametrize("path", ["/", "/ta", "/_nicegui/x.js", "/_nicegui_ws/socket.io/"])
async def test_nothing_is_served_without_a_session(path: str) -> None:
    visit = Visit()
    assert (await visit.get(path))["status"] == 401
    assert (await visit.get(path, cookie=f"{COOKIE}=9999999999.bad"))["status"] == 401
    assert visit.reached == 0


async def test_a_socket_needs_the_session_and_our_own_origin() -> None:
    visit = Visit()
    cookie, here = await visit.session(), f"http://{HOST}"
    told = [
        (await visit.get("/_nicegui_ws", kind="websocket", **headers))["status"]
        for headers in (
            {"cookie": cookie, "origin": here},
            {"cookie": cookie, "origin": "http://evil.example"},
            {"cookie": cookie},
            {"origin": here},
        )
    ]
    assert told == [101, 0, 0, 0]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8420", "127.0.0.1.evil.example"])
async def test_another_name_is_not_served(host: str) -> None:
    visit = Visit()
    answer = await visit.get("/", host=host, cookie=await visit.session())
    assert answer["status"] == 421


async def test_a_request_from_another_page_is_refused() -> None:
    visit = Visit()
    cookie = await visit.session()
    for origin in ("http://evil.example", "null", "http://127.0.0.1:9999"):
        assert (await visit.get("/", cookie=cookie, origin=origin))["status"] == 403
    assert (await visit.get("/", cookie=cookie, origin=f"http://{HOST}"))["status"] == 200


async def test_guessing_is_slow_and_the_right_token_waits_too() -> None:
    visit = Visit()
    for _ in range(GUESSES_PER_MINUTE):
        assert (await visit.get("/?token=wrong"))["status"] == 401
    assert (await visit.get(f"/?token={TOKEN}"))["status"] == 429
    visit.now_s += 61
    assert (await visit.get(f"/?token={TOKEN}"))["status"] == 303


async def test_a_session_ends_after_half_a_day() -> None:
    visit = Visit()
    cookie = await visit.session()
    visit.now_s += SESSION_S - 1
    assert (await visit.get("/", cookie=cookie))["status"] == 200
    visit.now_s += 2
    assert (await visit.get("/", cookie=cookie))["status"] == 401


async def test_programs_may_bear_the_token() -> None:
    visit = Visit()
    assert (await visit.get("/", authorization=f"Bearer {TOKEN}"))["status"] == 200
    assert (await visit.get("/", authorization="Bearer wrong"))["status"] == 401


async def test_pages_are_kept_to_themselves_and_not_stored() -> None:
    visit = Visit()
    answer = await visit.get("/", cookie=await visit.session())
    assert answer["cache-control"] == "no-store"
    assert answer["x-frame-options"] == "DENY"
    assert "default-src 'self'" in answer["content-security-policy"]
    assert "frame-ancestors 'none'" in answer["content-security-policy"]
    static = await visit.get("/_nicegui/3/x.js", cookie=await visit.session())
    assert static["cache-control"] == "public"


async def test_a_socket_file_is_guarded_by_its_rights_but_not_by_a_token() -> None:
    visit = Visit(has_token=False)
    assert (await visit.get("/", host="localhost"))["status"] == 200
    assert (await visit.get("/", host="evil.example"))["status"] == 421


def test_the_token_is_made_once_and_stays_private(tmp_path: Path) -> None:
    path = tmp_path / "state" / "web.token"
    made = token_in(path)
    assert len(made) >= 43
    assert token_in(path) == made
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="open to others"):
        token_in(path)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "desk.example"])
def test_an_address_that_others_reach_is_refused_until_the_user_allows_it(host: str) -> None:
    with pytest.raises(StartRefused) as refusal:
        check_address(WebSection(host=host))
    assert refusal.value.exit_code == 78
    check_address(WebSection(host=host, public=True))


@pytest.mark.parametrize("options", [{}, {"host": "::1"}, {"uds": "/x", "host": "0.0.0.0"}])
def test_loopback_and_a_socket_file_need_no_word(options: dict[str, str]) -> None:
    assert check_address(WebSection(**options)) is None  # type: ignore[arg-type]
