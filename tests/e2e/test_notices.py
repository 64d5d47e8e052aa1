"""The owner hears of it: a desk with NOTIFY_URL tells a halt, and the channels can be tried."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any

import pytest

from tests.e2e.desk_process import Desk

NOTICE_S = 60.0


class Inbox:
    """A webhook's other end."""

    def __init__(self) -> None:
        got: Queue[dict[str, Any]] = Queue()
        self.got = got

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                got.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_words: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Take)
        self.url = f"http://127.0.0.1:{self.server.server_port}/canary-token"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    inbox = Inbox()
    thread = threading.Thread(target=inbox.server.serve_forever)
    thread.start()
    yield inbox
    inbox.server.shutdown()
    thread.join()
    inbox.server.server_close()


def test_a_halt_reaches_the_owner_and_the_address_stays_secret(desk: Desk, inbox: Inbox) -> None:
    daemon = desk.run("--market", f"candles:{desk.candles()}", NOTIFY_URL=inbox.url)
    assert desk.tai2("halt", "--reason", "holiday").code == 0
    got = inbox.got.get(timeout=NOTICE_S)
    assert (got["sender"], got["title"]) == ("tai2 main (sim)", "Trading is HALTED")
    assert "holiday" in got["text"]
    assert daemon.stop() == 0
    assert not any("canary" in line for line in daemon.err.kept)


def test_a_test_notice_says_which_channel_took_it(desk: Desk, inbox: Inbox) -> None:
    both = f"{inbox.url} http://127.0.0.1:1/canary"
    done = desk.tai2("notify", "test", NOTIFY_URL=both)
    assert done.code == 1
    assert done.out == "✓ webhook-1: taken\n✗ webhook-2: ConnectError\n"
    assert inbox.got.get(timeout=NOTICE_S)["title"] == "Test notice"
    assert "canary" not in done.out + done.err


def test_without_an_address_there_is_nothing_to_try(desk: Desk) -> None:
    done = desk.tai2("notify", "test")
    assert done.code == 4
    assert "Set NOTIFY_URL" in done.err


def test_a_service_manager_may_say_that_the_desk_has_failed(desk: Desk, inbox: Inbox) -> None:
    words = ("--grade", "urgent", "tai2.service has failed", "See: journalctl")
    assert desk.tai2("notify", "send", *words, NOTIFY_URL=inbox.url).code == 0
    got = inbox.got.get(timeout=NOTICE_S)
    assert (got["grade"], got["title"], got["text"]) == ("urgent", words[2], words[3])
    wrong = desk.tai2("notify", "send", "--grade", "loud", "x", NOTIFY_URL=inbox.url)
    assert (wrong.code, "One of info, warning, urgent." in wrong.err) == (2, True)
