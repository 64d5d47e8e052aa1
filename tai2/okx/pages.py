"""Lists that the exchange gives in pages, newest first, read to their end.

The venue reads pending orders, fills and stops with it.
It must never stop early: a missing page would be mistaken for "nothing there".
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeVar

from tai2.okx.answer import Answer
from tai2.okx.rest import Rest

PAGE: Final = 100
Row = TypeVar("Row")
Ask = Callable[..., Awaitable[Answer]]
"""An SDK method that takes `after` and `limit` by keyword."""


async def all_pages(
    rest: Rest,
    ask: Ask,
    row: type[Row],
    key: Callable[[Row], str],
    is_past: Callable[[Row], bool] = lambda _row: False,
) -> list[Row]:
    """Return the rows of every page.

    Args:
        rest: Asks and decodes.
        ask: The SDK's method with everything but the page bound.
        row: What one row decodes to.
        key: The id that `after` takes.
        is_past: True for a row older than anything wanted: no further page is asked for.

    Raises:
        VenueUnavailable: A page couldn't be read.
    """
    rows: list[Row] = []
    after = ""
    while True:
        page = await rest.rows(partial(ask, after=after, limit=str(PAGE)), row)
        rows += page
        if len(page) < PAGE or key(page[-1]) == after or is_past(page[-1]):
            return rows
        after = key(page[-1])
