"""The figures of a period as lines of text, and as rows of a CSV file.

`tai2 history --stats` prints them. Nothing is computed here: a figure that the daemon hides
is said to be hidden, and why.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Final, TextIO

from tai2.client.csv_cells import Cell, write
from tai2.view import text
from tai2.wire.performance import CurvePoint, PerformanceReply

_BARS: Final = "▁▂▃▄▅▆▇█"
_WIDTH: Final = 40
_HEADER: Final = ("figure", "time", "value")


def lines(found: PerformanceReply) -> Iterator[str]:
    """Yield one line a figure, period first."""
    trips = found.trips
    yield _line("Period", _period(found))
    won = f"{trips.trips}: {trips.wins} won, {trips.losses} lost"
    yield _line("Round trips", f"{won}, win rate {text.percent(found.win_rate, 1)}")
    costs = f"after fees {text.money(trips.fees)} and funding {text.money(trips.funding)}"
    yield _line("Net PnL", f"{text.pnl(found.net_pnl)} {costs}")
    yield _line("Profit factor", text.number(_cut(found.profit_factor)))
    yield _line("Held", f"{text.age(found.mean_held_ms)} on average")
    yield _line("Turnover", f"{text.money(found.turnover)} in {found.fills} fills")
    yield _line("Max drawdown", _drawdown(found))
    yield _line("Sharpe", _ratio(found, found.sharpe))
    yield _line("Sortino", _ratio(found, found.sortino))
    yield _line("Equity", _curve(found.curve))


def write_figures(out: TextIO, found: PerformanceReply) -> int:
    """Write every figure, then the equity curve, one row each."""
    return write(out, _HEADER, _rows(found))


def _rows(found: PerformanceReply) -> Iterator[tuple[Cell, ...]]:
    nested = ("trips", "drawdown", "curve")
    for record, prefix in ((found, ""), (found.trips, "trips_"), (found.drawdown, "drawdown_")):
        for field in fields(record) if record is not None else ():
            if field.name not in nested or prefix:
                yield (f"{prefix}{field.name}", None, getattr(record, field.name))
    for point in found.curve:
        yield ("equity", text.utc_iso(point.ts), point.equity)


def _line(heading: str, words: str) -> str:
    return f"{heading:<14} {words}"


def _period(found: PerformanceReply) -> str:
    if not found.curve:
        return "no equity was recorded in it"
    since, until = text.utc_time(found.since_ms), text.utc_time(found.until_ms)
    span = text.age(found.until_ms - found.since_ms)
    return f"{since} to {until} UTC ({span})"


def _drawdown(found: PerformanceReply) -> str:
    fall = found.drawdown
    if fall is None:
        return text.UNKNOWN
    if not fall.depth:
        return "none"
    span = f"{text.utc_time(fall.peak_ms)} to {text.utc_time(fall.trough_ms)}"
    step = f"in steps of {text.age(fall.step_ms)}"
    return f"{text.percent(-fall.ratio)} ({text.money(fall.depth)}), {span}, {step}"


def _ratio(found: PerformanceReply, ratio: Decimal | None) -> str:
    basis = f"{found.returns} daily returns"
    if ratio is not None:
        return f"{_cut(ratio)} a year of {found.year_days} days, from {basis}"
    if found.returns < found.least_returns:
        return f"hidden: {basis}, {found.least_returns} needed"
    return f"{text.UNKNOWN} (no deviation in {basis})"


def _cut(ratio: Decimal | None) -> Decimal | None:
    return None if ratio is None else ratio.quantize(Decimal("0.01"))


def _curve(curve: Sequence[CurvePoint]) -> str:
    if not curve:
        return text.UNKNOWN
    stride = 1 + (len(curve) - 1) // _WIDTH
    kept = [point.equity for point in curve[::-1][::stride][::-1]]
    low, high = min(kept), max(kept)
    span = high - low
    steps = [int((equity - low) * (len(_BARS) - 1) / span) if span else 0 for equity in kept]
    bars = "".join(_BARS[step] for step in steps)
    return f"{bars} {text.money(curve[0].equity)} to {text.money(curve[-1].equity)}"
