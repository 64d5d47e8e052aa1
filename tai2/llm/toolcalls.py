"""Collects the tool calls of an answer, whole or in pieces.

The answer feeds it. Pieces belong together by their index; id and name come once, arguments
are concatenated. Arguments are never parsed here.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tai2.llm.chat import Json, ToolCall
from tai2.llm.envelope import record, text, whole

MAX_CALLS: Final = 16
MAX_ARGUMENTS: Final = 16_000
"""Characters; more is cut off, which leaves JSON that no reader accepts."""
_EMPTY: Final = ToolCall(call_id="", name="", arguments="")


class ToolCalls:
    """The calls of one answer by index."""

    def __init__(self) -> None:
        self._calls: dict[int, ToolCall] = {}

    def add(self, pieces: Sequence[Json]) -> None:
        """Take the pieces of one chunk; a piece without an index is a call by its place."""
        for place, piece in enumerate(map(record, pieces)):
            index = whole(piece.get("index"))
            self._add_piece(place if index is None else index, piece)

    def _add_piece(self, index: int, piece: dict[str, Json]) -> None:
        if index not in self._calls and len(self._calls) >= MAX_CALLS:
            return
        known, function = self._calls.get(index, _EMPTY), record(piece.get("function"))
        self._calls[index] = replace(
            known,
            call_id=known.call_id or text(piece.get("id")),
            name=known.name or text(function.get("name")),
            arguments=(known.arguments + text(function.get("arguments")))[:MAX_ARGUMENTS],
        )

    def all(self) -> tuple[ToolCall, ...]:
        """Return the calls that have a name, in the order of their index."""
        return tuple(call for _, call in sorted(self._calls.items()) if call.name)
