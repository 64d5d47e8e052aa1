"""The simulator in a process of its own, and a person who trades on the same account.

Crash tests use it: it outlives every daemon, so its ledger is the truth that the journal
has to match. It speaks plain signed REST and imports nothing of the daemon.
"""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from tests.e2e.desk_process import CALL_S, READY_S, Desk, Process
from tests.wire.sim_server_support import signed_headers

Row = dict[str, Any]
PAGE, TOO_MANY = 100, 429


@dataclass(frozen=True, slots=True)
class Exchange:
    """A running `tai2 sim` and its REST face."""

    process: Process
    rest_url: str
    ws_url: str

    @classmethod
    def start(cls, desk: Desk, *flags: str) -> "Exchange":
        """Start a simulator on a free port."""
        process = desk.start("sim", "--port", "0", "--json", *flags)
        process.out.wait(lambda line: line.startswith("{"), READY_S)
        address = json.loads(process.out.kept[0])
        return cls(process, address["rest_url"], address["ws_url"])

    @property
    def env(self) -> dict[str, str]:
        """What points a daemon here."""
        return {"TAI2_OKX__REST_URL": self.rest_url, "TAI2_OKX__WS_URL": self.ws_url}

    def call(self, method: str, path: str, body: object = None) -> list[Row]:
        """Send one signed request and return the rows of the answer."""
        text = "" if body is None else json.dumps(body)
        request = urllib.request.Request(
            self.rest_url + path,
            data=text.encode() or None,
            headers=signed_headers(method, path, text),
            method=method,
        )
        while True:
            try:
                with urllib.request.urlopen(request, timeout=CALL_S) as reply:
                    envelope = json.loads(reply.read())
                break
            except urllib.error.HTTPError as refused:
                if refused.code != TOO_MANY:
                    raise
                time.sleep(0.5)  # asked in a loop: the exchange has its limits
        assert envelope["code"] == "0", envelope
        return list(envelope["data"])

    def every(self, path: str, key: str) -> list[Row]:
        """Return every row of a paged list, newest first."""
        rows: list[Row] = []
        older = ""
        while page := self.call("GET", f"{path}&limit={PAGE}{older}"):
            rows += page
            older = f"&after={page[-1][key]}"
        return rows

    def control(self, method: str, body: object = None) -> Row:
        """Turn the simulator's knobs, or ask what it heard."""
        request = urllib.request.Request(
            self.rest_url + "/control/faults",
            data=json.dumps(body).encode() if body else None,
            headers={"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=10) as reply:
            return dict(json.loads(reply.read()))

    def heard(self) -> dict[str, int]:
        """Return how often each order and stop was posted, by client id."""
        return dict(self.control("GET")["heard"])

    def stops(self) -> list[Row]:
        """Return every live stop."""
        rows: list[Row] = []
        for kind in ("oco", "conditional"):
            rows += self.call("GET", f"/api/v5/trade/orders-algo-pending?ordType={kind}")
        return rows

    def cancel_stops(self) -> None:
        """Cancel every stop, as a person may."""
        named = [{"instId": row["instId"], "algoId": row["algoId"]} for row in self.stops()]
        if named:
            self.call("POST", "/api/v5/trade/cancel-algos", named[:10])

    def protected(self) -> set[str]:
        """Return the instruments with a live stop."""
        return {row["instId"] for row in self.stops() if row["slTriggerPx"]}

    def orders(self) -> list[Row]:
        """Return every order that the account ever had."""
        kind = "?instType=SWAP"
        pending = self.every(f"/api/v5/trade/orders-pending{kind}", "ordId")
        return pending + self.every(f"/api/v5/trade/orders-history{kind}", "ordId")

    def fills(self) -> list[Row]:
        """Return every execution."""
        return self.every("/api/v5/trade/fills-history?instType=SWAP", "billId")

    def positions(self) -> dict[str, str]:
        """Return the open positions as instrument → signed contracts."""
        rows = self.call("GET", "/api/v5/account/positions")
        return {row["instId"]: row["pos"] for row in rows if float(row["pos"])}

    def flatten(self) -> None:
        """Close every position by hand, and leave whatever rests where it is."""
        for inst_id, held in self.positions().items():
            exit_order = {
                "instId": inst_id,
                "tdMode": "cross",
                "side": "buy" if held.startswith("-") else "sell",
                "ordType": "market",
                "sz": held.lstrip("-"),
                "reduceOnly": True,
            }
            self.call("POST", "/api/v5/trade/order", exit_order)
