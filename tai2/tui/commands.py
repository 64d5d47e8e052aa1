"""The command palette: every key's action by its name.

Textual's palette asks it; the table of keys feeds it. An action that isn't possible now
says so when it is run, it isn't hidden.
"""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tai2.tui.key import Key, Place
from tai2.tui.keys import keys_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any


class Commands(Provider):
    """All keys that work everywhere and those of the shown tab."""

    def _rows(self) -> Iterator[Key]:
        place = getattr(self.app, "place", Place.EVERYWHERE)
        yield from (key for key in keys_of(Place.EVERYWHERE, place) if key.id != "palette")

    def _run(self, key: Key) -> "Callable[[], Coroutine[Any, Any, None]]":
        tab = getattr(self.app, "tab", None)
        return partial(_act, self.app if key.place is Place.EVERYWHERE else tab, key.action)

    async def discover(self) -> Hits:
        """List everything."""
        for key in self._rows():
            yield DiscoveryHit(key.label, self._run(key), help=f"{key.shown}  {key.text}")

    async def search(self, query: str) -> Hits:
        """List what fits the words."""
        matcher = self.matcher(query)
        for key in self._rows():
            score = max(matcher.match(key.label), matcher.match(key.text) / 2)
            if score > 0:
                shown = matcher.highlight(key.label)
                yield Hit(score, shown, self._run(key), help=f"{key.shown}  {key.text}")


async def _act(node: object, action: str) -> None:
    run = getattr(node, "run_action", None)
    if run is not None:
        await run(action)
