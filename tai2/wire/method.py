"""What a method of the protocol is, and the greeting that every conversation starts with.

`wire.methods` lists them all, `client` calls them, the daemon binds its handlers to them.
A method that changes anything must be marked CONTROL. Imported by `tai2 status`: keep it light.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, Protocol, TypeVar

from tai2.model.errors import DataInvalid, UsageError
from tai2.wire.codec import Tree, from_tree, to_tree

P = TypeVar("P")
R = TypeVar("R")
E = TypeVar("E")


class Emit(Protocol):
    """Takes one event as JSON (or rpc.Encoded) and sends it; never waits, never raises."""

    def __call__(self, event: Tree, /) -> None: ...

    @property
    def backlog(self) -> int:
        """Bytes that the client hasn't taken yet."""
        ...


RawHandler = Callable[[dict[str, object]], Awaitable[Tree]]
"""What the socket server calls: params as JSON in, outcome as JSON out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoParams:
    """The method takes none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """Who answers."""

    protocol: int
    version: str
    mode: str
    instance: str
    pid: int
    state_dir: str


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


@dataclass(frozen=True, slots=True)
class StreamMethod(Generic[P, E, R]):
    """A method that sends events before its reply."""

    name: str
    params: type[P]
    event: type[E]
    reply: type[R]
    access: Access = Access.READ


HELLO: Final = Method("hello", NoParams, Hello)


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


@dataclass(frozen=True, slots=True)
class Streaming:
    """What the socket server calls for a method that streams; ended when the client leaves."""

    call: Callable[[dict[str, object], Emit], Awaitable[Tree]]
    is_unbounded: bool = False
    """True for a watch: no deadline, it ends with its client or by `cancel`."""


def bind_stream(
    method: StreamMethod[P, E, R], handler: Callable[[P, Callable[[E], None]], Awaitable[R]]
) -> Streaming:
    """Wrap a typed streaming handler for the socket server's dispatch table.

    The wrapped handler raises UsageError for params that don't fit.
    """

    async def call(params: dict[str, object], emit: Emit) -> Tree:
        try:
            asked = from_tree(method.params, params, is_closed=True)
        except DataInvalid as exc:
            raise UsageError(f"{method.name}: {exc.message}") from exc
        return to_tree(await handler(asked, lambda event: emit(to_tree(event))))

    return Streaming(call)
