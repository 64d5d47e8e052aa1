"""Reading request parameters: query strings and JSON bodies behind one small interface.

REST endpoints and WebSocket order operations ask it for texts, numbers and pages.
An empty string, null or an empty list counts as absent, as python-okx sends them all.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from tai2.model.errors import DataInvalid
from tai2.model.money import dec
from tai2.sim.server.refusals import ApiRefusal

Row = dict[str, object]
"""One JSON object of a reply, its values as the protocol wants them."""


def row_of(names: str, filler: str = "") -> Row:
    """Return a row whose members, named in one text, all hold the filler."""
    return dict.fromkeys(names.split(), filler)


class Params:
    """The parameters of one request, or of one element of a batch."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        self._fields = {k: v for k, v in fields.items() if v is not None and v not in ("", [])}

    def text(self, name: str, default: str = "") -> str:
        """Return a parameter as text, the default when absent."""
        found = self._fields.get(name, default)
        if isinstance(found, bool):
            return "true" if found else "false"
        if not isinstance(found, str | int):
            raise ApiRefusal("51000", name)
        return str(found)

    def need(self, name: str) -> str:
        """Return a mandatory parameter; raises ApiRefusal 50014 when absent."""
        if name not in self._fields:
            raise ApiRefusal("50014", name)
        return self.text(name)

    def choice(self, name: str, allowed: Sequence[str], default: str = "") -> str:
        """Return one of the allowed words; mandatory when the default is ""."""
        word = self.text(name, default) if default else self.need(name)
        if word not in allowed:
            raise ApiRefusal("51000", name)
        return word

    def number(self, name: str) -> Decimal | None:
        """Return a positive decimal, None when absent; raises ApiRefusal 51000."""
        if name not in self._fields:
            return None
        try:
            number = dec(self.text(name))
        except DataInvalid as exc:
            raise ApiRefusal("51000", name) from exc
        if number <= 0:
            raise ApiRefusal("51000", name)
        return number

    def whole(self, name: str) -> int | None:
        """Return a non-negative integer, None when absent; raises ApiRefusal 51000."""
        text = self.text(name)
        if text and not (text.isascii() and text.isdigit()):
            raise ApiRefusal("51000", name)
        return int(text) if text else None

    def flag(self, name: str) -> bool:
        """Return a boolean that may come as JSON, "true" or Python's "True"; absent = False.

        Raises:
            ApiRefusal: 51000 another word.
        """
        word = self.text(name).lower()
        if word not in ("", "true", "false"):
            raise ApiRefusal("51000", name)
        return word == "true"

    def several(self, name: str) -> tuple[str, ...]:
        """Return the parts of a comma-separated parameter, () when absent."""
        return tuple(part for part in self.text(name).split(",") if part)

    def nested(self, name: str) -> list["Params"]:
        """Return the objects of a list parameter; raises ApiRefusal 51000 for another shape."""
        listed = self._fields.get(name, [])
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise ApiRefusal("51000", name)
        return [Params(one) for one in listed]


def page(rows: list[Row], key: str, params: Params, cap: int = 100) -> list[Row]:
    """Cut one page out of rows that are newest first.

    Args:
        rows: All rows, newest first.
        key: The numeric id that `after` (older than) and `before` (newer than) refer to.
        params: May hold after, before, begin, end (ms, on cTime or ts) and limit.
        cap: Largest and default page length.
    """
    after, before = params.whole("after"), params.whole("before")
    begin, end = params.whole("begin"), params.whole("end")
    kept = [
        row
        for row in rows
        if _inside(_number(row, key), above=before, below=after)
        and _inside(_moment(row), above=_less(begin, 1), below=_less(end, -1))
    ]
    return kept[: min(params.whole("limit") or cap, cap)]


def _inside(position: int, *, above: int | None, below: int | None) -> bool:
    return (above is None or position > above) and (below is None or position < below)


def _less(bound: int | None, step: int) -> int | None:
    return None if bound is None else bound - step


def _number(row: Row, key: str) -> int:
    return int(str(row[key]))


def _moment(row: Row) -> int:
    return int(str(row.get("fillTime") or row.get("cTime") or row.get("ts") or 0))


def selected(rows: Sequence[Row], params: Params, names: Sequence[str]) -> list[Row]:
    """Keep the rows that agree with every filter given."""
    wanted = {name: params.text(name) for name in names if params.text(name)}
    family = params.text("instFamily")
    return [
        row
        for row in rows
        if all(row[name] == word for name, word in wanted.items())
        and (not family or str(row["instId"]).startswith(f"{family}-"))
    ]
