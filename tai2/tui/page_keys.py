"""Keys of ENGINE, HISTORY, DEBUG and CFG, in the order in which the help shows them.

Each tab binds the rows of its own place; see `key` and `tab_keys`. Capitals change something.
"""

from typing import Final

from tai2.tui.key import Key, Place

_E, _H, _D, _C = Place.ENGINE, Place.HISTORY, Place.DEBUG, Place.CFG

PAGE_KEYS: Final = (
    Key("engine.chat", "c", "c", "show('chat')", "Chat", "The chat with the desk.", _E, rank=2),
    Key("engine.type", "i", "i", "type", "Ask", "Type a question; Enter sends it.", _E, rank=2),
    Key(
        "engine.side",
        "l,right",
        "l →",
        "side(1)",
        "Side",
        "Why, prompt, reply, order, difference, scores.",
        _E,
        rank=2,
    ),
    Key("engine.side_back", "h,left", "h ←", "side(-1)", "Side back", "The side before.", _E),
    Key(
        "engine.outcome",
        "o",
        "o",
        "outcome",
        "Outcome",
        "Only traded, held, refused or failed cycles.",
        _E,
        rank=2,
    ),
    Key("history.table", "t", "t", "want('table')", "Table", "Fills or round trips.", _H, rank=2),
    Key("history.sort", "s", "s", "want('sort')", "Sort", "Order by the next column.", _H, rank=2),
    Key("history.turn", "S", "S", "want('turn')", "Turn", "Turn the order around.", _H),
    Key(
        "history.range",
        "r",
        "r",
        "want('range')",
        "Range",
        "24 hours, 7, 30 days, all.",
        _H,
        rank=2,
    ),
    Key(
        "history.export",
        "x",
        "x",
        "export",
        "CSV",
        "Write what matches to a CSV file; asks for its name.",
        _H,
        rank=2,
    ),
    Key("debug.follow", "f", "f", "follow", "Follow", "Follow the newest record.", _D, rank=2),
    Key("debug.level", "l", "l", "level", "Level", "Debug, info, warning, error.", _D, rank=2),
    Key("debug.next", "n", "n", "found(1)", "Next", "The next record found.", _D),
    Key("debug.previous", "N", "N", "found(-1)", "Previous", "The record found before.", _D),
    Key("debug.back", "m", "m", "jump(-1)", "-1 min", "A minute back.", _D),
    Key("debug.on", "M", "M", "jump(1)", "+1 min", "A minute on.", _D),
    Key("debug.clear", "c", "c", "clear", "Clear", "Empty the window; nothing is lost.", _D),
    Key("debug.other", "o", "o", "other", "Window", "The other window.", _D, rank=2),
    Key("cfg.versions", "v", "v", "versions", "Versions", "Versions of the texts.", _C, rank=2),
    Key("cfg.diff", "d", "d", "diff", "Diff", "Draft or version against what is in force.", _C),
    Key(
        "cfg.revert",
        "R",
        "R",
        "revert",
        "Revert",
        "Take the chosen version's texts as a new version.",
        _C,
    ),
)
