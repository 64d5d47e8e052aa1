"""The table of methods: name, params, reply, and whether it only reads.

The daemon binds a handler to each, clients call them by the same constants.
A method that changes anything must stand here as CONTROL.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

from tai2.model.errors import DataInvalid, UsageError
from tai2.wire import records
from tai2.wire.codec import Tree, from_tree, to_tree

P = TypeVar("P")
R = TypeVar("R")

RawHandler = Callable[[dict[str, object]], Awaitable[Tree]]
"""What the socket server calls: params as JSON in, outcome as JSON out."""


class Access(StrEnum):
    """What a method may do."""

    READ = "read"
    CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Method(Generic[P, R]):
    """One method of the protocol."""

    name: str
    params: type[P]
    reply: type[R]
    access: Access = Access.READ


HELLO: Final = Method("hello", records.NoParams, records.Hello)
STATUS: Final = Method("status", records.NoParams, records.Status)
SNAPSHOT: Final = Method("snapshot", records.SnapshotParams, records.SnapshotReply)
CYCLES: Final = Method("cycles", records.CyclesParams, records.CyclesReply)
REPLY: Final = Method("reply", records.ReplyParams, records.ReplyText)
TRADES: Final = Method("trades", records.TradesParams, records.TradesReply)
ASK: Final = Method("ask", records.AskParams, records.AskReply)
LOGS: Final = Method("logs", records.LogsParams, records.LogsReply)
CONFIG_GET: Final = Method("config.get", records.NoParams, records.ConfigReply)
CONFIG_SET: Final = Method(
    "config.set", records.ConfigSetParams, records.ConfigSetReply, Access.CONTROL
)
HALT: Final = Method("halt", records.ReasonParams, records.TradingStateReply, Access.CONTROL)
RESUME: Final = Method("resume", records.ReasonParams, records.TradingStateReply, Access.CONTROL)

METHODS: Final[Mapping[str, Method[Any, Any]]] = {  # a table of differently typed methods
    method.name: method
    for method in (
        *(HELLO, STATUS, SNAPSHOT, CYCLES, REPLY, TRADES, ASK, LOGS, CONFIG_GET),
        *(CONFIG_SET, HALT, RESUME),
    )
}


def bind(method: Method[P, R], handler: Callable[[P], Awaitable[R]]) -> RawHandler:
    """Wrap a typed handler for the socket server's dispatch table.

    The wrapped handler raises UsageError for params that don't fit.
    """

    async def call(params: dict[str, object]) -> Tree:
        try:
            asked = from_tree(method.params, params, is_closed=True)
        except DataInvalid as exc:
            raise UsageError(f"{method.name}: {exc.message}") from exc
        return to_tree(await handler(asked))

    return call
