"""The top of every face: mode, price, money, what happens next, and how the line stands.

Terminal and web place it above whatever is shown; it must fit one row. What matters less
leaves first when there is no room, the mode and the trading state never do.
"""

from dataclasses import dataclass
from typing import Final

from tai2.model.controls import TradingState
from tai2.view.palette import Tone
from tai2.view.panels.figures import moved, px
from tai2.view.panels.line import Line, Span, line
from tai2.view.state import ViewState
from tai2.view.text import age, countdown, money, pnl, safe, utc_iso, width

WIDE: Final = 100
_CHIPS: Final = {
    "sim": Span(" SIM ", Tone.SIM),
    "paper": Span(" PAPER ", Tone.PAPER),
    "demo": Span(" DEMO ", Tone.DEMO),
    "real": Span(" REAL $ ", Tone.REAL),
}
_GAP: Final = Span("  ")
_CLOCK: Final = slice(11, 19)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How the line to the daemon stands, in a face's own words."""

    is_attached: bool
    silence_ms: int = 0
    """Since anything was heard."""
    retry_ms: int | None = None
    """Until the next try; None while one runs."""
    was_attached: bool = False
    is_frozen: bool = False
    is_readonly: bool = False
    is_replay: bool = False


def masthead(state: ViewState | None, link: Link, now_ms: int | None, columns: int) -> Line:
    """Return the top row, at most so many columns wide and filled to them."""
    left = [_chip(state), *_flags(link)]
    if not link.is_attached:
        parts = [[_lost(link)], *(_money(state, columns) if state else [])]
        return _joined(left, parts, [], columns)
    if state is None:
        return _joined(left, [[Span("waiting for the first picture …", Tone.DIM)]], [], columns)
    right = [*_next(state, now_ms), *_health(state, columns), *_clock(now_ms, columns)]
    return _joined(left, [*_market(state, columns), *_money(state, columns)], right, columns)


def _chip(state: ViewState | None) -> Span:
    mode = state.meta.mode if state else ""
    return _CHIPS.get(mode, Span(f" {safe(mode).upper() or '…'} ", Tone.CHOSEN))


def _flags(link: Link) -> list[Span]:
    words = (
        (link.is_replay, "RECORDING"),
        (link.is_frozen, "FROZEN"),
        (link.is_readonly, "READ-ONLY"),
    )
    return [Span(f" {word}", Tone.WARN) for is_so, word in words if is_so]


def _lost(link: Link) -> Span:
    retry = "now" if link.retry_ms is None else age(link.retry_ms)
    if not link.was_attached:
        return Span(f"connecting … retry {retry}", Tone.WARN)
    return Span(f"✗ DISCONNECTED · last data {age(link.silence_ms)} ago · retry {retry}", Tone.WARN)


def _market(state: ViewState, columns: int) -> list[list[Span]]:
    """Return the first instrument's price, the change apart, so that it may be left out."""
    if not state.tickers.rows:
        return []
    ticker = state.tickers.rows[min(state.tickers.rows)]
    name = ticker.inst_id if columns >= WIDE else ticker.base_ccy
    price = [
        Span(f"{safe(name)} ", Tone.DIM),
        Span(px(ticker.last_px, ticker.tick_sz), Tone.STRONG),
    ]
    return [price, [Span(" ", Tone.DIM), moved(ticker.change_ratio)]]


def _money(state: ViewState, _columns: int) -> list[list[Span]]:
    account = state.account
    equity = [_GAP, Span("Eq ", Tone.DIM), Span(money(account.equity), Tone.STRONG)]
    if account.upnl is None:
        return [equity]
    tone = Tone.UP if account.upnl > 0 else Tone.DOWN if account.upnl < 0 else Tone.DIM
    return [equity, [Span(" uPnL ", Tone.DIM), Span(pnl(account.upnl), tone)]]


def _next(state: ViewState, now_ms: int | None) -> list[Span]:
    meta = state.meta
    match meta.trading_state:
        case TradingState.HALTED:
            by = f" by {safe(meta.state_by)}" if meta.state_by else ""
            since = f" {utc_iso(meta.state_ms)[_CLOCK][:5]}" if meta.state_ms else ""
            return [Span(f"HALTED{by}{since}", Tone.ERROR), Span(" · P resumes", Tone.DIM)]
        case TradingState.REDUCING:
            return [Span("REDUCING: no new entries", Tone.WARN), Span(" · P resumes", Tone.DIM)]
    if meta.next_cycle_ms is None or now_ms is None:
        return [Span("next ", Tone.DIM), Span(countdown(None), Tone.STRONG)]
    left_ms = meta.next_cycle_ms - now_ms
    return [Span("next ", Tone.DIM), Span(countdown(left_ms), Tone.STRONG)]


def _health(state: ViewState, columns: int) -> list[Span]:
    """Return a dot for all parts, or the ones in trouble by name."""
    ill = [safe(row.part) for row in state.health.rows.values() if not row.ok]
    if not ill:
        return [_GAP, Span("● all well" if columns >= WIDE else "●", Tone.ACCENT)]
    named = ", ".join(ill[:3]) if columns >= WIDE else ill[0]
    more = len(ill) - (3 if columns >= WIDE else 1)
    return [_GAP, Span(f"✗ {named}" + (f" +{more}" if more > 0 else ""), Tone.ERROR)]


def _clock(now_ms: int | None, columns: int) -> list[Span]:
    if now_ms is None or columns < WIDE:
        return []
    return [_GAP, Span(f"{utc_iso(now_ms)[_CLOCK]}Z", Tone.DIM)]


def _joined(left: list[Span], parts: list[list[Span]], right: list[Span], columns: int) -> Line:
    """Put as many of the parts as there is room for between left and right."""
    spans = [*left, _GAP]
    room = columns - _wide(spans) - _wide(right) - 2
    for part in parts:
        if (taken := _wide(part)) > room:
            break
        spans += part
        room -= taken
    return line(*spans, Span(" " * max(columns - _wide(spans) - _wide(right) - 1, 1)), *right, " ")


def _wide(spans: list[Span]) -> int:
    return sum(width(span.text) for span in spans)
