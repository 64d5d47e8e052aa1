"""The table of every method of the protocol, by name.

The daemon's handlers are checked against it; documentation and tests list it.
A method that isn't here must not be served.
"""

from collections.abc import Mapping
from typing import Any, Final

from tai2.wire.charts import CHART
from tai2.wire.controls import CONFIG_GET, CONFIG_SET, HALT, PAUSE
from tai2.wire.engine import ENGINE
from tai2.wire.guards import GUARDS
from tai2.wire.method import HELLO, Method, StreamMethod
from tai2.wire.metrics import METRICS
from tai2.wire.models import MODELS
from tai2.wire.past import ASK, CYCLES, REPLY, TRADES
from tai2.wire.performance import PERFORMANCE, TRIPS
from tai2.wire.prompts import PROMPT_REVERT, PROMPT_SHOW, PROMPT_VERSIONS
from tai2.wire.status import STATUS
from tai2.wire.thoughts import DECISION
from tai2.wire.verbs import COMMIT, PREPARE
from tai2.wire.watch import LOGS, SNAPSHOT, WATCH

AnyMethod = Method[Any, Any] | StreamMethod[Any, Any, Any]  # differently typed, one table

METHODS: Final[Mapping[str, AnyMethod]] = {
    method.name: method
    for method in (
        *(HELLO, STATUS, SNAPSHOT, CYCLES, REPLY, TRADES, ASK, LOGS, CONFIG_GET),
        *(CONFIG_SET, HALT, PAUSE, PREPARE, COMMIT, GUARDS),
        *(DECISION, ENGINE, METRICS, MODELS, WATCH, CHART),
        *(PROMPT_SHOW, PROMPT_VERSIONS, PROMPT_REVERT),
        *(TRIPS, PERFORMANCE),
    )
}
