"""`tai2 watch` in words: one line for each thing that happened, and no stranger's escapes."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from tai2.cli.watch_text import Teller
from tai2.client.condition import Connecting, Mismatch
from tai2.client.outlook import CONDITION, Outlook
from tai2.model.controls import TradingState
from tai2.model.errors import DaemonNotRunning, ProtocolMismatch
from tai2.model.ids import FillId, OrdId
from tai2.model.instrument import Side
from tai2.model.money import BaseQty, Contracts, Px, QuoteAmt
from tai2.view.patch import pruned
from tai2.view.rows import HealthRow, TradeRow
from tai2.view.state import HealthView, PositionsView
from tai2.wire.codec import to_tree
from tai2.wire.watch import DECISION, FILL, STATE, WatchFrame
from tests.builders.views import BTC, NOW, decision, desk

FILLED = TradeRow(
    trade_id=UUID(int=1),
    fill_id=FillId("f"),
    timestamp_ms=NOW,
    symbol=BTC,
    side=Side.SELL,
    price=Px(Decimal(66671)),
    amount=BaseQty(Decimal("0.12")),
    contracts=Contracts(Decimal(12)),
    notional=QuoteAmt(Decimal(8000)),
    fee=QuoteAmt(Decimal("-4.5")),
    fee_ccy="USDT",
    pnl=QuoteAmt(Decimal("30.12")),
    ord_id=OrdId("1"),
    leg="exit",
    llm_reasoning="",
    reasoner="",
    mode="sim",
)


class Desk(Outlook):
    """An outlook that a test feeds."""

    def __init__(self) -> None:
        super().__init__(lambda: 0.0)
        self.teller = Teller(self, 0)

    def show(self, topic: str, body: object, base: int | None = None, rev: int = 0) -> None:
        self._take(WatchFrame(topic=topic, now=NOW, body=body, base=base, rev=rev))
        self.teller.hear(frozenset({topic}), is_silent=False)


@pytest.fixture
def seen(capsys: pytest.CaptureFixture[str]) -> Desk:
    shown = Desk()
    shown.show(STATE, pruned(to_tree(desk())))
    capsys.readouterr()
    return shown


def test_the_first_picture_says_state_and_positions(capsys: pytest.CaptureFixture[str]) -> None:
    Desk().show(STATE, pruned(to_tree(desk())))
    assert capsys.readouterr().out.splitlines() == [
        "09:47:12 state paper active",
        "09:47:12 position BTC-USDT-SWAP 12 ▲ LONG 3x, ✓ exchange",
    ]


def test_what_happened_before_is_not_told_again(
    seen: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    seen.show(DECISION, [pruned(to_tree(decision()))], rev=1)
    assert capsys.readouterr().out == ""


def test_a_decision_and_a_fill_are_one_line_each(
    seen: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = decision(justification="\x1b[2Jup\nnow")
    for topic in (DECISION, FILL):
        seen.show(topic, [], rev=0)
    seen.show(DECISION, [pruned(to_tree(evil))], base=0, rev=1)
    seen.show(FILL, [pruned(to_tree(FILLED))], base=0, rev=1)
    assert capsys.readouterr().out.splitlines() == [
        "09:45:00 decision BUY BTC p↑ 62% ✗ cooldown +1 | up now",
        "09:47:12 fill sell 12 BTC-USDT-SWAP @ 66,671.0 exit fee -4.50 pnl ▲+30.12",
    ]


def test_a_halt_a_fault_and_a_flat_position_are_told(
    seen: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    ill = HealthRow(part="ingest", ok=False, detail="gone", since_ms=NOW)
    halted = replace(
        desk().meta,
        trading_state=TradingState.HALTED,
        state_by="operator",
        state_reason="news",
    )
    state = desk(
        meta=halted,
        health=HealthView(rev=1, asof=NOW, rows={"ingest": ill}),
        positions=PositionsView(rev=2, asof=NOW),
    )
    seen.show(STATE, pruned(to_tree(state)))
    assert capsys.readouterr().out.splitlines() == [
        "09:47:12 state paper halted by operator: news",
        "09:47:12 health ingest degraded gone",
        "09:47:12 position BTC-USDT-SWAP flat",
    ]


def test_nobody_at_the_first_try_is_an_error() -> None:
    shown = Desk()
    shown._become(Connecting(reason="tai2 isn't running"))
    with pytest.raises(DaemonNotRunning):
        shown.teller.hear(frozenset({CONDITION}), is_silent=True)


def test_another_version_is_an_error() -> None:
    shown = Desk()
    shown._become(Mismatch(theirs="9", their_protocol=9, ours=1, reason="other", hint=""))
    with pytest.raises(ProtocolMismatch):
        shown.teller.hear(frozenset({CONDITION}), is_silent=True)


def test_it_is_done_after_so_many_lines(capsys: pytest.CaptureFixture[str]) -> None:
    teller = Teller(Desk(), 2)
    for number in range(5):
        teller.say(str(number))
    assert teller.is_done
    assert capsys.readouterr().out.splitlines() == ["0", "1"]
