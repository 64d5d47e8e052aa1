"""How often each order was posted: counted as it arrives, before any fault can strike.

The REST gate notes every POST, tests and the control endpoint read it. It is the proof that
nothing is sent twice, so it must count a request that is then dropped, too.
"""

import json
from collections import Counter
from typing import Final

_PATHS: Final = {
    "trade/order": "clOrdId",
    "trade/order-algo": "algoClOrdId",
}


class Tally:
    """POSTs by client id."""

    def __init__(self) -> None:
        self.heard: Counter[str] = Counter()

    def note(self, method: str, path: str, body: str) -> None:
        """Count one request when it submits an order or a stop."""
        key = _PATHS.get(path)
        if method != "POST" or key is None:
            return
        try:
            fields = json.loads(body)
        except ValueError:
            return
        if isinstance(fields, dict) and fields.get(key):
            self.heard[str(fields[key])] += 1
