"""Private channels: orders and stops at once, account and positions once per burst.

The server hands it the exchange's events. What one call into the exchange changes is told in
one frame per channel, right after that call; it must never delay or merge orders.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from tai2.sim.exchange.records import (
    AlgoMoved,
    BalanceMoved,
    BalanceView,
    MarginWarned,
    OrderMoved,
    PositionMoved,
    SimEvent,
)
from tai2.sim.server import account_rest, algo_rest
from tai2.sim.server.backend import Backend
from tai2.sim.server.followers import Followers, frame
from tai2.sim.server.params import Params, Row
from tai2.sim.server.rows_account import brief_position_row, warning_row
from tai2.sim.server.rows_orders import number, order_push_row
from tai2.sim.server.topics import REGULAR, Topic

_SNAPSHOT: Final[Mapping[str, object]] = {"eventType": "snapshot", "curPage": 1, "lastPage": True}
_UPDATE: Final[Mapping[str, object]] = {"eventType": "event_update"}


class Burst:
    """What one call into the exchange changed, until it is told."""

    def __init__(self) -> None:
        self.positions: dict[tuple[str, str], PositionMoved] = {}
        """The newest per instrument and side; one that was closed has pos 0."""
        self.balances: dict[str, BalanceMoved] = {}
        """The newest per currency."""
        self.trades: list[Row] = []

    @property
    def event_type(self) -> str:
        """Why: filled, funding_fee, liquidation or set_leverage; "" = only orders moved."""
        moves: list[BalanceMoved | PositionMoved] = [*self.balances.values()]
        moves += self.positions.values()
        return moves[0].event_type if moves else ""


class PrivateFeed:
    """Feeds every follower of private topics."""

    def __init__(self, backend: Backend, followers: Followers) -> None:
        self._backend = backend
        self._followers = followers
        self._burst: Burst | None = None
        self._regular_ms: dict[Topic, int] = {}

    def first_frame(self, topic: Topic) -> str | None:
        """Return the snapshot for a new follower; None = the channel has none."""
        now_ms = self._backend.now_ms()
        if topic.channel in REGULAR:
            self._regular_ms.setdefault(topic, now_ms)
            return self._frame(topic, self._state(topic), _SNAPSHOT)
        if topic.channel == "balance_and_position":
            return self._frame(topic, [self._both_snapshot(now_ms)], {})
        return None

    def pump(self, now_ms: int) -> None:
        """Repeat account and positions to those who asked for regular pushes."""
        for topic, told_ms in list(self._regular_ms.items()):
            if not self._followers.is_followed(topic):
                del self._regular_ms[topic]
            elif topic.interval_ms and now_ms - told_ms >= topic.interval_ms:
                self._regular_ms[topic] = now_ms
                self._followers.send(topic, self._frame(topic, self._state(topic), _SNAPSHOT))

    def on_event(self, event: SimEvent) -> None:
        """Tell orders and stops now, gather the rest of the burst."""
        match event:
            case OrderMoved():
                self._on_order(event)
            case AlgoMoved():
                row = algo_rest.shown(self._backend, event.algo)
                row |= {"notionalUsd": "", "reqId": "", "amendResult": ""}
                is_trail = event.algo.ord_type == "move_order_stop"
                channel = "algo-advance" if is_trail else "orders-algo"
                self._send(channel, event.algo.inst_type, event.algo.inst_id, row)
            case PositionMoved():
                held = event.position
                self._gathering().positions[held.inst_id, held.pos_side] = event
            case BalanceMoved():
                self._gathering().balances[event.balance.ccy] = event
            case MarginWarned(position=held):
                row = warning_row(held, self._backend.now_ms())
                self._send("liquidation-warning", held.inst_type, held.inst_id, row)
            case _:
                pass

    def _on_order(self, event: OrderMoved) -> None:
        order = event.order
        last_px = self._backend.exchange.ticker(order.inst_id).last
        row = order_push_row(order, event.fill, last_px)
        self._send("orders", order.inst_type, order.inst_id, row)
        burst = self._gathering()
        if event.fill:
            burst.trades.append({"instId": order.inst_id, "tradeId": event.fill.trade_id})

    def _send(self, channel: str, inst_type: str, inst_id: str, row: Row) -> None:
        for topic in self._followers.topics(channel):
            if topic.covers(inst_type, inst_id):
                self._followers.send(topic, self._frame(topic, [row], {}))

    def _gathering(self) -> Burst:
        if self._burst is None:
            self._burst = Burst()
            asyncio.get_running_loop().call_soon(self.flush)
        return self._burst

    def flush(self) -> None:
        """Tell what the burst gathered."""
        burst, self._burst = self._burst, None
        if burst is None:
            return
        for topic in self._followers.topics("account"):
            rows = self._changed(topic, burst)
            self._followers.send(topic, self._frame(topic, rows, _UPDATE))
        self._tell_positions(burst)
        if burst.event_type:
            for topic in self._followers.topics("balance_and_position"):
                self._followers.send(topic, self._frame(topic, [self._both(burst)], {}))

    def _changed(self, topic: Topic, burst: Burst) -> Sequence[Row]:
        """Return the account with the currencies that moved; an order alone moves its own."""
        ccys = [ccy for ccy in burst.balances if topic.ccy in ("", ccy)]
        return account_rest.balance(self._backend, Params({"ccy": ",".join(ccys) or topic.ccy}))

    def _tell_positions(self, burst: Burst) -> None:
        now_ms = str(self._backend.now_ms())
        for topic in self._followers.topics("positions"):
            rows = [
                account_rest.shown(self._backend, moved.position) | {"pTime": now_ms}
                for moved in burst.positions.values()
                if topic.covers(moved.position.inst_type, moved.position.inst_id)
            ]
            if rows:
                self._followers.send(topic, self._frame(topic, rows, _UPDATE))

    def _state(self, topic: Topic) -> Sequence[Row]:
        if topic.channel == "account":
            return account_rest.balance(self._backend, Params({"ccy": topic.ccy}))
        now_ms = str(self._backend.now_ms())
        return [
            account_rest.shown(self._backend, held) | {"pTime": now_ms}
            for held in self._backend.exchange.positions()
            if topic.covers(held.inst_type, held.inst_id)
        ]

    def _both(self, burst: Burst) -> Row:
        positions = [brief_position_row(moved.position) for moved in burst.positions.values()]
        return {
            "pTime": str(self._backend.now_ms()),
            "eventType": burst.event_type,
            "balData": [_cash(moved.balance) for moved in burst.balances.values()],
            "posData": positions,
            "trades": burst.trades,
        }

    def _both_snapshot(self, now_ms: int) -> Row:
        return {
            "pTime": str(now_ms),
            "eventType": "snapshot",
            "balData": [_cash(view) for view in self._backend.exchange.balances() if view.eq],
            "posData": [brief_position_row(held) for held in self._backend.exchange.positions()],
            "trades": [],
        }

    def _frame(self, topic: Topic, rows: Sequence[Row], extra: Mapping[str, object]) -> str:
        return frame(topic.arg() | {"uid": self._backend.key.uid}, rows, extra)


def _cash(view: BalanceView) -> Row:
    return {"ccy": view.ccy, "cashBal": number(view.cash_bal), "uTime": str(view.u_time)}
