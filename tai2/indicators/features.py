"""From a snapshot to facts: every number that a reasoner may see, printed once.

The cycle calls it before each decision; prompt, rules and claim check read what it returns.
It must stay a pure function with a fixed order: the same snapshot gives the same facts.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tai2.indicators.flow import imbalance, micro_px
from tai2.indicators.printing import decimals_for, fixed, signed, step_decimals
from tai2.indicators.sheet import FactSheet, Source
from tai2.indicators.technical import blank
from tai2.model.account import Position
from tai2.model.decision import Features, SeriesFact
from tai2.model.instrument import Instrument, Side
from tai2.model.market import Bar
from tai2.model.money import BPS, ZERO, Contracts, Px, in_bps
from tai2.model.snapshot import Aged, BookTop, FlowSet, Freshness, Snapshot, TechnicalSet

HOUR_MS: Final = 3_600_000
MINUTE_MS: Final = 60_000
PREFIX: Final = {Bar.M1: "m1", Bar.M5: "m5", Bar.H1: "h1", Bar.H4: "h4"}
SERIES_CLOSES: Final = 24
NO_FLOW: Final = FlowSet(
    cvd_session=None,
    cvd_bars=(),
    cvd_slope_z=None,
    ofi_bar=None,
    ofi_z=None,
    imbalance_5=None,
    imbalance_10=None,
    imbalance_20=None,
    micro_px=None,
    has_gap=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What turns sizes into money: the instrument's units and the account's fee."""

    instrument: Instrument
    taker: Decimal
    """Fraction of notional that a taker pays per fill, 0.0005 = 5 bps."""


def features(snapshot: Snapshot, costs: Costs) -> Features:
    """Print every fact of a snapshot.

    Numbers inherit age and verdict of the field that they come from. A position known to be
    flat has side and notional only. Series hold fresh closed bars.
    """
    sheet = FactSheet()
    _account(sheet, snapshot)
    _position(sheet, snapshot, costs.instrument)
    _technicals(sheet, snapshot, costs.instrument)
    _flow(sheet, snapshot, costs.instrument)
    _derivatives(sheet, snapshot, costs.instrument)
    _liquidations(sheet, snapshot, costs.instrument)
    _now(sheet, snapshot, costs.instrument)
    _book(sheet, snapshot, costs.instrument)
    _costs(sheet, snapshot, costs)
    return sheet.features()


def _account(sheet: FactSheet, snapshot: Snapshot) -> None:
    balance = snapshot.balance.value
    unit = balance.ccy if balance else ""
    sheet.source(Source.of(snapshot.balance))
    sheet.fixed("acct.equity", balance.equity if balance else None, 2, unit)
    sheet.fixed("acct.free", balance.available if balance else None, 2, unit)


def _position(sheet: FactSheet, snapshot: Snapshot, instrument: Instrument) -> None:
    held = snapshot.position.value
    sheet.source(Source.of(snapshot.position))
    sheet.word("pos.side", _side(held) if held else None)
    sheet.fixed("pos.notional", _notional(held, snapshot, instrument), 2, _quote(instrument))
    if held and held.is_flat:
        return
    sheet.fixed("pos.entry", held.avg_px if held else None, _px_decimals(instrument))
    sheet.signed("pos.upnl", held.upnl if held else None, 2, instrument.settle_ccy)
    minutes = Decimal(max(snapshot.ts - held.opened_ms, 0) // MINUTE_MS) if held else None
    sheet.fixed("pos.age", minutes, 0, "min")


def _side(held: Position | None) -> str | None:
    if held is None:
        return None
    if held.is_flat:
        return "FLAT"
    return "LONG" if held.contracts > ZERO else "SHORT"


def _notional(held: Position | None, snapshot: Snapshot, instrument: Instrument) -> Decimal | None:
    """Value the position at the mark price, else at the middle of the book, else at entry."""
    if held is None:
        return None
    if held.is_flat:
        return ZERO
    mark, top = snapshot.mark.value, _two_sided(snapshot.book)
    px = (mark and mark.px) or held.mark_px or (top and top.mid) or held.avg_px
    return instrument.notional(Contracts(abs(held.contracts)), px) if px else None


def _technicals(sheet: FactSheet, snapshot: Snapshot, instrument: Instrument) -> None:
    by_bar = {aged.value.bar: aged for aged in snapshot.technical if aged.value}
    for bar in Bar:
        aged = by_bar.get(bar)
        sheet.source(Source.of(aged) if aged else Source(freshness=Freshness.MISSING))
        _technical(sheet, (aged and aged.value) or blank(bar), instrument)
        if aged and aged.fresh:
            _closes(sheet, aged.fresh, _px_decimals(instrument))


def _technical(sheet: FactSheet, found: TechnicalSet, instrument: Instrument) -> None:
    name, digits, base = PREFIX[found.bar], _px_decimals(instrument), instrument.base_ccy
    sheet.fixed(f"{name}.close", found.close, digits)
    sheet.fixed(f"{name}.rsi14", found.rsi14, 2)
    sheet.fixed(f"{name}.ema20", found.ema20, digits)
    sheet.fixed(f"{name}.ema50", found.ema50, digits)
    sheet.signed(f"{name}.ema20_vs_50", _change_pct(found.ema20, found.ema50), 2, "%")
    sheet.scaled(f"{name}.atr14", found.atr14)
    sheet.fixed(f"{name}.atr14_bps", _part_bps(found.atr14, found.close), 1, "bps")
    sheet.fixed(f"{name}.bb_lower", found.bb_lower, digits)
    sheet.fixed(f"{name}.bb_mid", found.bb_mid, digits)
    sheet.fixed(f"{name}.bb_upper", found.bb_upper, digits)
    sheet.signed(f"{name}.bb_pos", _band_position(found), 2)
    sheet.fixed(f"{name}.stoch_k", found.stoch_rsi_k, 2)
    sheet.fixed(f"{name}.stoch_d", found.stoch_rsi_d, 2)
    sheet.fixed(f"{name}.vwap", found.vwap, digits)
    sheet.scaled(f"{name}.vol", found.volume, base)
    sheet.scaled(f"{name}.vol_avg", found.volume_avg, base)
    sheet.signed(f"{name}.vol_z", found.volume_z, 2)


def _change_pct(newer: float | None, older: float | None) -> float | None:
    return (newer / older - 1) * 100 if newer is not None and older else None


def _part_bps(part: float | None, whole: float | None) -> float | None:
    return part / whole * 10_000 if part is not None and whole else None


def _band_position(found: TechnicalSet) -> float | None:
    """Return where the close lies between the bands: 0 = lower, 1 = upper; None = no width."""
    if found.close is None or found.bb_lower is None or found.bb_upper is None:
        return None
    width = found.bb_upper - found.bb_lower
    return (found.close - found.bb_lower) / width if width > 0 else None


def _closes(sheet: FactSheet, found: TechnicalSet, digits: int) -> None:
    texts = tuple(fixed(close, digits) for close in found.closes[-SERIES_CLOSES:])
    metric = f"{PREFIX[found.bar]}.close"
    if texts:
        sheet.series(SeriesFact(metric=metric, texts=texts, unit="", bar=found.bar))


def _flow(sheet: FactSheet, snapshot: Snapshot, instrument: Instrument) -> None:
    flow, base = snapshot.flow.value or NO_FLOW, instrument.base_ccy
    sheet.source(Source.of(snapshot.flow))
    sheet.leaning("cvd.session", flow.cvd_session, base)
    sheet.signed("cvd.slope_z", flow.cvd_slope_z, 2)
    sheet.leaning("ofi.bar", flow.ofi_bar, base)
    sheet.signed("ofi.z", flow.ofi_z, 2)
    sheet.word("flow.gap", _gap(snapshot.flow.value))
    if (fresh := snapshot.flow.fresh) and fresh.cvd_bars:
        digits = decimals_for(max(abs(each) for each in fresh.cvd_bars), 4)
        texts = tuple(signed(each, digits) for each in fresh.cvd_bars)
        sheet.series(SeriesFact(metric="m1.cvd", texts=texts, unit=base, bar=Bar.M1))


def _gap(flow: FlowSet | None) -> str | None:
    """Say whether the feed was interrupted within the flow's window."""
    if flow is None:
        return None
    return "YES" if flow.has_gap else "NO"


def _derivatives(sheet: FactSheet, snapshot: Snapshot, instrument: Instrument) -> None:
    funding, interest = snapshot.funding.value, snapshot.open_interest.value
    sheet.source(Source.of(snapshot.funding))
    sheet.fixed("fund.rate", funding.rate * 100 if funding else None, 4, "%")
    minutes = (funding.funding_time - snapshot.ts) // MINUTE_MS if funding else None
    sheet.fixed("fund.next_min", None if minutes is None else Decimal(max(minutes, 0)), 0, "min")
    sheet.source(Source.of(snapshot.open_interest))
    sheet.scaled("oi.now", interest.base_qty if interest else None, instrument.base_ccy)
    change = snapshot.oi_change_1h
    sheet.signed("oi.chg1h", None if change is None else change * 100, 2, "%")


def _liquidations(sheet: FactSheet, snapshot: Snapshot, instrument: Instrument) -> None:
    """Sum what was published in the last hour; buy = shorts were liquidated."""
    recent = [liq for liq in snapshot.liquidations if liq.ts_event >= snapshot.ts - HOUR_MS]
    sheet.source(Source())
    for side in Side:
        worth = (
            instrument.notional(liq.contracts, liq.bk_px) for liq in recent if liq.side is side
        )
        sheet.fixed(f"liq.{side}_1h", sum(worth, ZERO), 0, _quote(instrument))


def _now(sheet: FactSheet, snapshot: Snapshot, instrument: Instrument) -> None:
    ticker, mark, digits = snapshot.ticker.value, snapshot.mark.value, _px_decimals(instrument)
    sheet.source(Source.of(snapshot.ticker))
    sheet.fixed("now.last", ticker.last_px if ticker else None, digits)
    sheet.source(Source.of(snapshot.mark))
    sheet.fixed("now.mark", mark.px if mark else None, digits)


def _book(sheet: FactSheet, snapshot: Snapshot, instrument: Instrument) -> None:
    top, digits = _two_sided(snapshot.book), _px_decimals(instrument)
    sheet.source(Source.of(snapshot.book))
    sheet.fixed("ob.mid", top.mid if top else None, digits)
    sheet.fixed("ob.spread_bps", _spread_bps(top) if top else None, 2, "bps")
    for levels in (5, 10, 20):
        sheet.signed(f"ob.imb{levels}", imbalance(top, levels), 2)
    sheet.fixed("ob.micro", micro_px(top), digits + 1)


def _costs(sheet: FactSheet, snapshot: Snapshot, costs: Costs) -> None:
    """Print the fee, and two fees plus the spread: what a round trip costs."""
    top, fee_bps = _two_sided(snapshot.book), costs.taker * BPS
    sheet.source(Source())
    sheet.fixed("cost.taker", fee_bps, 1, "bps")
    sheet.source(Source.of(snapshot.book))
    sheet.fixed("cost.round_trip", 2 * fee_bps + _spread_bps(top) if top else None, 1, "bps")


def _two_sided(book: Aged[BookTop]) -> BookTop | None:
    top = book.value
    return top if top and top.bids and top.asks else None


def _spread_bps(top: BookTop) -> Decimal:
    return in_bps(Px(top.best_ask - top.best_bid), top.mid)


def _px_decimals(instrument: Instrument) -> int:
    return step_decimals(instrument.tick_sz)


def _quote(instrument: Instrument) -> str:
    return instrument.quote_ccy
