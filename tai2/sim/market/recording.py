"""A market that plays back what the exchange once sent: recorded books, trades and marks.

The simulator steps it at a pace; times are shifted so that the recording begins at the start.
Books and prints are the recording's own; what the account takes from a book comes back with
its next recorded change. It must never look ahead of its time.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from tai2.model.errors import UsageError
from tai2.model.money import dec
from tai2.model.recording import PART_GLOB, Channel, RecordedFrame, read_frames
from tai2.sim.exchange.exchange import Exchange
from tai2.sim.exchange.records import FundingView, InstSpec, OpenInterestView

_HEAD: Final = 20_000
"""Frames searched for instruments before the market starts."""
_LISTING: Final = "/api/v5/public/instruments"
_MAKER, _TAKER = Decimal("0.0002"), Decimal("0.0005")
_MMR: Final = Decimal("0.004")
_FUNDING_MS: Final = 28_800_000
Json = dict[str, Any]


def frames_of(path: Path) -> Iterator[RecordedFrame]:
    """Yield the frames of a part, or of a directory of parts in order of name."""
    parts = sorted(path.glob(PART_GLOB)) if path.is_dir() else [path]
    for part in parts:
        with part.open("rb") as stream:
            yield from read_frames(stream)


class RecordedMarket:
    """Every instrument of one recording."""

    def __init__(self, path: Path, *, speed: float = 1.0) -> None:
        """Read the recording's head.

        Args:
            path: One part, or a directory of parts.
            speed: Recorded seconds per second of the exchange's time.

        Raises:
            UsageError: There is no recording, or none of a swap with a book.
            DataInvalid: It isn't a recording.
        """
        if not path.exists():
            raise UsageError(f"no recording at {path}", "make one with `tai2 record DIR`")
        self._path = path
        self._speed = Decimal(str(speed))
        self.specs = _listed(path)
        if not self.specs:
            raise UsageError(
                f"the recording {path} lists no swap whose book it follows",
                "record for a few seconds more, from the start of a part",
            )
        self._inst_ids = {spec.inst_id for spec in self.specs}
        self._frames: Iterator[RecordedFrame] = iter(())
        self._next: RecordedFrame | None = None
        self._first_ms, self._start_ms = 0, 0
        self._books: dict[str, dict[str, dict[Decimal, Decimal]]] = {}
        self._moved: dict[str, None] = {}
        self._players: Mapping[str, Callable[[Exchange, Json, Json], None]] = {
            "books": self._on_book,
            "trades": self._on_trade,
            "mark-price": self._on_mark,
            "funding-rate": self._on_funding,
            "open-interest": self._on_interest,
            "liquidation-orders": self._on_liquidation,
        }

    def start(self, exchange: Exchange, now_ms: int) -> None:
        """Play everything up to the first whole set of books, so that each can be quoted."""
        exchange.advance(now_ms)
        self._frames = frames_of(self._path)
        self._next = next(self._frames, None)
        while self._next is not None and not self._inst_ids <= self._books.keys():
            self._play(exchange, self._next)
            self._first_ms = self._next.ts_recv
            self._next = next(self._frames, None)
        self._start_ms = now_ms
        self._quote(exchange)
        exchange.advance(now_ms)

    def step(self, exchange: Exchange, now_ms: int) -> None:
        """Play what was received up to now; at the recording's end prices stand still."""
        exchange.advance(now_ms)
        until = self._first_ms + int((now_ms - self._start_ms) * self._speed)
        while self._next is not None and self._next.ts_recv <= until:
            self._play(exchange, self._next)
            self._next = next(self._frames, None)
        self._quote(exchange)
        exchange.advance(now_ms)

    def _play(self, exchange: Exchange, frame: RecordedFrame) -> None:
        if frame.channel is not Channel.PUBLIC:
            return
        message = json.loads(frame.raw)
        player = self._players.get(message.get("arg", {}).get("channel", ""))
        for row in message.get("data", ()) if player else ():
            if row.get("instId", message["arg"].get("instId")) in self._inst_ids:
                assert player is not None
                player(exchange, message, row)

    def _on_book(self, _exchange: Exchange, message: Json, row: Json) -> None:
        inst_id = message["arg"]["instId"]
        if message.get("action") == "snapshot":
            self._books[inst_id] = {"bids": {}, "asks": {}}
        book = self._books.get(inst_id)
        if book is None:
            return
        for name, side in book.items():
            for level in row[name]:
                px, contracts = dec(level[0]), dec(level[1])
                if contracts:
                    side[px] = contracts
                else:
                    side.pop(px, None)
        self._moved[inst_id] = None

    def _quote(self, exchange: Exchange) -> None:
        for inst_id in self._moved:
            book = self._books[inst_id]
            exchange.set_book(inst_id, book["bids"], book["asks"])
        self._moved.clear()

    def _on_trade(self, exchange: Exchange, _message: Json, row: Json) -> None:
        count = int(row.get("count", "1"))
        exchange.print_trade(row["instId"], row["side"], dec(row["px"]), dec(row["sz"]), count)

    def _on_mark(self, exchange: Exchange, _message: Json, row: Json) -> None:
        exchange.set_mark(row["instId"], dec(row["markPx"]))

    def _on_funding(self, exchange: Exchange, _message: Json, row: Json) -> None:
        shift = exchange.now_ms - int(row["ts"])
        due, after = int(row["fundingTime"]), int(row["nextFundingTime"] or 0)
        interval_ms = after - due if after else _FUNDING_MS
        exchange.set_funding(
            row["instId"],
            FundingView(
                rate=dec(row["fundingRate"]),
                funding_time=due + shift,
                next_funding_time=due + shift + interval_ms,
                interval_ms=interval_ms,
                ts=exchange.now_ms,
                min_rate=dec(row["minFundingRate"] or "-0.00375"),
                max_rate=dec(row["maxFundingRate"] or "0.00375"),
            ),
        )

    def _on_interest(self, exchange: Exchange, _message: Json, row: Json) -> None:
        figures = (dec(row[name]) for name in ("oi", "oiCcy", "oiUsd"))
        oi, oi_ccy, oi_usd = figures
        view = OpenInterestView(oi=oi, oi_ccy=oi_ccy, oi_usd=oi_usd, ts=exchange.now_ms)
        exchange.set_open_interest(row["instId"], view)

    def _on_liquidation(self, exchange: Exchange, _message: Json, row: Json) -> None:
        for one in row["details"]:
            exchange.print_liquidation(row["instId"], one["side"], dec(one["bkPx"]), dec(one["sz"]))


def _listed(path: Path) -> list[InstSpec]:
    """Return the linear swaps that the head of a recording lists and quotes."""
    known: dict[str, InstSpec] = {}
    quoted: dict[str, None] = {}
    for number, frame in enumerate(frames_of(path)):
        if number > _HEAD:
            break
        message = json.loads(frame.raw)
        if frame.channel is Channel.REST and message["path"].startswith(_LISTING):
            rows = message["body"]["data"]
            known |= {row["instId"]: _spec(row) for row in rows if row["ctType"] == "linear"}
        elif message.get("action") == "snapshot":
            quoted[message["arg"]["instId"]] = None
    return [known[inst_id] for inst_id in quoted if inst_id in known]


def _spec(row: Json) -> InstSpec:
    family = row["instFamily"]
    base, quote = family.split("-")
    return InstSpec(
        inst_type=row["instType"],
        inst_id=row["instId"],
        inst_family=family,
        base_ccy=base,
        quote_ccy=quote,
        settle_ccy=row["settleCcy"],
        ct_val=dec(row["ctVal"]),
        ct_mult=dec(row["ctMult"]),
        ct_val_ccy=row["ctValCcy"],
        ct_type=row["ctType"],
        tick_sz=dec(row["tickSz"]),
        lot_sz=dec(row["lotSz"]),
        min_sz=dec(row["minSz"]),
        max_lmt_sz=dec(row["maxLmtSz"]),
        max_mkt_sz=dec(row["maxMktSz"]),
        lever=dec(row["lever"]),
        group_id=row["groupId"],
        inst_id_code=row["instIdCode"] or 0,
        list_time=int(row["listTime"]),
        maker_rate=_MAKER,
        taker_rate=_TAKER,
        mmr_rate=_MMR,
    )
