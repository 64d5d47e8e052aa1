"""The same adapter over TLS with a private certificate authority, and its refusal of strangers."""

import asyncio
import contextlib
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tai2.model.errors import ConfigError
from tai2.okx.connect import connect
from tai2.okx.credentials import Endpoints
from tai2.okx.frames import Arg, Frame
from tai2.okx.sockets import Sockets
from tai2.okx.stream import Stream
from tests.wire.okx_loopback import QuickClock

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl makes the certificate")


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    assert OPENSSL is not None
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(cert)]
    command = [OPENSSL, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run([*command, *subject, *files], check=True, capture_output=True, timeout=120)
    return cert, key


@pytest.fixture
async def wss_url(certificate: tuple[Path, Path]) -> AsyncIterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    async def stay(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with serve(stay, "127.0.0.1", 0, ssl=context) as server:
        yield f"wss://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws/v5"


class Listener:
    """Wants no channel; notes what it hears."""

    def __init__(self) -> None:
        self.words: asyncio.Queue[str] = asyncio.Queue()

    def args(self) -> list[Arg]:
        return []

    async def login(self) -> None:
        return None

    def on_stale_clock(self) -> None:
        self.words.put_nowait("clock")

    def on_up(self) -> None:
        self.words.put_nowait("up")

    def on_down(self, reason: str) -> None:
        self.words.put_nowait(reason)

    def on_refused(self, arg: Arg, reason: str) -> None:
        self.words.put_nowait(reason)

    def on_data(self, frame: Frame, ts_recv: int) -> None:
        self.words.put_nowait("data")


async def first_word(base_url: str, tls: ssl.SSLContext | None) -> str:
    """Return what a stream says first."""
    listener = Listener()
    sockets = Sockets(base_url=base_url, clock=QuickClock(), tls=tls)
    task = asyncio.ensure_future(Stream(sockets, "public", listener).run())
    try:
        return await asyncio.wait_for(listener.words.get(), 10)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_private_authority_is_trusted_when_named(
    wss_url: str, certificate: tuple[Path, Path]
) -> None:
    tls = ssl.create_default_context(cafile=str(certificate[0]))
    assert await first_word(wss_url, tls) == "up"


async def test_unknown_authority_is_refused(wss_url: str) -> None:
    assert "certificate" in await first_word(wss_url, None)


async def test_certificates_of_the_environment_are_ignored(
    wss_url: str, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    here = Endpoints(rest_url="http://127.0.0.1:1", ws_url=wss_url, is_demo=False)
    feed, _venue = connect(here, None, QuickClock())
    invalid: asyncio.Queue[Any] = asyncio.Queue()
    task = asyncio.ensure_future(feed.stream(["BTC-USDT-SWAP"], invalid.put_nowait))
    assert "certificate" in (await asyncio.wait_for(invalid.get(), 10)).reason
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await feed.aclose()


def test_unusable_authority_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nonsense")
    for name in ("ca.pem", "absent.pem"):
        ca_file = str(tmp_path / name)
        here = Endpoints(rest_url="https://x", ws_url="wss://x", is_demo=False, ca_file=ca_file)
        with pytest.raises(ConfigError, match=name):
            connect(here, None, QuickClock())
