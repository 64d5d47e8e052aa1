"""A corpus through the product's own way, from frame to book, flow and flush; and bare decoding.

`ingest_cost` times them in turn, the instruction gate counts them:
`python -m tests.benchmarks.replay engine|bare|empty SECONDS`. What it made is checked, always:
a fast wrong book is worth nothing.
"""

import math
import sys
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec

from tai2.engine.bus import Bus
from tai2.engine.clock import StepClock
from tai2.engine.ingest import Ingest
from tai2.engine.market import InstrumentMarket
from tai2.model.ids import InstId
from tai2.okx.channels import PublicChannels
from tai2.okx.frames import read_frame
from tests.benchmarks.corpus import START_MS, Corpus, make
from tests.builders.market import swap

FLUSH_MS: Final = 1_000
INSTRUMENTS: Final = 20


class NoFeed:
    """Counts what would be subscribed anew: a gap."""

    def __init__(self) -> None:
        self.gaps = 0

    def resync(self, _inst_id: InstId) -> None:
        """Count."""
        self.gaps += 1


class Engine:
    """Channels, ingest and markets as the daemon wires them, without its sockets."""

    def __init__(self, corpus: Corpus) -> None:
        inst_ids = tuple(InstId(each) for each in corpus.inst_ids)
        self.feed = NoFeed()
        self.clock = StepClock(START_MS)
        self.markets = {each: InstrumentMarket(swap(inst_id=each)) for each in inst_ids}
        ingest = Ingest(self.feed, self.markets, self.clock, Bus())  # type: ignore[arg-type] # resync alone
        self.channels = PublicChannels(inst_ids, ingest.apply, self.clock)
        self.flushed = 0

    def run(self, corpus: Corpus) -> "Engine":
        """Take every frame; flush each second of the corpus."""
        due = START_MS + FLUSH_MS
        on_data = self.channels.on_data
        for ts, text in zip(corpus.times, corpus.frames, strict=True):
            if ts >= due:
                self._flush(due)
                due += FLUSH_MS
            on_data(read_frame(text), ts)
        return self

    def _flush(self, now_ms: int) -> None:
        """Encode the best 20 levels and the flow of every instrument."""
        for market in self.markets.values():
            top = market.book.top()
            self.flushed += len(msgspec.json.encode((top, market.flow.flow_set(now_ms, top))))


def bare(corpus: Corpus) -> int:
    """Decode every frame to dicts and lists, the floor of what reading costs."""
    decode = msgspec.json.decode
    return sum(len(decode(text)) for text in corpus.frames)


def check(engine: Engine, corpus: Corpus) -> None:
    """Hold books and flow to a plain reading of the same frames.

    Raises:
        AssertionError: A gap, a level or a sum differs.
    """
    assert engine.feed.gaps == 0
    assert engine.flushed > 0
    cvd: dict[str, list[float]] = defaultdict(list)
    for text in corpus.frames:
        frame = msgspec.json.decode(text)
        if frame["arg"]["channel"] == "trades":
            for row in frame["data"]:
                sign = 1 if row["side"] == "buy" else -1
                cvd[row["instId"]].append(sign * float(row["sz"]) * 0.01)
    for inst_id, (bids, asks) in corpus.books.items():
        market = engine.markets[InstId(inst_id)]
        top = market.book.top()
        assert top is not None
        for found, told in ((top.bids, bids), (top.asks, asks)):
            assert found == tuple((Decimal(px), Decimal(size)) for px, size, *_ in told)
        flow = market.flow.flow_set(corpus.times[-1], top)
        assert flow is not None
        assert math.isclose(flow.cvd_session or 0.0, math.fsum(cvd[inst_id]), abs_tol=1e-9)


WAYS: Final[dict[str, Callable[[Corpus], object]]] = {
    "engine": lambda corpus: Engine(corpus).run(corpus),
    "bare": bare,
    "empty": len,  # type: ignore[dict-item] # never called
}


if __name__ == "__main__":
    made = make(INSTRUMENTS, float(sys.argv[2]))
    if sys.argv[1] != "empty":
        WAYS[sys.argv[1]](made)
