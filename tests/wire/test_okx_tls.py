"""The same adapter over TLS with a private certificate authority, and its refusal of strangers."""

import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

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
    subprocess.run([*command, *subject, *files], check=True, capture_output=True, timeout=30)
    return cert, key


@pytest.fixture
async def wss_url(certificate: tuple[Path, Path]) -> AsyncIterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    async def stay(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with serve(stay, "127.0.0.1", 0, ssl=context) as server:
        yield f"wss://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws/v5/public"


class Done(Exception):
    """Ends a stream that would run for ever."""


class Listener:
    """Wants no channel; ends the stream at the first thing that it hears."""

    def args(self) -> list[object]:
        return []

    def login(self) -> None:
        return None

    def on_up(self) -> None:
        raise Done("up")

    def on_down(self, reason: str) -> None:
        raise Done(reason)

    def on_refused(self, arg: object, reason: str) -> None:
        raise Done(reason)

    def on_data(self, frame: object, ts_recv: int) -> None:
        raise Done("data")


async def test_private_authority_is_trusted_when_named(
    wss_url: str, certificate: tuple[Path, Path]
) -> None:
    tls = ssl.create_default_context(cafile=str(certificate[0]))
    with pytest.raises(Done, match=r"^up$"):
        await Stream(wss_url, Listener(), QuickClock(), tls=tls).run()


async def test_unknown_authority_is_refused(wss_url: str) -> None:
    with pytest.raises(Done, match="certificate"):
        await Stream(wss_url, Listener(), QuickClock()).run()
