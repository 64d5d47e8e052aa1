"""`tai2 web`: one process that serves the desk's page, a client of the daemon's socket.

The CLI calls main. It listens on loopback or on a Unix socket; where others could reach it, the
user must have said so. Ending it never touches trading.
"""

import asyncio
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI
from nicegui import ui

from tai2.client.session import Session
from tai2.model.errors import StartRefused, UsageError
from tai2.settings.outward import WebSection
from tai2.web import ink
from tai2.web.desk import Heart, WebDesk
from tai2.web.download import add_download
from tai2.web.gate import Gate
from tai2.web.pages.table import build_pages
from tai2.web.passes import Passes, token_in

TOKEN_FILE: Final = "web.token"  # noqa: S105 - a name
LOCAL: Final = ("127.0.0.1", "localhost", "::1")
MAX_HZ: Final = 2.0
"""Frames of one topic a second; a page can't be read faster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPlan:
    """What is served, where and to whom."""

    options: WebSection
    state_dir: Path
    """Holds the token."""
    announce: Callable[[str], None]
    """Told the address once it is known; it may carry the token."""
    now_s: Callable[[], float]
    """Unix time in seconds."""
    heart: Heart


def main(plan: WebPlan) -> None:
    """Serve until told to stop.

    Raises:
        StartRefused: The address would be reachable by others and isn't allowed to be.
        UsageError: The port or socket is taken.
    """
    check_address(plan.options)
    asyncio.run(_serve(plan))


def check_address(options: WebSection) -> None:
    """Return when only this machine, or whoever the user allows, can reach the address.

    Raises:
        StartRefused: Others could reach it.
    """
    if options.uds or options.host == "localhost" or options.public:
        return
    try:
        is_local = ip_address(options.host).is_loopback
    except ValueError:
        is_local = False
    if not is_local:
        raise StartRefused(
            f"web.host {options.host} can be reached from other machines",
            "Use 127.0.0.1 and ssh -L, or set web.public = true behind a TLS proxy.",
        )


async def _serve(plan: WebPlan) -> None:
    options = plan.options
    session = Session(max_hz=MAX_HZ)
    desk = WebDesk(session, plan.heart, may_control=options.control, palette=options.palette)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    ui.add_css(ink.sheet(options.palette), shared=True)
    build_pages(desk)
    add_download(app, desk)
    ui.run_with(
        app,
        title="tai2",
        dark=None,
        binding_refresh_interval=None,
        tailwind=False,
        show_welcome_message=False,
    )
    token = "" if options.uds else token_in(plan.state_dir / TOKEN_FILE)
    passes = Passes(token, plan.now_s) if token else None
    gate = Gate(app, (*LOCAL, options.host, *options.hosts.split()), passes)
    server = _Server(
        _config(options, gate), lambda port: plan.announce(_address(options, port, token))
    )
    async with asyncio.TaskGroup() as group:
        following = group.create_task(desk.run(), name="desk")
        await server.serve()
        following.cancel()
    if not server.started:
        raise UsageError(f"can't listen on {options.uds or options.host}", "Is it taken?")


def _config(options: WebSection, gate: Gate) -> uvicorn.Config:
    if options.uds:
        Path(options.uds).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.umask(0o177)
    return uvicorn.Config(
        gate,
        host=options.host,
        port=options.port,
        uds=options.uds or None,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=options.public,
        timeout_graceful_shutdown=2,
    )


class _Server(uvicorn.Server):
    """A server that says when it listens, and on which port."""

    def __init__(self, config: uvicorn.Config, on_up: Callable[[int], None]) -> None:
        """on_up gets the TCP port, 0 on a Unix socket."""
        super().__init__(config)
        self._on_up = on_up

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        if self.started:
            name = self.servers[0].sockets[0].getsockname()
            self._on_up(int(name[1]) if isinstance(name, tuple) else 0)


def _address(options: WebSection, port: int, token: str) -> str:
    if options.uds:
        return f"unix:{options.uds}"
    host = f"[{options.host}]" if ":" in options.host else options.host
    return f"http://{host}:{port}/?token={token}"
