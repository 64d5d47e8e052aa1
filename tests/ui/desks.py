"""A desk without a daemon: a real picture, filled by hand, that answers from a table.

The picture, its ages and its conditions are the client's own (Outlook); only the socket is
missing. Its clock stands still until a test moves it.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tai2.client.condition import Attached, Connecting, Lost, Mismatch
from tai2.client.outlook import Outlook
from tai2.model.controls import TradingState
from tai2.model.ids import ClOrdId, CycleId, InstId
from tai2.model.instrument import Side
from tai2.model.money import BaseQty, Contracts, Px, QuoteAmt
from tai2.view.rows import (
    DecisionRow,
    HealthRow,
    OrderRow,
    PositionRow,
    TickerRow,
)
from tai2.view.state import ViewState
from tai2.wire.method import Hello
from tai2.wire.rpc import Fault

NOW_MS = 1_763_891_232_000
"""2025-11-23 09:47:12 UTC."""
HELLO = Hello(protocol=1, version="0.1.0", mode="sim", instance="main", pid=1, state_dir="/tmp")
NOT_CONNECTED = Fault(
    code=-1, message="not connected to tai2", hint="", exit_code=3, kind="DaemonNotRunning"
)


class StillDesk(Outlook):
    """A picture that moves when a test says so."""

    def __init__(self, state: ViewState | None = None) -> None:
        self.monotonic_s = 1_000.0
        super().__init__(lambda: self.monotonic_s)
        self.asked: list[tuple[str, Any]] = []
        self.replies: dict[str, Any] = {}
        self.watched: frozenset[str] = frozenset()
        if state is not None:
            self.attach()
            self.fill(state)

    def attach(self) -> None:
        self._become(Attached(hello=HELLO, since_s=self.monotonic_s))

    def lose(self) -> None:
        self._become(Lost(since_s=self.monotonic_s, reason="gone", retry_s=None))

    def never_found(self) -> None:
        self._become(Connecting(reason="tai2 isn't running", hint="Start it with: tai2 run"))

    def meet_stranger(self) -> None:
        self._become(
            Mismatch(
                theirs="9.9",
                their_protocol=9,
                ours=1,
                reason="the daemon (9.9) speaks protocol 9, this program 1",
                hint="Restart the daemon after an upgrade: systemctl restart tai2",
            )
        )

    def fill(self, state: ViewState, *names: str) -> None:
        self._picture.state = state
        self._now_ms, self._heard_s = NOW_MS, self.monotonic_s
        self._tell(frozenset(names) or frozenset({"meta", "account", "positions", "tickers"}))

    def pass_time(self, seconds: float) -> None:
        self.monotonic_s += seconds

    def watch(self, topics: Iterable[str], max_hz: float | None = None) -> None:
        self.watched = frozenset(topics)

    def retry(self) -> None:
        self.asked.append(("retry", None))

    async def run(self) -> None:
        """Nothing to attach to."""

    async def call(self, method: Any, params: Any, timeout_s: float = 10.0) -> Any:
        self.asked.append((method.name, params))
        reply = self.replies.get(method.name, NOT_CONNECTED)
        return reply(params) if callable(reply) else reply

    async def stream(
        self, method: Any, params: Any, on_event: Callable[[Any], None], timeout_s: float
    ) -> Any:
        return await self.call(method, params)


BTC, ETH, SOL = (InstId(f"{base}-USDT-SWAP") for base in ("BTC", "ETH", "SOL"))


def ticker(inst_id: InstId, px: str, ratio: str, **more: Any) -> TickerRow:
    base = inst_id.partition("-")[0]
    shape = [0, 1, 1, 2, 1, 2, 3, 3, 4, 5, 4, 6, 7, 6, 8, 9]
    figures: dict[str, Any] = {
        "inst_id": inst_id,
        "base_ccy": base,
        "quote_ccy": "USDT",
        "tick_sz": Decimal("0.1"),
        "lot_sz": Decimal("0.01"),
        "ct_val": Decimal("0.01"),
        "last_px": Px(Decimal(px)),
        "change_ratio": Decimal(ratio),
        "closes": tuple(float(px) * (1 + step / 1000) for step in shape),
        "funding_rate": Decimal("0.0001"),
        "funding_ms": NOW_MS + 11_520_000,
        "book_ok": True,
        "ts_event": NOW_MS - 400,
    }
    return TickerRow(**(figures | more))


def full_state() -> ViewState:
    """A desk in the middle of its day: one position, two orders, a refused decision."""
    empty = ViewState()
    position = PositionRow(
        inst_id=BTC,
        contracts=Contracts(Decimal(12)),
        base_qty=BaseQty(Decimal("0.12")),
        notional=QuoteAmt(Decimal("8000.52")),
        entry_px=Px(Decimal("66420.0")),
        mark_px=Px(Decimal("66671.0")),
        upnl=QuoteAmt(Decimal("30.12")),
        ratio=Decimal("0.0038"),
        lever=Decimal(3),
        margin_mode="cross",
        liq_px=Px(Decimal("58110.0")),
        stop_px=Px(Decimal("65900.0")),
        target_px=Px(Decimal("67800.0")),
        opened_ms=NOW_MS - 8_040_000,
        protected=True,
        foreign=False,
    )
    order = OrderRow(
        inst_id=ETH,
        cl_ord_id=ClOrdId("tai2e1"),
        leg="entry",
        side=Side.BUY,
        state="live",
        contracts=Contracts(Decimal("1.5")),
        acc_fill=Contracts(Decimal(0)),
        limit_px=Px(Decimal("3400.00")),
        reduce_only=False,
        sent_ms=NOW_MS - 3_000,
    )
    decision = DecisionRow(
        cycle_id=CycleId("c1"),
        inst_id=BTC,
        ts=NOW_MS - 132_000,
        duration_ms=2_300,
        outcome="refused",
        reason="COOLDOWN",
        reasoner="rules-v1 (no LLM)",
        action="BUY",
        effect="open",
        notional="500",
        p_up="0.62",
        cl_ord_id="",
        justification="Above session VWAP; StochRSI 88/94 overbought; [bold]CVD[/bold] flat.",
        detail="",
        refusals=("COOLDOWN", "MAX_POSITIONS"),
    )
    stamp: dict[str, Any] = {"rev": 1, "asof": NOW_MS}
    return replace(
        empty,
        meta=replace(
            empty.meta,
            **stamp,
            mode="sim",
            instance="main",
            version="0.1.0",
            reasoner="rules-v1 (no LLM)",
            trading_state=TradingState.ACTIVE,
            interval_s=Decimal(300),
            next_cycle_ms=NOW_MS + 42_000,
        ),
        account=replace(
            empty.account,
            **stamp,
            ccy="USDT",
            equity=QuoteAmt(Decimal("10030.12")),
            available=QuoteAmt(Decimal("7511.20")),
            upnl=QuoteAmt(Decimal("30.12")),
            day_pnl=QuoteAmt(Decimal("84.20")),
            day_ratio=Decimal("0.0085"),
            day_limit_ratio=Decimal("-0.03"),
            exposure=QuoteAmt(Decimal("8000.52")),
            exposure_ratio=Decimal("0.80"),
            net_ratio=Decimal("0.80"),
            exposure_limit_ratio=Decimal("2.0"),
        ),
        positions=replace(empty.positions, **stamp, rows={BTC: position}),
        orders=replace(empty.orders, **stamp, rows={"tai2e1": order}),
        tickers=replace(
            empty.tickers,
            **stamp,
            rows={
                BTC: ticker(BTC, "66671.0", "0.0101"),
                ETH: ticker(ETH, "3412.55", "-0.0042", tick_sz=Decimal("0.01")),
                SOL: ticker(SOL, "201.338", "0.0275", tick_sz=Decimal("0.001")),
            },
        ),
        decisions=replace(empty.decisions, **stamp, rows={"c1": decision}),
        health=replace(
            empty.health,
            **stamp,
            rows={
                name: HealthRow(part=name, ok=True, detail="", since_ms=NOW_MS - 60_000)
                for name in ("ingest", "accounts", "journal")
            },
        ),
    )
