"""Terminal and browser show the same desk: each field on both faces, and in `--json`.

One picture with a value of its own in every field; a field that one face drops is named.
"""

import re
from dataclasses import asdict
from typing import Any

import pytest

from tai2.web.places import Place
from tai2.wire.codec import to_tree
from tests.ui.desks import StillDesk
from tests.ui.screens import shown
from tests.ui.test_pages import desk
from tests.ui.web_user import visited

WIDE = (220, 80)
"""Room for everything: what is cut for want of it is another test's."""
EQUITY, TICKERS, HELD, ORDERS, LAST = "equity", "tickers", "positions", "orders", "decision"
LIVE = {
    "mode": "SIM",
    "equity": "10,030.12",
    "available": "7,511.20",
    "day's profit": "▲+84.20",
    "day's profit, %": "+0.85%",
    "day's limit": "-3.00%",
    "exposure": "0.80x",
    "exposure's limit": "2.00x",
    "pace": "5m",
    "reasoner": "rules-v1",
    "price": "66,671.0",
    "price of another": "3,412.55",
    "change of a day": "▲+1.01%",
    "funding": "+0.0100%",
    "funding due": "3h12m",
    "side": "LONG",
    "leverage": "3x",
    "size": "0.12",
    "entry": "66,420.0",
    "unrealised": "▲+30.12",
    "unrealised, %": "▲+0.38%",
    "stop": "65,900.0",
    "target": "67,800.0",
    "liquidation": "58,110.0",
    "age": "2h14m",
    "protected": "exchange",
    "order's side": "buy",
    "order's contracts": "1.5",
    "order's price": "3,400.00",
    "order's state": "live",
    "last decision": "BUY",
    "its verdict": "✓ sent 80.00",
    "its words": "because",
}
JSON = {
    "equity": "10030.12",
    "available": "7511.20",
    "day's profit": "84.20",
    "price": "66671.0",
    "entry": "66420.0",
    "unrealised": "30.12",
    "stop": "65900.0",
    "target": "67800.0",
    "liquidation": "58110.0",
    "order's price": "3400.00",
}
"""The same fields as `watch --json` and the socket have them."""
ENGINE = {
    "time": "22:08",
    "action": "BUY",
    "verdict": "80.00",
    "refused": "✗ no edge +1",
    "id": "D1",
    "when": "22:08:20 UTC",
    "confidence": "conf 50%",
    "asked": "80 asked",
    "plan": "stop 99,000 · target 102,000 · horizon 1h00m",
    "tokens": "≈12 tok",
    "words": "because",
    "instrument": "BTC",
    "chance": "p(up) 60%",
    "reasoner": "rules-v1",
    "provider": "by Acme",
    "cost": "$0.0041",
    "latency": "2.3 s",
}
HISTORY = {
    "time": "22:13:20",
    "zone": "(UTC)",
    "instrument": "BTC-USDT-SWAP",
    "side": "BUY",
    "price": "100,000",
    "size": "0.001",
    "notional": "100.00",
    "fee": "-0.0500",
    "net": "▼-0.0500",
    "leg": "entry",
    "decision": "D1",
    "why": "because",
}
CFG = {
    "interval": "60",
    "interval's name": "interval",
    "model's name": "Model",
    "instruments": "BTC",
    "range": "1 to 9",
    "effect": "at once",
    "source": "settings",
    "prompt": "prompt 3",
}
FIELDS = {Place.LIVE: LIVE, Place.ENGINE: ENGINE, Place.HISTORY: HISTORY, Place.CFG: CFG}
CASES = [(place, name) for place, fields in FIELDS.items() for name in fields]
_MARKS = re.compile(r"[│─╭╮╰╯┌┐└┘├┤|▸▏‹›]")
_DIGIT = re.compile(r"[0-9]")


async def in_terminal(place: Place, there: StillDesk) -> str:
    """Return a tab, and on ENGINE the decision that is chosen first, as one text."""
    async with shown(there, WIDE, tab=place.heading) as seen:
        for _round in range(6):
            text = await seen.look()
        if place is Place.ENGINE:
            text += await seen.press("enter")
            text += await seen.look()
        return text


async def in_browser(place: Place, there: StillDesk) -> str:
    """Return a page likewise."""
    async with visited(there, place) as page:
        text = await page.settle()
        if place is Place.ENGINE:
            text += await page.press("✓ sent")
        return text


@pytest.fixture(scope="module")
def faces() -> dict[Place, tuple[str, str]]:
    return {}


async def both(place: Place, faces: dict[Place, tuple[str, str]]) -> tuple[str, str]:
    """Return what each face shows; looked at once for all fields."""
    if place not in faces:
        faces[place] = await in_terminal(place, desk()), await in_browser(place, desk())
    return faces[place]


@pytest.mark.parametrize(("place", "name"), CASES, ids=str)
async def test_a_field_is_on_both_faces(
    place: Place, name: str, faces: dict[Place, tuple[str, str]]
) -> None:
    terminal, browser = await both(place, faces)
    assert FIELDS[place][name] in terminal
    assert FIELDS[place][name] in browser


@pytest.mark.parametrize("name", JSON)
def test_a_field_is_in_json_as_it_is_kept(name: str) -> None:
    state: Any = desk().state
    assert f"'{JSON[name]}'" in str(to_tree(state))
    assert JSON[name].rstrip("0").rstrip(".") in LIVE[name].replace(",", "")


def figures(text: str) -> set[str]:
    """Return everything with a digit that stands alone between blanks."""
    words = _MARKS.sub(" ", text).split()
    return {word for word in words if _DIGIT.search(word)}


@pytest.mark.parametrize("place", [Place.LIVE, Place.HISTORY])
async def test_no_figure_is_on_one_face_alone(
    place: Place, faces: dict[Place, tuple[str, str]]
) -> None:
    terminal, browser = (figures(text) for text in await both(place, faces))
    tabs = set("123456")
    assert terminal - browser - tabs == set()
    assert (
        browser - terminal - {"7d", "tai2."} == set()
    )  # a field of the range; a word of the banner


def test_the_picture_has_what_the_fields_ask_for() -> None:
    state = desk().state
    assert state is not None
    assert all(asdict(state)[name] for name in ("account", "positions", "orders", "tickers"))
