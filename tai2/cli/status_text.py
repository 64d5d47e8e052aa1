"""The text of `tai2 status`: one line first, then positions, orders, prices and trouble.

`cli.status` prints it. It must say "unknown" for what the daemon doesn't know, never 0.
"""

from collections.abc import Iterator
from decimal import Decimal

from tai2.cli.table import Column, bold, render
from tai2.view import text
from tai2.wire.status import Status


def lines(found: Status) -> Iterator[str]:
    """Yield the whole screen, line by line."""
    yield _headline(found)
    yield _second_line(found)
    yield from _reconciled(found)
    yield ""
    yield from _positions(found)
    yield from _orders(found)
    yield from _foreign(found)
    yield from _instruments(found)
    yield from _last_cycle(found)
    yield from _trouble(found)


def day_ratio(day_pnl: Decimal | None, equity: Decimal | None) -> Decimal | None:
    """Return the day's PnL as a ratio of the equity before it; None = unknown."""
    if day_pnl is None or equity is None or equity - day_pnl <= 0:
        return None
    return day_pnl / (equity - day_pnl)


def _headline(found: Status) -> str:
    state = text.safe(found.trading_state.value)
    if found.state_reason:
        state += f" ({text.safe(found.state_reason)})"
    day = f"{text.pnl(found.day_pnl)} {text.percent(day_ratio(found.day_pnl, found.equity))}"
    parts = [
        bold(text.safe(found.mode).upper()),
        "degraded" if found.degraded else "running",
        state,
        f"Eq {text.money(found.equity)} {text.safe(found.ccy)}",
        f"day {day}",
        f"{len(found.positions)} pos",
        f"next {text.countdown(found.next_cycle_ms)}",
    ]
    return "  ".join(parts)


def _second_line(found: Status) -> str:
    counts = found.counts
    return (
        f"{text.safe(found.reasoner)} every {found.interval_s:f}s · up "
        f"{text.age(found.now_ms - found.started_ms)} · available {text.money(found.available)} · "
        f"{counts.cycles} cycles: {counts.holds} held, {counts.refused} refused, "
        f"{counts.sent} sent, {counts.fills} fills"
    )


def _reconciled(found: Status) -> Iterator[str]:
    """Say what of the cash no record explains: today, and on the last day that was closed."""
    if found.drift is None:
        return
    today = f"unexplained today {text.pnl(found.drift)}"
    if (day := found.last_day) is None:
        yield f"{today} · no day reconciled yet"
        return
    yield (
        f"{today} · {text.utc_day(day.day_ms)}: {text.pnl(day.pnl)} PnL, "
        f"{text.pnl(day.fees)} fees, {text.pnl(day.funding)} funding, "
        f"{text.pnl(day.transfers)} transfers, {text.pnl(day.drift)} unexplained"
    )


def _positions(found: Status) -> Iterator[str]:
    if not found.positions:
        yield f"No positions. Next decision in {text.countdown(found.next_cycle_ms)}."
        yield ""
        return
    headings = ("Instrument", "Side", "Contracts", "Entry", "Mark", "Liq", "uPnL", "Age")
    columns = [Column(name, is_number=n > 1) for n, name in enumerate(headings)]
    rows = [
        (
            text.safe(held.inst_id),
            "▲ LONG" if held.contracts > 0 else "▼ SHORT",
            text.number(abs(held.contracts)),
            text.number(held.avg_px),
            text.number(held.mark_px),
            text.price_like(held.liq_px, held.mark_px),
            text.pnl(held.upnl),
            text.age(found.now_ms - held.opened_ms),
        )
        for held in found.positions
    ]
    yield render(columns, rows)
    yield ""


def _orders(found: Status) -> Iterator[str]:
    if not found.open_orders:
        return
    headings = ("Open order", "Leg", "Side", "State", "Contracts", "Filled", "Limit")
    columns = [Column(name, is_number=n > 3) for n, name in enumerate(headings)]
    rows = [
        (
            text.safe(order.inst_id),
            text.safe(order.leg),
            order.side.value,
            text.safe(order.state),
            text.number(order.contracts),
            text.number(order.acc_fill),
            text.number(order.limit_px),
        )
        for order in found.open_orders
    ]
    yield render(columns, rows)
    yield ""


def _foreign(found: Status) -> Iterator[str]:
    for row in found.foreign:
        inst = text.safe(row.inst_id)
        known = "ignored" if row.ignored else f"locks it: tai2 adopt {inst}, or tai2 ignore {inst}"
        yield f"Not ours: {text.number(row.contracts)} contracts {inst}, {known}"
    if found.foreign_orders:
        yield f"Not ours: {found.foreign_orders} order(s)"
    if found.foreign or found.foreign_orders:
        yield ""


def _instruments(found: Status) -> Iterator[str]:
    headings = ("Instrument", "Last", "Funding", "Age", "Book")
    columns = [Column(name, is_number=0 < n < 4) for n, name in enumerate(headings)]
    rows = [
        (
            text.safe(row.inst_id),
            text.number(row.last_px),
            text.percent(row.funding_rate, 4),
            text.age(row.age_ms),
            "ok" if row.book_ok else "✗ not valid",
        )
        for row in found.instruments
    ]
    if rows:
        yield render(columns, rows)


def _last_cycle(found: Status) -> Iterator[str]:
    if (last := found.last_cycle) is None:
        return
    yield ""
    yield (
        f"Last cycle {text.utc_time(last.ts)} UTC: "
        f"{text.safe(last.inst_id)} {text.safe(last.action)} {text.safe(last.outcome)} "
        f"{text.safe(last.reason)}".rstrip()
    )
    if last.justification:
        yield f"  {text.safe(last.justification)}"


def _trouble(found: Status) -> Iterator[str]:
    for row in found.health:
        if not row.ok:
            since = text.age(found.now_ms - row.since_ms)
            yield f"✗ {text.safe(row.part)}: {text.safe(row.detail)} (for {since})"
