"""A market made by dice and calibrated on a real capture: frames as OKX's public socket sends them.

Benchmarks and the instruction gate feed them to decoders and engines. The same seed gives the
same bytes, whose digest is checked: two runs, and two Pythons, measure the same work.

Calibration (BTC-USDT, 10.7 s of 2022): 9.2 books, 6.4 trades and 2.3 tickers a second; 43
levels a book push, 45 % of them removals, at ranks whose deciles are RANKS.
"""

import hashlib
import random
from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec

DEPTH: Final = 400
RANKS: Final = (0, 2, 6, 16, 25, 38, 55, 83, 281, 399)
LEVELS: Final = (10, 17, 21, 28, 31, 37, 45, 52, 59, 81, 110)
"""Deciles of the levels in a push, ends included."""
REMOVED: Final = 0.45
RATES: Final = {"books": 9.2, "trades": 6.4, "tickers": 2.3}
"""Pushes a second and instrument."""
START_MS: Final = 1_700_000_000_000
TICK: Final = 10
"""Prices are whole numbers of a hundredth here, and texts on the wire."""


@dataclass
class Side:
    """One half of a book, prices in hundredths."""

    sign: int
    """+1 asks (rising), -1 bids (falling)."""
    sizes: dict[int, int] = field(default_factory=dict)
    prices: list[int] = field(default_factory=list)
    """Rising, times sign: the best one first."""

    def put(self, px: int, size: int) -> list[str]:
        """Set a level, 0 removes; return it as the wire has it."""
        key = px * self.sign
        if size and px not in self.sizes:
            insort(self.prices, key)
        elif not size and px in self.sizes:
            del self.prices[bisect_left(self.prices, key)]
        if size:
            self.sizes[px] = size
        else:
            self.sizes.pop(px, None)
        return [f"{px / 100:.1f}", f"{size / 100:.2f}" if size else "0", "0", str(min(size, 9))]

    def at(self, rank: int) -> int:
        """Return the price at a rank."""
        return self.prices[min(rank, len(self.prices) - 1)] * self.sign

    def rows(self, depth: int) -> list[list[str]]:
        """Return the best levels as the wire has them."""
        best = [key * self.sign for key in self.prices[:depth]]
        return [[f"{px / 100:.1f}", f"{self.sizes[px] / 100:.2f}", "0", "1"] for px in best]


class Instrument:
    """One instrument's pushes."""

    def __init__(self, inst_id: str, dice: random.Random) -> None:
        self.inst_id = inst_id
        self._dice = dice
        mid = dice.randrange(1_000, 90_000) * 100
        self.asks, self.bids = Side(1), Side(-1)
        for n in range(DEPTH):
            self.asks.put(mid + (n + 1) * TICK, dice.randrange(1, 90_000))
            self.bids.put(mid - n * TICK, dice.randrange(1, 90_000))
        self._seq = dice.randrange(10**9)
        self._trade_id = dice.randrange(10**8)

    def snapshot(self) -> bytes:
        """Return the first push of the book."""
        rows = {"asks": self.asks.rows(DEPTH), "bids": self.bids.rows(DEPTH)}
        return self._book("snapshot", rows, START_MS, -1)

    def push(self, channel: str, ts: int) -> bytes:
        """Return one push of a channel."""
        return {"books": self._delta, "trades": self._trade, "tickers": self._ticker}[channel](ts)

    def _delta(self, ts: int) -> bytes:
        decile = self._dice.randrange(len(LEVELS) - 1)
        levels = self._dice.randint(LEVELS[decile], LEVELS[decile + 1])
        rows: dict[str, dict[str, list[str]]] = {"asks": {}, "bids": {}}
        for _ in range(levels):
            name, side = self._dice.choice((("asks", self.asks), ("bids", self.bids)))
            level = side.put(*self._change(side))
            rows[name][level[0]] = level
        before, self._seq = self._seq, self._seq + self._dice.randint(1, 9)
        return self._book("update", {k: list(v.values()) for k, v in rows.items()}, ts, before)

    def _change(self, side: Side) -> tuple[int, int]:
        rank = self._dice.randrange(len(RANKS) - 1)
        px = side.at(self._dice.randint(RANKS[rank], RANKS[rank + 1]))
        if self._dice.random() < REMOVED and len(side.prices) > DEPTH // 2:
            return px, 0
        px += side.sign * TICK * self._dice.randint(0, 2)
        other = self.bids if side is self.asks else self.asks
        if (px - other.at(0)) * side.sign <= 0:
            px = other.at(0) + side.sign * TICK
        return px, self._dice.randrange(1, 90_000)

    def _book(self, action: str, rows: dict[str, list[list[str]]], ts: int, before: int) -> bytes:
        seqs = {"checksum": 0, "prevSeqId": before, "seqId": self._seq}
        arg = {"channel": "books", "instId": self.inst_id}
        row = {**rows, "ts": str(ts), **seqs}
        return msgspec.json.encode({"arg": arg, "action": action, "data": [row]})

    def _trade(self, ts: int) -> bytes:
        side = self._dice.choice(("buy", "sell"))
        px = (self.asks if side == "buy" else self.bids).at(0)
        self._trade_id += 1
        row = {
            "instId": self.inst_id,
            "tradeId": str(self._trade_id),
            "px": f"{px / 100:.1f}",
            "sz": f"{self._dice.randrange(1, 900) / 100:.2f}",
            "side": side,
            "ts": str(ts),
            "count": "1",
        }
        return self._rows("trades", row)

    def _ticker(self, ts: int) -> bytes:
        ask, bid = f"{self.asks.at(0) / 100:.1f}", f"{self.bids.at(0) / 100:.1f}"
        row = {
            "instType": "SWAP",
            "instId": self.inst_id,
            "last": bid,
            "lastSz": "1",
            "askPx": ask,
            "askSz": "11",
            "bidPx": bid,
            "bidSz": "5",
            "open24h": "9000.5",
            "high24h": ask,
            "low24h": "8800.1",
            "sodUtc0": "9000.5",
            "sodUtc8": "9010",
            "volCcy24h": "2222.5",
            "vol24h": "222250",
            "ts": str(ts),
        }
        return self._rows("tickers", row)

    def _rows(self, channel: str, row: dict[str, str]) -> bytes:
        arg = {"channel": channel, "instId": self.inst_id}
        return msgspec.json.encode({"arg": arg, "data": [row]})


@dataclass(frozen=True)
class Corpus:
    """Frames in the order of their time."""

    inst_ids: tuple[str, ...]
    frames: tuple[bytes, ...]
    times: tuple[int, ...]
    """When each is sent, ms UTC."""
    books: dict[str, tuple[list[list[str]], list[list[str]]]]
    """Best 20 bids and asks of each instrument in the end, as the wire would have them."""

    @property
    def digest(self) -> str:
        """SHA-256 of all frames."""
        return hashlib.sha256(b"\n".join(self.frames)).hexdigest()


def make(instruments: int, seconds: float, seed: int = 1) -> Corpus:
    """Return a market of some instruments over some seconds, snapshots first."""
    dice = random.Random(seed)
    made = [Instrument(f"C{n:03}-USDT-SWAP", dice) for n in range(instruments)]
    frames = [(START_MS, each.snapshot()) for each in made]
    plan = sorted(_plan(made, seconds, dice), key=lambda one: one[0])
    frames += [(ts, made[n].push(channel, ts)) for ts, n, channel in plan]
    return Corpus(
        inst_ids=tuple(each.inst_id for each in made),
        frames=tuple(frame for _ts, frame in frames),
        times=tuple(ts for ts, _frame in frames),
        books={each.inst_id: (each.bids.rows(20), each.asks.rows(20)) for each in made},
    )


def _plan(
    made: list[Instrument], seconds: float, dice: random.Random
) -> Iterator[tuple[int, int, str]]:
    for number in range(len(made)):
        for channel, rate in RATES.items():
            ts = 0.0
            while (ts := ts + dice.expovariate(rate) * 1000) < seconds * 1000:
                yield START_MS + int(ts), number, channel
