"""The desk as the terminal's tabs see it: a picture to read, questions to ask.

A live session or a recording stands behind it; tabs never know which. What can't be asked
comes back as a Fault, never as an exception.
"""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar, runtime_checkable

from tai2.client.condition import Condition
from tai2.client.outlook import Listener
from tai2.client.picture import Item
from tai2.view.chart import ChartSeries
from tai2.view.state import ViewState
from tai2.wire.method import Method, StreamMethod
from tai2.wire.rpc import Fault

E = TypeVar("E")
P = TypeVar("P")
R = TypeVar("R")


@runtime_checkable
class Feed(Protocol):
    """client.session.Session, or a recording played back."""

    @property
    def state(self) -> ViewState | None: ...
    @property
    def condition(self) -> Condition: ...
    @property
    def is_attached(self) -> bool: ...
    def chart(self, topic: str) -> ChartSeries | None: ...
    def items(self, topic: str) -> tuple[Item, ...]: ...
    def seq(self, topic: str) -> int: ...
    def now_ms(self) -> int | None: ...
    def silence_ms(self) -> int: ...
    def age_ms(self, name: str) -> int | None: ...
    def listen(self, listener: Listener) -> Callable[[], None]: ...
    def watch(self, topics: Iterable[str], max_hz: float | None = None) -> None: ...
    def retry(self) -> None: ...
    async def run(self) -> None: ...
    async def call(self, method: Method[P, R], params: P, timeout_s: float = 10.0) -> R | Fault: ...
    async def stream(
        self,
        method: StreamMethod[P, E, R],
        params: P,
        on_event: Callable[[E], None],
        timeout_s: float,
    ) -> R | Fault: ...
