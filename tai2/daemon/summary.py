"""What came of a replay: counts, costs, profit after them, against buying and holding.

The replay feeds it one reading per cycle and asks for the summary at the end. The figures
are what they are: nothing is left out, smoothed or annualised.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from tai2.daemon.assembly import Engine
from tai2.model.events import CycleRecord
from tai2.model.ids import InstId
from tai2.model.money import ZERO, trimmed
from tai2.ports.history import Funnel, History, TradeQuery, mark_of_trade
from tai2.settings.sections import Settings

CENT: Final = Decimal("0.01")
WARM_UP: Final = "STALE_OR_MISSING_DATA"
END_OF_TIME: Final = 1 << 62


@dataclass(slots=True, kw_only=True)
class Course:
    """The way of equity and price through a replay."""

    equity: Decimal
    """Starting balance."""
    peak: Decimal = ZERO
    max_drawdown: Decimal = ZERO
    """Largest fall from a peak as a fraction of the peak."""
    first_px: Decimal | None = None
    last_px: Decimal | None = None
    first_ms: int = 0
    last_ms: int = 0
    first_deciding_ms: int | None = None
    """First cycle whose data was complete."""
    _seen: int = field(default=0)

    def note(self, now_ms: int, engine: Engine) -> None:
        """Take one reading after a cycle."""
        market = next(iter(engine.markets.values()))
        top = market.book.top(1)
        if top is not None:
            self.first_px = self.first_px or top.mid
            self.last_px = top.mid
        self.first_ms = self.first_ms or now_ms
        self.last_ms = now_ms
        last = engine.minutes.last
        if self.first_deciding_ms is None and last and _is_informed(last):
            self.first_deciding_ms = now_ms
        account = engine.accounts.latest
        if account:
            self._follow(account.balance.equity)

    def _follow(self, equity: Decimal) -> None:
        self.peak = max(self.peak, equity, self.equity)
        self.max_drawdown = max(self.max_drawdown, (self.peak - equity) / self.peak)


def _is_informed(record: CycleRecord) -> bool:
    return record.outcome != "stale" and record.reason != WARM_UP


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySummary:
    """Sections of plain text and numbers, ready for a table or JSON."""

    sections: dict[str, object]

    def as_dict(self) -> dict[str, object]:
        """Return the sections in their order."""
        return self.sections


async def summarise(
    engine: Engine, history: History, course: Course, settings: Settings
) -> ReplaySummary:
    """Return the summary of a finished replay."""
    funnel = await history.funnel(0, END_OF_TIME, None)
    totals = await history.totals(TradeQuery())
    account = engine.accounts.latest
    assert account is not None
    balance = account.balance
    funding = balance.cash - course.equity - totals.pnl - totals.fees
    net = balance.equity - course.equity
    return ReplaySummary(
        sections={
            "path": _path(engine, course, settings),
            "cycles": _cycles(funnel),
            "holds_by_reason": dict(funnel.held),
            "refusals_by_rule": dict(funnel.refused),
            "no_decision_by_code": dict(funnel.no_decision),
            "orders": {"sent": funnel.sent, "with_fills": funnel.filled, "fills": totals.fills},
            "fills_by_leg": await _legs(history),
            "result": {
                "start_equity": _money(course.equity),
                "end_equity": _money(balance.equity),
                "realised_before_fees": _money(totals.pnl),
                "fees": _money(totals.fees),
                "funding": _money(funding),
                "unrealised": _money(balance.upnl),
                "pnl_after_fees": _money(net),
                "return_pct": _percent(net / course.equity),
                "max_drawdown_pct": _percent(course.max_drawdown),
                "turnover": _money(totals.notional),
            },
            "buy_and_hold": _hold(engine, course),
        }
    )


def _path(engine: Engine, course: Course, settings: Settings) -> dict[str, object]:
    return {
        "instrument": ", ".join(engine.markets),
        "from": _time(course.first_ms),
        "to": _time(course.last_ms),
        "first_px": trimmed(course.first_px or ZERO),
        "last_px": trimmed(course.last_px or ZERO),
        "data_complete_from": _time(course.first_deciding_ms),
        "reasoner": engine.adapters.reasoner.label,
        "interval_s": trimmed(engine.controls.current.interval_s),
        "seed": settings.sim.seed,
    }


def _cycles(funnel: Funnel) -> dict[str, object]:
    return {
        "cycles": funnel.cycles,
        "stale": funnel.stale,
        "no_decision": _sum(funnel.no_decision),
        "held": _sum(funnel.held),
        "refused": _sum(funnel.refused),
        "sent": funnel.sent,
        "not_sent": funnel.not_sent,
    }


def _sum(counted: Sequence[tuple[str, int]]) -> int:
    return sum(count for _, count in counted)


def _hold(engine: Engine, course: Course) -> dict[str, object]:
    """Return what the whole balance would have made, bought first and sold last as a taker."""
    if not course.first_px or not course.last_px:
        return {}
    inst_id: InstId = next(iter(engine.markets))
    fee = engine.desk.fees[inst_id].taker
    growth = course.last_px / course.first_px
    net = course.equity * (growth - 1 - fee - fee * growth)
    return {
        "pnl_after_fees": _money(net),
        "return_pct": _percent(net / course.equity),
        "note": "the whole balance, unleveraged, without funding",
    }


async def _legs(history: History) -> dict[str, int]:
    legs: dict[str, int] = {}
    query = TradeQuery(limit=1_000)
    while page := await history.trades(query):
        for row in page:
            legs[row.leg] = legs.get(row.leg, 0) + 1
        query = replace(query, after=mark_of_trade(page[-1], query.sort))
    return dict(sorted(legs.items()))


def _money(quote: Decimal) -> str:
    return str(quote.quantize(CENT))


def _percent(fraction: Decimal) -> str:
    return str((fraction * 100).quantize(CENT))


def _time(ts: int | None) -> str:
    if not ts:
        return "never"
    return datetime.fromtimestamp(ts / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
