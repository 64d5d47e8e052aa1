"""Lives that end by force: at a named step, at any moment, or beside an order on its way out.

The crash tests use it. Each life starts the daemon over what the last one left, gives it a
reason to do what it is to be killed at, and sees it dead.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tai2.failpoint import NAMES
from tests.e2e.desk_process import Desk, Process
from tests.e2e.exchange_process import Exchange

DIRECTED = 4
"""Kills at each failpoint."""
RANDOM = 112
NOT_RUNNING = 3
DEATH_S = 30.0
FAULTS = (
    "drop_before",
    "drop_after_accept",
    "code code=50004 stage=after",
    "code code=50001 stage=before",
    "html status=502 stage=after",
    "truncate keep=20",
    "lose_push channel=orders",
    "dup_push channel=orders count=3",
    "reorder channel=orders count=2",
    "partial share=0.5 fills=2",
)
FAULTS_PER_LIFE = 0.1
OFTEN = ("decision_saved", "verdict_saved", "push_read", "push_saved", "outbox_read")
"""Steps that a life passes many times: killed at the first to third."""


@dataclass(frozen=True, slots=True)
class Death:
    """How a life is to end."""

    step: str
    """A failpoint, "any" moment, or beside a "post"."""
    nth: int = 1

    @property
    def env(self) -> dict[str, str]:
        if self.step not in NAMES:
            return {}
        return {"TAI2_TESTING": "1", "TAI2_FAILPOINT": f"{self.step}:{self.nth}=kill"}


@dataclass(slots=True)
class Toll:
    """What a loop did."""

    deaths: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    """Steps that a life didn't reach in time; it was killed all the same."""
    start_ms: list[int] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    orders: int = 0
    fills: int = 0

    def told(self) -> str:
        starts = sorted(self.start_ms) or [0]
        return json.dumps(
            {
                "kills": sum(self.deaths.values()),
                "directed_hit": sum(n for step, n in self.deaths.items() if step in NAMES),
                "steps_hit": len([step for step in self.deaths if step in NAMES]),
                "missed": dict(self.missed),
                "random": self.deaths["any"] + self.deaths["post"],
                "faults": sum(self.faults.values()),
                "orders": self.orders,
                "fills": self.fills,
                "ready_p50_ms": starts[len(starts) // 2],
                "ready_p95_ms": starts[int(len(starts) * 0.95)],
                "ready_max_ms": starts[-1],
            }
        )


def plan(chance: random.Random, directed: int, at_random: int) -> list[Death]:
    """Return deaths in random order: `directed` at each failpoint, half the rest beside a POST."""
    deaths = [
        Death(step, chance.randint(1, 3) if step in OFTEN else 1)
        for step in NAMES
        for _ in range(directed)
    ]
    deaths += [Death("post" if number % 2 else "any") for number in range(at_random)]
    chance.shuffle(deaths)
    return deaths


class Killing:
    """One loop of lives over one desk and one exchange."""

    def __init__(self, desk: Desk, exchange: Exchange, seed: int) -> None:
        self.desk, self.exchange = desk, exchange
        self.chance = random.Random(seed)
        self.toll = Toll()

    def live(self, death: Death) -> None:
        """Start a daemon and see it dead as planned."""
        daemon = self.desk.start("run", "--interval", "1", **self.exchange.env, **death.env)
        if death.step == "any" and self.chance.random() < 0.5:
            daemon.wait_for("starting")
            self._die(daemon, death, self.chance.uniform(0, 4))
            return
        if not self._is_ready(daemon):
            self._note(daemon, death)  # its step lay before the readiness
            return
        self._make_busy(daemon, death)
        if death.step == "any":
            self._die(daemon, death, self.chance.uniform(0, 4))
        elif death.step == "post":
            self._await_post(daemon)
            self._die(daemon, death, self.chance.uniform(0, 0.1))
        else:
            self._note(daemon, death)

    def _is_ready(self, daemon: Process) -> bool:
        try:
            daemon.wait_for("ready")
        except AssertionError:
            daemon.wait()  # its output ends a moment before it does
            return False
        self.toll.start_ms += [record["start_ms"] for record in daemon.log("ready")]
        return True

    def _make_busy(self, daemon: Process, death: Death) -> None:
        """Give it a reason to trade, and now and then trouble on the wire."""
        status = self.desk.tai2("status", "--json")
        if status.code == NOT_RUNNING:
            return  # it has reached its step by itself
        if status.tree["trading_state"] != "active":
            self.desk.tai2("resume", "--reason", "test", "--confirm", "y")
        self.exchange.control("DELETE")
        is_by_hand = death.step.startswith("sl_") or death.step == "latch_written"
        if not is_by_hand:
            self.exchange.flatten()  # before the trouble: it is for the desk's orders alone
        if death.step == "unknown_saved":
            self._trouble(self.chance.choice(("drop_before", "drop_after_accept")))
        elif self.chance.random() < FAULTS_PER_LIFE:
            self._trouble(self.chance.choice(FAULTS))
        if death.step.startswith("sl_"):
            self._undress()
        elif death.step == "latch_written":
            self.desk.tai2("halt")

    def _undress(self) -> None:
        """Cancel every stop, as a person may, once something is held."""
        until_s = time.monotonic() + DEATH_S
        while time.monotonic() < until_s and not self.exchange.positions():
            time.sleep(0.2)
        self.exchange.cancel_stops()

    def _trouble(self, line: str) -> None:
        self.toll.faults[line.partition(" ")[0]] += 1
        self.exchange.control("POST", {"fault": line})

    def _await_post(self, daemon: Process) -> None:
        """Return when an order is about to leave: its row says so."""
        newest = "SELECT coalesce(max(sent_ms), 0) AS ms FROM orders"
        before = self.desk.rows(newest)[0]["ms"]
        until_s = time.monotonic() + DEATH_S
        while time.monotonic() < until_s and daemon.is_running:
            if self.desk.rows(newest)[0]["ms"] != before:
                return
            time.sleep(0.002)

    def _die(self, daemon: Process, death: Death, after_s: float) -> None:
        time.sleep(after_s)
        daemon.kill()
        self.toll.deaths[death.step] += 1

    def _note(self, daemon: Process, death: Death) -> None:
        """Wait for the death at a step; kill what doesn't get there."""
        died = wait(lambda: not daemon.is_running, DEATH_S)
        (self.toll.deaths if died else self.toll.missed)[death.step] += 1
        daemon.kill()


def wait(is_so: Callable[[], bool], timeout_s: float) -> bool:
    """Wait until something is so; False when it takes too long."""
    until_s = time.monotonic() + timeout_s
    while time.monotonic() < until_s:
        if is_so():
            return True
        time.sleep(0.05)
    return False
