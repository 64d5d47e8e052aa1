"""Every record that crosses the simulated exchange's border, and the union of its events.

The server, the in-process faces and the markets import from here and from nowhere deeper.
It must never define behaviour: it only gathers `dealing` (orders), `holdings` (the account) and
`quotes` (public).
"""

from tai2.sim.exchange.dealing import (
    Ack,
    AlgoMoved,
    AlgoView,
    Amendment,
    FillView,
    NewAlgo,
    NewOrder,
    OrderMoved,
    OrderView,
    Spring,
    Stop,
)
from tai2.sim.exchange.holdings import (
    BalanceMoved,
    BalanceView,
    BillView,
    MarginWarned,
    PastPosition,
    PositionMoved,
    PositionView,
)
from tai2.sim.exchange.quotes import (
    BookMoved,
    BookView,
    CandleMoved,
    CandleRow,
    FundingMoved,
    FundingView,
    InstrumentMoved,
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
from tai2.sim.exchange.specs import InstSpec, Tier

SimEvent = (
    BookMoved
    | TradePrinted
    | TickerMoved
    | CandleMoved
    | MarkMoved
    | FundingMoved
    | OpenInterestMoved
    | InstrumentMoved
    | LiquidationPrinted
    | OrderMoved
    | AlgoMoved
    | PositionMoved
    | BalanceMoved
    | MarginWarned
)
"""Everything a listener may be called with."""

__all__ = [
    "Ack",
    "AlgoMoved",
    "AlgoView",
    "Amendment",
    "BalanceMoved",
    "BalanceView",
    "BillView",
    "BookMoved",
    "BookView",
    "CandleMoved",
    "CandleRow",
    "FillView",
    "FundingMoved",
    "FundingView",
    "InstSpec",
    "InstrumentMoved",
    "Level",
    "LiquidationPrinted",
    "MarginWarned",
    "MarkMoved",
    "NewAlgo",
    "NewOrder",
    "OpenInterestMoved",
    "OpenInterestView",
    "OrderMoved",
    "OrderView",
    "PastPosition",
    "PositionMoved",
    "PositionView",
    "SimEvent",
    "Spring",
    "Stop",
    "TickerMoved",
    "TickerView",
    "Tier",
    "TradePrinted",
    "TradeRow",
]
