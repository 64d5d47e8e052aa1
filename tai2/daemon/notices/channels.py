"""Where notices go: a webhook of the owner's, or any service that apprise reaches.

The notifier and `tai2 notify test` send through them. A channel's address is a secret: it may
hold a token, so no error and no log line may repeat more of it than its scheme.
"""

import asyncio
import re
from typing import TYPE_CHECKING, Final, Protocol

from tai2.model.errors import ConfigError, Tai2Error
from tai2.model.notice import Grade, Notice
from tai2.view.text import utc_iso

if TYPE_CHECKING:
    from apprise import Apprise
    from httpx import AsyncClient

SEND_S: Final = 10.0
"""Deadline of one sending."""
_WEBHOOK: Final = ("http", "https")
_KINDS: Final = {Grade.INFO: "info", Grade.WARNING: "warning", Grade.URGENT: "failure"}
"""apprise's names for what decides icon and colour."""


class ChannelFailed(Tai2Error):
    """A notice didn't reach its channel."""


class Channel(Protocol):
    """One way to the owner."""

    name: str
    """Scheme and number, for logs: webhook-1, tgram-2."""

    async def send(self, notice: Notice) -> None:
        """Deliver one notice within SEND_S.

        Raises:
            ChannelFailed: It wasn't taken.
        """
        ...


class Webhook:
    """POSTs a notice as JSON: grade, key, title, text, time, sender."""

    def __init__(self, name: str, url: str, sender: str, client: "AsyncClient") -> None:
        self.name = name
        self._url = url
        self._sender = sender
        self._client = client

    async def send(self, notice: Notice) -> None:
        """Deliver one notice; any answer below 300 counts as taken."""
        import httpx

        body = {
            "schema": "tai2.notice/1",
            "sender": self._sender,
            "grade": notice.grade.value,
            "key": notice.key,
            "title": notice.title,
            "text": notice.text,
            "time": utc_iso(notice.ts),
        }
        try:
            async with asyncio.timeout(SEND_S):
                reply = await self._client.post(self._url, json=body)
        except (httpx.HTTPError, TimeoutError) as exc:
            raise ChannelFailed(f"{self.name}: {type(exc).__name__}") from exc
        if not reply.is_success:
            raise ChannelFailed(f"{self.name}: answered HTTP {reply.status_code}")


class AppriseChannel:
    """Hands a notice to one service of apprise."""

    def __init__(self, name: str, sender: str, service: "Apprise") -> None:
        self.name = name
        self._sender = sender
        self._service = service

    async def send(self, notice: Notice) -> None:
        """Deliver one notice."""
        title = f"{self._sender}: {notice.title}"
        try:
            async with asyncio.timeout(SEND_S):
                is_taken = await self._service.async_notify(
                    body=notice.text or notice.title,
                    title=title,
                    notify_type=_KINDS[notice.grade],
                    body_format="text",
                    interpret_escapes=False,
                )
        except TimeoutError as exc:
            raise ChannelFailed(f"{self.name}: no answer within {SEND_S:g} s") from exc
        if not is_taken:
            raise ChannelFailed(f"{self.name}: the service didn't take it")


def open_channels(addresses: str, sender: str, client: "AsyncClient") -> tuple[Channel, ...]:
    """Return a channel for each address.

    Args:
        addresses: Separated by blanks: https://… is a webhook, any other scheme apprise's.
        sender: How the desk introduces itself, such as "tai2 main (demo)".
        client: Sends the webhooks; the caller closes it.

    Raises:
        ConfigError: An address is malformed, or needs apprise, which isn't installed.
    """
    return tuple(
        _channel(f"{_scheme(address, number)}-{number}", address, sender, client)
        for number, address in enumerate(addresses.split(), start=1)
    )


def _scheme(address: str, number: int) -> str:
    found = re.match(r"([a-z][a-z0-9+.-]*)://", address, re.ASCII | re.IGNORECASE)
    if not found:
        raise ConfigError(
            f"notice address {number} isn't a URL",
            "https://… for a webhook, or one of apprise's such as tgram://token/chat.",
        )
    scheme = found[1].lower()
    return "webhook" if scheme in _WEBHOOK else scheme


def _channel(name: str, address: str, sender: str, client: "AsyncClient") -> Channel:
    if name.startswith("webhook-"):
        return Webhook(name, address, sender, client)
    try:
        from apprise import Apprise
    except ImportError as exc:
        raise ConfigError(
            f"the notice channel {name} needs apprise, which isn't installed",
            "Install it: uv tool install 'tai2[notices]'",
        ) from exc
    service = Apprise()
    if not service.add(address):
        raise ConfigError(
            f"apprise doesn't understand the address of {name}", "See apprise's own documentation."
        )
    return AppriseChannel(name, sender, service)
