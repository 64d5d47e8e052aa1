"""Keys of single tabs, in the order in which the help shows them.

Each tab binds the rows of its own place; see `key`. A tab may not reuse a key that works
everywhere; a test holds that.
"""

from typing import Final

from tai2.tui.key import Key, Place

TAB_KEYS: Final = (
    Key(
        "live.close",
        "X",
        "X",
        "app.close_position",
        "Close one",
        "Close the chosen position at market; asks first.",
        Place.LIVE,
        rank=2,
    ),
    Key(
        "live.adopt",
        "A",
        "A",
        "app.foster('adopt')",
        "Adopt",
        "Take over the chosen position of somebody else's, with a stop; asks first.",
        Place.LIVE,
    ),
    Key(
        "live.ignore",
        "I",
        "I",
        "app.foster('ignore')",
        "Ignore",
        "Let the chosen position of somebody else's lock its instrument no longer; asks first.",
        Place.LIVE,
    ),
    Key("ta.symbol", "o", "o", "step_symbol", "Symbol", "The next instrument.", Place.TA, rank=2),
    Key(
        "ta.timeframe",
        "t",
        "t",
        "step_bar",
        "Timeframe",
        "The next bar width: 1m, 5m, 1H, 4H.",
        Place.TA,
        rank=2,
    ),
    Key(
        "ta.zoom_in",
        "plus,equals_sign",
        "+",
        "zoom(1)",
        "Zoom",
        "Wider candles: up to 3 columns each.",
        Place.TA,
        rank=2,
    ),
    Key("ta.zoom_out", "minus", "-", "zoom(-1)", "Zoom out", "Narrower candles.", Place.TA),
    Key("ta.older", "h,left", "h ←", "pan(1)", "Older", "Pan to older candles.", Place.TA),
    Key("ta.newer", "l,right", "l →", "pan(-1)", "Newer", "Pan to newer candles.", Place.TA),
    Key(
        "ta.newest",
        "G,end",
        "G End",
        "pan_newest",
        "Newest",
        "Back to the newest candle.",
        Place.TA,
    ),
    Key("ta.bands", "B", "B", "toggle_bands", "Bollinger", "Bollinger Bands on or off.", Place.TA),
    Key("ta.vwap", "V", "V", "toggle_vwap", "VWAP", "VWAP on or off.", Place.TA),
    Key(
        "ta.table",
        "i",
        "i",
        "toggle_table",
        "Table",
        "The table of indicators on or off.",
        Place.TA,
        rank=2,
    ),
)
