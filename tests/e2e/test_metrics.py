"""Metrics over HTTP: on loopback, off by default, the same text as over the socket."""

import http.client
import socket

from tests.e2e.desk_process import CALL_S, Desk


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(port: int, path: str, host: str = "127.0.0.1") -> tuple[int, str, str]:
    """Return status, content type and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=CALL_S)
    try:
        connection.request("GET", path, headers={"Host": host})
        reply = connection.getresponse()
        return reply.status, str(reply.getheader("Content-Type")), reply.read().decode()
    finally:
        connection.close()


def names(text: str) -> set[str]:
    return {line.split()[2] for line in text.splitlines() if line.startswith("# HELP")}


def test_a_prometheus_reads_what_the_socket_tells(desk: Desk) -> None:
    port = free_port()
    daemon = desk.run("--market", f"candles:{desk.candles()}", TAI2_METRICS_PORT=str(port))
    daemon.wait_for("metrics_served")
    status, kind, body = get(port, "/metrics")
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    told = names(desk.tai2("metrics").out)
    assert names(body) <= told  # a figure may have become known in between
    assert {"tai2_trading_state", "tai2_info"} <= names(body)
    assert get(port, "/metrics", host="evil.example")[0] == 421
    assert get(port, "/")[0] == 404
    assert daemon.stop() == 0
