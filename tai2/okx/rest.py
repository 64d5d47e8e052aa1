"""Reads over the SDK: envelope checked, rows typed, repeated where that is safe.

Feed and venue read through it; failures come out as errors that a person understands.
It must never carry a submit: whatever goes through here may be sent up to three times.
"""

import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from tai2.model.errors import DataInvalid, VenueUnavailable
from tai2.okx.answer import Answer, NoAnswer, decode_rows
from tai2.okx.codes import Reading, judge_read, key_refusal
from tai2.okx.decode.account import TimeRow
from tai2.okx.decode.text import instant
from tai2.okx.sdk import Public, Transport
from tai2.ports.clock import Clock

TRIES: Final = 3
FIRST_DELAY_S: Final = 0.4
THROTTLED_S: Final = 1.0
"""At least so long after the exchange has said "too many requests"."""

Row = TypeVar("Row")
Call = Callable[[], Awaitable[Answer]]


class Rest:
    """Asks the exchange, at most three times, and gives typed rows."""

    def __init__(
        self, transport: Transport, clock: Clock, jitter: random.Random | None = None
    ) -> None:
        self._transport = transport
        self._public = Public(transport)
        self._clock = clock
        self._jitter = jitter or random.SystemRandom()

    async def rows(
        self, call: Call, row: type[Row], absent: frozenset[str] = frozenset()
    ) -> list[Row]:
        """Return the rows of a GET; [] when the code is one of `absent`.

        Args:
            call: Makes and sends the request anew each time.
            row: What one row decodes to.
            absent: Codes that say that there is no such thing.

        Raises:
            KeysRejected: The key is missing, rejected or lacks a permission.
            VenueUnavailable: No usable answer after three tries, or a refusal.
            DataInvalid: The answer came and can't be read.
        """
        failure, least_s = VenueUnavailable("OKX gave no answer."), 0.0
        for attempt in range(TRIES):
            if attempt:
                await self.pause(attempt, least_s)
            try:
                answer = await call()
            except NoAnswer as no_answer:
                failure = no_answer
                continue
            reading = judge_read(answer, absent)
            if reading is Reading.MEASURE_CLOCK and not attempt:
                await self.measure_clock()
            elif reading not in (Reading.RETRY, Reading.WAIT):
                return _use(reading, answer, row)
            least_s = THROTTLED_S if reading is Reading.WAIT else 0.0
            failure = _unavailable(answer)
        raise failure

    async def measure_clock(self) -> int:
        """Ask the exchange's clock once; return its time now, ms UTC.

        Raises:
            VenueUnavailable: No answer.
        """
        sent_ms = self._clock.now_ms()
        answer: Answer = await self._public.get_system_time()
        received_ms = self._clock.now_ms()
        if not answer.is_ok:
            raise _unavailable(answer)
        rows = decode_rows(answer.rows_json, TimeRow)
        if not rows:
            raise DataInvalid("OKX answered without its time.")
        return self._transport.server_clock.measure(instant(rows[0].ts), sent_ms, received_ms)

    async def pause(self, attempt: int, least_s: float = 0.0) -> None:
        """Wait before another try, longer each time, with jitter."""
        longest_s = FIRST_DELAY_S * 2**attempt
        await self._clock.sleep(least_s + self._jitter.uniform(longest_s / 2, longest_s))


def only(rows: list[Row], what: str) -> Row:
    """Return the single row that an answer must hold.

    Raises:
        DataInvalid: There is none.
    """
    if not rows:
        raise DataInvalid(f"OKX answered without {what}.")
    return rows[0]


def _use(reading: Reading, answer: Answer, row: type[Row]) -> list[Row]:
    match reading:
        case Reading.USE:
            return decode_rows(answer.rows_json, row)
        case Reading.ABSENT:
            return []
        case Reading.KEYS_REJECTED:
            raise key_refusal(answer.code, answer.msg)
        case Reading.UNREADABLE:
            raise DataInvalid(f"OKX answered HTTP {answer.status} with an unreadable body.")
        case _:
            raise _unavailable(answer)


def _unavailable(answer: Answer) -> VenueUnavailable:
    code = answer.code or f"HTTP {answer.status}"
    return VenueUnavailable(f"OKX refused to answer: {code} {answer.msg}".strip())
