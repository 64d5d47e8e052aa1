"""Every record that crosses the simulated exchange's border, and the union of its events.

The server, the in-process faces and the markets import from here and from nowhere deeper.
It must never define behaviour: it only gathers `dealing` (the account) and `quotes` (public).
"""

from tai2.sim.exchange.dealing import (
    Ack,
    AlgoMoved,
    AlgoView,
    BalanceMoved,
    BalanceView,
    FillView,
    InstSpec,
    NewAlgo,
    NewOrder,
    OrderMoved,
    OrderView,
    PositionMoved,
    PositionView,
    Stop,
)
from tai2.sim.exchange.quotes import (
    BookMoved,
    BookView,
    CandleMoved,
    CandleRow,
    FundingMoved,
    FundingView,
    Level,
    LiquidationPrinted,
    MarkMoved,
    OpenInterestMoved,
    OpenInterestView,
    TickerMoved,
    TickerView,
    TradePrinted,
    TradeRow,
)

SimEvent = (
    BookMoved
    | TradePrinted
    | TickerMoved
    | CandleMoved
    | MarkMoved
    | FundingMoved
    | OpenInterestMoved
    | LiquidationPrinted
    | OrderMoved
    | AlgoMoved
    | PositionMoved
    | BalanceMoved
)
"""Everything a listener may be called with."""

__all__ = [
    "Ack",
    "AlgoMoved",
    "AlgoView",
    "BalanceMoved",
    "BalanceView",
    "BookMoved",
    "BookView",
    "CandleMoved",
    "CandleRow",
    "FillView",
    "FundingMoved",
    "FundingView",
    "InstSpec",
    "Level",
    "LiquidationPrinted",
    "MarkMoved",
    "NewAlgo",
    "NewOrder",
    "OpenInterestMoved",
    "OpenInterestView",
    "OrderMoved",
    "OrderView",
    "PositionMoved",
    "PositionView",
    "SimEvent",
    "Stop",
    "TickerMoved",
    "TickerView",
    "TradePrinted",
    "TradeRow",
]
