"""One table of keys: nothing is bound twice, nothing that a terminal's tools need."""

from itertools import combinations
from pathlib import Path

import pytest

from tai2.tui.app import Terminal
from tai2.tui.help import help_lines
from tai2.tui.key import Key, Place
from tai2.tui.keys import KEYS, LEFT_ALONE, bindings, keys_of, markdown
from tai2.tui.tabs import TABS
from tai2.view.panels.line import text_of

HARMLESS_PLACES = (Place.LIVE, Place.TA, Place.ENGINE, Place.HISTORY, Place.DEBUG, Place.CFG)


def test_every_id_stands_once() -> None:
    ids = [key.id for key in KEYS]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("place", list(Place), ids=str)
def test_no_key_has_two_meanings_in_one_place(place: Place) -> None:
    everywhere = [] if place is Place.EVERYWHERE else list(keys_of(Place.EVERYWHERE))
    for one, other in combinations([*everywhere, *keys_of(place)], 2):
        assert not set(one.keys.split(",")) & set(other.keys.split(",")), (one.id, other.id)


def test_prefixes_of_multiplexers_and_alt_chords_are_left_alone() -> None:
    bound = {each for key in KEYS for each in key.keys.split(",")}
    assert not bound & set(LEFT_ALONE)
    assert not [
        each for each in bound if each.startswith("alt+") or (each[0] == "f" and each[1:].isdigit())
    ]


def test_whatever_changes_the_desk_is_a_capital() -> None:
    controls = [
        key
        for key in KEYS
        if key.action.startswith(("halt", "pause", "prepare", "app.close_", "app.foster"))
    ]
    live = {"live.close", "live.adopt", "live.ignore"}
    assert {key.id for key in controls} == {"halt", "pause", "flatten", *live}
    assert all(key.keys.isupper() for key in controls)


def test_bindings_carry_the_ids_of_the_table() -> None:
    assert [each.id for each in bindings(Place.EVERYWHERE)] == [
        key.id for key in keys_of(Place.EVERYWHERE)
    ]


@pytest.mark.parametrize("key", keys_of(Place.EVERYWHERE), ids=lambda key: key.id)
def test_the_app_has_an_action_for_every_key(key: Key) -> None:
    assert hasattr(Terminal, f"action_{key.action.partition('(')[0]}")


@pytest.mark.parametrize("name", list(TABS))
def test_a_tab_has_an_action_for_each_of_its_keys(name: str) -> None:
    tab = TABS[name]()
    for key in keys_of(tab.PLACE):
        found = f"action_{key.action.removeprefix('app.').partition('(')[0]}"
        assert hasattr(tab, found) or hasattr(Terminal, found), key.id


def test_the_readme_table_has_a_row_for_each_key() -> None:
    assert len(markdown().splitlines()) == len(KEYS) + 2


def test_the_readme_lists_every_key() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    told = readme.partition("<!-- keys: made by tai2.tui.keys.markdown -->\n")[2]
    assert told.partition("\n<!-- end of keys -->")[0] == markdown()


@pytest.mark.parametrize("columns", [75, 79])
def test_the_help_tells_each_key_whole(columns: int) -> None:
    lines = [text_of(each) for each in help_lines(Place.LIVE, columns)]
    told = " ".join(" ".join(lines).split())
    assert max(map(len, lines)) <= columns
    assert all(" ".join(key.text.split()) in told for key in KEYS if len(key.text) < columns - 23)
    assert "tai2 panic, in a shell." in told
