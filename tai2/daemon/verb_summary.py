"""What a dangerous verb would do, in numbers: the summary of its ticket, and its sentences.

The operator prepares with it and compares with it before it acts. Prices move all the time
and are shown only; what would be done must be the same at commit as it was when it was read.
"""

from collections.abc import Iterator
from decimal import Decimal

from tai2.daemon.assembly import Engine
from tai2.engine.closer import Owned
from tai2.model.controls import TradingState
from tai2.model.errors import Refused, UsageError
from tai2.model.ids import InstId
from tai2.model.money import ZERO
from tai2.view import text
from tai2.wire.verbs import ClosedRow, OwnOrderRow, OwnPositionRow, Summary, Verb


def touched(engine: Engine, verb: Verb, inst_id: InstId | None) -> tuple[InstId, ...]:
    """Return the instruments that close or flatten is about.

    Raises:
        UsageError: Close without an instrument that is followed.
    """
    if verb is Verb.FLATTEN:
        return tuple(engine.markets)
    if inst_id is None or inst_id not in engine.markets:
        known = ", ".join(engine.markets)
        raise UsageError(f"{inst_id} isn't followed", f"Followed: {known}.")
    return (inst_id,)


def summary_of(engine: Engine, verb: Verb, inst_ids: tuple[InstId, ...]) -> Summary:
    """Return what a verb would do now.

    Raises:
        VenueUnavailable: The account hasn't been read: nothing can be said.
    """
    current, owned = engine.controls.current, engine.closer.owned()
    account = engine.accounts.latest
    assert account is not None  # owned() has seen it
    positions = tuple(_position(engine, one) for one in owned if one.position.inst_id in inst_ids)
    orders = tuple(_orders(engine, inst_ids))
    strange = {held.inst_id for held in account.positions} - {o.position.inst_id for o in owned}
    shared = sum(row.foreign != ZERO for row in positions)
    found = Summary(
        trading_state=current.trading_state,
        state_reason=current.state_reason,
        next_state=_NEXT.get(verb, current.trading_state),
        positions=positions,
        orders=orders,
        foreign_positions=len(strange) + shared,
        foreign_orders=len(engine.ledger.strangers.working),
        lines=(),
    )
    return _with_lines(found, verb)


_NEXT = {Verb.FLATTEN: TradingState.HALTED, Verb.RESUME: TradingState.ACTIVE}


def must_have_work(found: Summary, verb: Verb, inst_id: InstId | None) -> None:
    """Refuse to close where nothing is ours.

    Raises:
        Refused: No position of ours on the instrument.
    """
    if verb is Verb.CLOSE and not found.positions:
        raise Refused(f"no position of ours on {inst_id}", "Positions of others are never touched.")


def _position(engine: Engine, one: Owned) -> OwnPositionRow:
    held, market = one.position, engine.markets.get(one.position.inst_id)
    mark = held.mark_px or (market.mark.px if market and market.mark else None)
    value_at = market.instrument.notional if market else None
    part = one.contracts / held.contracts
    return OwnPositionRow(
        inst_id=held.inst_id,
        contracts=one.contracts,
        foreign=one.foreign,
        mark_px=mark,
        notional=abs(value_at(one.contracts, mark)) if value_at and mark else None,
        upnl=held.upnl * part,
    )


def _orders(engine: Engine, inst_ids: tuple[InstId, ...]) -> Iterator[OwnOrderRow]:
    for order in engine.ledger.open_orders():
        if order.intent.inst_id in inst_ids:
            yield OwnOrderRow(
                inst_id=order.intent.inst_id,
                cl_ord_id=order.intent.cl_ord_id,
                side=order.intent.side,
                contracts=order.open_contracts,
            )


def _with_lines(found: Summary, verb: Verb) -> Summary:
    lines = tuple(_resume_lines(found) if verb is Verb.RESUME else _close_lines(found, verb))
    return Summary(**{field: getattr(found, field) for field in _PLAIN}, lines=lines)


_PLAIN = tuple(field for field in Summary.__dataclass_fields__ if field != "lines")


def _close_lines(found: Summary, verb: Verb) -> Iterator[str]:
    if found.orders:
        yield f"cancel {len(found.orders)} order(s) of ours"
    for row in found.positions:
        side = "long" if row.contracts > ZERO else "short"
        value_text = "at an unknown price" if row.notional is None else f"≈ {row.notional:.2f} USDT"
        yield (
            f"close {side} {text.number(abs(row.contracts))} contracts {row.inst_id} at market, "
            f"{value_text}, unrealised {text.pnl(row.upnl)}"
        )
    if not found.positions:
        yield "no position of ours is open"
    if verb is Verb.FLATTEN and found.trading_state is not TradingState.HALTED:
        yield f"trading {found.trading_state.value} → halted"
    if found.foreign_positions or found.foreign_orders:
        yield (
            f"{found.foreign_positions} position(s) and {found.foreign_orders} order(s) "
            "aren't ours and stay"
        )


def _resume_lines(found: Summary) -> Iterator[str]:
    since = f" ({found.state_reason})" if found.state_reason else ""
    yield f"trading {found.trading_state.value}{since} → active"


def done_lines(verb: Verb, cancelled: int, in_doubt: int, rows: tuple[ClosedRow, ...]) -> list[str]:
    """Return the sentences of a commit's reply."""
    lines = [f"cancelled {cancelled} order(s)"] if cancelled else []
    if in_doubt:
        lines.append(f"✗ {in_doubt} order(s) may still work")
    lines += [_closed(row) for row in rows]
    if verb is Verb.FLATTEN and not rows:
        lines.append("no position of ours was open")
    return lines


def _closed(row: ClosedRow) -> str:
    if row.remaining is None:
        return f"✗ {row.inst_id}: not known whether it is closed: {row.detail}"
    if row.remaining:
        left = text.number(abs(row.remaining))
        return f"✗ {row.inst_id}: {left} contracts are still open: {row.detail}"
    return f"{row.inst_id}: closed {text.number(abs(Decimal(row.contracts)))} contracts"
