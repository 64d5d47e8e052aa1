"""What watching costs the daemon: `uv run python -m tests.benchmarks.hub_cost`.

A hub over a desk on the simulated exchange, ten watchers of everything at 20 Hz, the account
and the ticker moving before every flush. Prints CPU per flush and bytes per watcher.
"""

import asyncio
import logging
import time
from decimal import Decimal
from statistics import median

import structlog

from tai2.model.events import TickerMoved
from tai2.model.market import Bar, Ticker
from tai2.model.money import Px
from tai2.view.state import SECTIONS
from tai2.wire.method import Emit
from tai2.wire.rpc import Encoded
from tai2.wire.watch import WatchParams, chart_topic
from tests.builders.desk import INST, DeskRig
from tests.builders.watching import hub_of
from tests.fakes.reasoners import buy

WATCHERS = 10
STEPS = 400
STEP_MS = 50


class Sink:
    """Counts bytes."""

    backlog = 0

    def __init__(self) -> None:
        self.bytes = 0

    def __call__(self, event: object, /) -> None:
        assert isinstance(event, Encoded)
        self.bytes += len(event.text)


def ticker(number: int, now_ms: int) -> Ticker:
    px = Px(Decimal(100_000) + number % 7)
    return Ticker(
        inst_id=INST,
        ts_event=now_ms,
        ts_recv=now_ms,
        last_px=px,
        bid_px=px,
        ask_px=Px(px + 1),
        open_24h=Px(Decimal(99_000)),
        high_24h=Px(Decimal(101_000)),
        low_24h=Px(Decimal(98_000)),
        base_vol_24h=None,
    )


async def measured(topics: tuple[str, ...], watchers: int) -> tuple[float, float, float]:
    """Return CPU milliseconds of a flush (median, mean) and bytes per watcher and second."""
    rig = await DeskRig(buy()).start()
    hub = hub_of(rig)
    await hub.recover()
    sinks = [Sink() for _ in range(watchers)]
    for sink in sinks:
        emit: Emit = sink
        await hub.join(WatchParams(topics=topics, max_hz=20), emit)
    await rig.cycle()
    before = sum(sink.bytes for sink in sinks)
    costs = []
    for number in range(STEPS):
        rig.clock.advance_to(rig.clock.now_ms() + STEP_MS)
        rig.engine.bus.publish(TickerMoved(ticker=ticker(number, rig.clock.now_ms())))
        began = time.process_time()
        await hub.step()
        costs.append((time.process_time() - began) * 1000)
    sent = (sum(sink.bytes for sink in sinks) - before) / max(watchers, 1)
    seconds = STEPS * STEP_MS / 1000
    return median(costs), sum(costs) / STEPS, sent / seconds


async def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    chart = chart_topic(INST, Bar.M1)
    for label, topics, watchers in (
        ("1 watcher, sections", tuple(SECTIONS), 1),
        ("10 watchers, sections", tuple(SECTIONS), WATCHERS),
        ("10 watchers, sections and a chart", (*SECTIONS, chart), WATCHERS),
    ):
        middle, mean, rate = await measured(topics, watchers)
        share = mean / STEP_MS * 100
        print(
            f"{label}: {middle:.2f} ms a flush (mean {mean:.2f}), "
            f"{share:.1f} % of a core at 20/s, {rate / 1000:.1f} KB/s each"
        )


asyncio.run(main())
