"""Public channels: paced streams for what conflates, immediate frames for what must not.

The server pumps it in rounds and hands it the exchange's events; the request desk opens and
closes topics. Trades, closed candles and liquidations go out at once, never merged.
"""

from tai2.sim.exchange.records import (
    CandleMoved,
    InstrumentMoved,
    LiquidationPrinted,
    SimEvent,
    TradePrinted,
)
from tai2.sim.server.aggregates import single_trades
from tai2.sim.server.backend import Backend
from tai2.sim.server.faults import Faults
from tai2.sim.server.followers import Followers, frame
from tai2.sim.server.rows_public import (
    candle_row,
    instrument_row,
    liquidation_row,
    trade_row,
)
from tai2.sim.server.streams import Stream, make_stream, order_of_push
from tai2.sim.server.topics import Topic


class PublicFeed:
    """Feeds every follower of public topics."""

    def __init__(self, backend: Backend, followers: Followers, faults: Faults) -> None:
        self._backend = backend
        self._followers = followers
        self._faults = faults
        self._streams: dict[Topic, Stream] = {}

    def first_frame(self, topic: Topic) -> str | None:
        """Return what a new follower of a topic gets at once; None = nothing."""
        stream = self._streams.get(topic) or make_stream(topic, self._backend, self._faults)
        if stream is None:
            return None
        self._streams[topic] = stream
        return stream.first(self._backend.now_ms())

    def pump(self, now_ms: int) -> None:
        """Send what is due and drop the streams that nobody follows any more."""
        for topic in order_of_push(list(self._streams)):
            if not self._followers.is_followed(topic):
                del self._streams[topic]
            elif text := self._streams[topic].due(now_ms):
                self._followers.send(topic, text)

    def on_event(self, event: SimEvent) -> None:
        """Send what can't wait for the next round."""
        match event:
            case TradePrinted():
                self._on_trade(event)
            case CandleMoved() if event.row.confirmed:
                topic = Topic(f"candle{event.bar}", inst_id=event.inst_id)
                self._send(topic, candle_row(event.row))
            case LiquidationPrinted():
                self._on_liquidation(event)
            case InstrumentMoved(spec=spec):
                for topic in self._followers.topics("instruments"):
                    if topic.covers(spec.inst_type, spec.inst_id):
                        self._send(topic, instrument_row(spec))
            case _:
                pass

    def _on_trade(self, event: TradePrinted) -> None:
        singles = Topic("trades-all", inst_id=event.inst_id)
        if self._followers.is_followed(singles):
            for single in single_trades(self._backend.find(event.inst_id), event.row):
                self._send(singles, trade_row(event.inst_id, single))
        topic = Topic("trades", inst_id=event.inst_id)
        if not self._followers.is_followed(topic):
            return
        seq_id = self._backend.exchange.book(event.inst_id, 1).seq_id
        row = trade_row(event.inst_id, event.row)
        self._send(topic, row | {"count": str(event.row.count), "seqId": seq_id})

    def _on_liquidation(self, event: LiquidationPrinted) -> None:
        spec = self._backend.find(event.inst_id)
        if spec is None:
            return
        for topic in self._followers.topics("liquidation-orders"):
            if topic.covers(spec.inst_type, spec.inst_id):
                self._send(topic, liquidation_row(spec, event))

    def _send(self, topic: Topic, line: object) -> None:
        if self._followers.is_followed(topic):
            self._followers.send(topic, frame(topic.arg(), [line], {}))
