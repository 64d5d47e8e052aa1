"""Keys that work everywhere, and those of every list.

The shell and the list widgets bind them; see `key`. Control keys are capitals, so that a
slip of the finger changes nothing.
"""

from typing import Final

from tai2.tui.key import Key, Place

SHELL_KEYS: Final = (
    Key("help", "question_mark", "?", "help", "Help", "All keys, those of this tab first.", rank=1),
    Key("palette", "colon", ":", "command_palette", "Cmd", "Find a command by its name.", rank=1),
    Key(
        "tab.live",
        "1",
        "1",
        "show_tab('LIVE')",
        "LIVE",
        "Money, markets, positions, orders, the last decision.",
    ),
    Key("tab.ta", "2", "2", "show_tab('TA')", "TA", "Chart and indicators."),
    Key(
        "tab.engine",
        "3",
        "3",
        "show_tab('ENGINE')",
        "ENGINE",
        "Decisions, why, prompt and reply, cost; chat.",
    ),
    Key(
        "tab.history",
        "4",
        "4",
        "show_tab('HISTORY')",
        "HISTORY",
        "Executed trades and round trips.",
    ),
    Key(
        "tab.debug",
        "5",
        "5",
        "show_tab('DEBUG')",
        "DEBUG",
        "The daemon's log and this terminal's own.",
    ),
    Key(
        "tab.cfg",
        "6",
        "6",
        "show_tab('CFG')",
        "CFG",
        "Interval, prompt, model, instruments, limits.",
    ),
    Key("tab.next", "right_square_bracket", "]", "step_tab(1)", "Next", "The next tab."),
    Key(
        "tab.previous", "left_square_bracket", "[", "step_tab(-1)", "Previous", "The previous tab."
    ),
    Key("find", "slash", "/", "find", "Find", "Search or filter in this tab.", rank=2),
    Key(
        "freeze",
        "space",
        "space",
        "freeze",
        "Freeze",
        "Hold the picture still; data goes on arriving. Again: let it go.",
        rank=2,
    ),
    Key(
        "copy",
        "y",
        "y",
        "copy",
        "Copy",
        "Copy what is chosen to the clipboard (OSC 52, also over SSH).",
        rank=2,
    ),
    Key(
        "back",
        "escape",
        "Esc",
        "back",
        "Back",
        "Close what is open, leave the input, undo a filter.",
    ),
    Key(
        "pause",
        "P",
        "P",
        "pause",
        "Pause",
        "Open nothing new; positions are still managed. Again: resume, which asks first.",
        rank=2,
    ),
    Key(
        "halt",
        "H",
        "H",
        "halt",
        "HALT",
        "Stop all new orders at once, without a question. Stops at the exchange stay. "
        "When the daemon doesn't answer: tai2 panic, in a shell.",
        rank=1,
    ),
    Key(
        "flatten",
        "F",
        "F",
        "prepare('flatten')",
        "FLATTEN",
        "Halt, cancel our orders, close our positions; asks for the word first.",
        rank=1,
    ),
    Key("detach", "q,ctrl+c", "q", "detach", "Detach", "Leave. The daemon keeps running.", rank=1),
    Key("list.down", "j,down", "j ↓", "cursor(1)", "Down", "One row down.", Place.LIST),
    Key("list.up", "k,up", "k ↑", "cursor(-1)", "Up", "One row up.", Place.LIST),
    Key(
        "list.page_down",
        "ctrl+d,pagedown",
        "^d PgDn",
        "page(1)",
        "Page down",
        "One page down.",
        Place.LIST,
    ),
    Key(
        "list.page_up",
        "ctrl+u,pageup",
        "^u PgUp",
        "page(-1)",
        "Page up",
        "One page up.",
        Place.LIST,
    ),
    Key("list.first", "g,home", "g Home", "edge(-1)", "First", "The first row.", Place.LIST),
    Key("list.last", "G,end", "G End", "edge(1)", "Last", "The last row.", Place.LIST),
    Key("list.open", "enter", "Enter", "open", "Open", "Open the chosen row.", Place.LIST),
)
