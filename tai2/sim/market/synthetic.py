"""The built-in market: seeded prices, books, tape, funding and open interest.

Compositions start it once and step it as often as they like; the same sequence of times
gives the same market. It must never read a clock nor leave a book crossed.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from tai2.sim.exchange.candles import KEPT_BARS
from tai2.sim.exchange.exchange import Exchange
from tai2.sim.exchange.records import FundingView, InstSpec, OpenInterestView
from tai2.sim.market.ladder import Ladder
from tai2.sim.market.minutes import MINUTE_MS, Minute, give_history, lots_of, on_tick
from tai2.sim.market.weather import Weather

START_PRICES: Final = {"BTC": 100_000.0, "ETH": 3_500.0, "SOL": 180.0}
_OTHER_START: Final = 100.0
DEFAULT_SEED: Final = 7
_PAST_MIN: Final = 302 * 240
_LEVEL_USD: Final = 150_000.0
_MINUTE_USD: Final = 3_000_000.0
_TRADES_PER_S: Final = 3.0
_STEP_MS: Final = 1_000
_MOST_STEPS: Final = 600
_SPREAD_BPS: Final = 0.15
_SLOW_MS: Final = 5_000
_MEMORY_S: Final = 12.0
"""Takers and quotes lean with the move of about this long."""
_MOMENTUM: Final = 3.5e-4
"""Standard deviation of that move."""
FUNDING_MS: Final = 28_800_000
_RATE_CAP: Final = Decimal("0.00375")


class SyntheticMarket:
    """Markets for every instrument of an exchange."""

    def __init__(
        self, *, seed: int = DEFAULT_SEED, prices: Mapping[str, float] | None = None
    ) -> None:
        """Choose the seed; `prices` gives start prices by base currency."""
        self._seed = seed
        self._prices = {**START_PRICES, **(prices or {})}
        self._streets: list[_Street] = []
        self._now_ms = 0

    def start(self, exchange: Exchange, now_ms: int) -> None:
        """Give the exchange history and a first book; restored last prices are continued."""
        known = exchange.last_prices()
        exchange.advance(now_ms)
        self._now_ms = now_ms
        self._streets = []
        for spec in exchange.specs():
            start_px = self._prices.get(spec.base_ccy, _OTHER_START)
            street = _Street(spec, self._seed, float(known.get(spec.inst_id, 0)) or start_px)
            street.open(exchange, now_ms)
            self._streets.append(street)
        exchange.advance(now_ms)

    def step(self, exchange: Exchange, now_ms: int) -> None:
        """Move every market to now; a long silence is walked in coarser strides."""
        gap = now_ms - self._now_ms
        stride = max(_STEP_MS, gap // _MOST_STEPS)
        while self._now_ms < now_ms:
            until = min(now_ms, self._now_ms + stride)
            exchange.advance(until)
            for street in self._streets:
                street.walk(exchange, (until - self._now_ms) / 1000)
            self._now_ms = until
        exchange.advance(now_ms)

    def jump(self, inst_id: str, share: Decimal) -> None:
        """Let one instrument's price go on from a share above (or below) where it stands."""
        for street in self._streets:
            if street.inst_id == inst_id:
                street.jump(float(share))


class _Street:
    """One instrument's market."""

    def __init__(self, spec: InstSpec, seed: int, end_px: float) -> None:
        self._spec = spec
        self._weather = Weather(seed, spec.inst_id)
        self._ladder = Ladder(spec, px=end_px, level_usd=_LEVEL_USD, seed=seed)
        self._end_px = end_px
        self._anchor = 1.0
        self._momentum = 0.0
        self._rate_bps = 1.0
        self._oi_base = 300_000_000.0 / end_px
        self._slow_at = 0

    @property
    def inst_id(self) -> str:
        """The instrument."""
        return self._spec.inst_id

    def jump(self, share: float) -> None:
        """Move the price by a share at once."""
        self._anchor *= 1 + share

    def _px(self) -> float:
        return self._anchor * math.exp(self._weather.log_px)

    def open(self, exchange: Exchange, now_ms: int) -> None:
        """Make the past, scaled so that it ends at the start price, and the first book."""
        minute_base = _MINUTE_USD / self._end_px
        end_ms = now_ms - now_ms % MINUTE_MS
        past = self._weather.past(end_ms, max(_PAST_MIN, KEPT_BARS), minute_base)
        self._anchor = self._end_px / math.exp(self._weather.log_px)
        give_history(exchange, self._spec, [_scaled(one, self._anchor) for one in past], now_ms)
        self._quote(exchange, 0.0)
        if self._spec.is_spot:
            return
        due = now_ms - now_ms % FUNDING_MS + FUNDING_MS
        exchange.set_funding(self._spec.inst_id, self._funding(due, now_ms))
        self._tell_slow(exchange)

    def _funding(self, due: int, now_ms: int) -> FundingView:
        return FundingView(
            rate=Decimal(round(self._rate_bps * 100)) / 1_000_000,
            funding_time=due,
            next_funding_time=due + FUNDING_MS,
            interval_ms=FUNDING_MS,
            ts=now_ms,
            min_rate=-_RATE_CAP,
            max_rate=_RATE_CAP,
        )

    def walk(self, exchange: Exchange, dt_s: float) -> None:
        """Move by dt_s seconds: price, book, tape, and now and then the slow figures."""
        change = self._weather.move(dt_s)
        self._momentum = self._momentum * math.exp(-dt_s / _MEMORY_S) + change
        pressure = math.tanh(self._momentum / _MOMENTUM)
        bid, ask = self._quote(exchange, pressure)
        self._trade(exchange, dt_s, pressure, (bid, ask))
        if self._weather.burst_left_s > 0:
            self._liquidate(exchange, bid, ask)
        if exchange.now_ms >= self._slow_at and not self._spec.is_spot:
            self._tell_slow(exchange)

    def _quote(self, exchange: Exchange, pressure: float) -> tuple[int, int]:
        """Set book and index around the price; return best bid and ask in ticks."""
        px, tick = self._px(), float(self._spec.tick_sz)
        spread = px * _SPREAD_BPS / 10_000 * (3 if self._weather.burst_left_s > 0 else 1)
        bid = math.floor((px - spread / 2) / tick)
        ask = bid + max(1, round(spread / tick))
        bids, asks = self._ladder.sides(bid, ask, round(2 * pressure))
        exchange.set_book(self._spec.inst_id, bids, asks)
        exchange.set_index(self._spec.inst_id, on_tick(self._spec, px))
        return bid, ask

    def _trade(
        self, exchange: Exchange, dt_s: float, pressure: float, touch: tuple[int, int]
    ) -> None:
        """Print takers' trades whose sides follow the pressure and the regime."""
        rng, spec = self._weather.rng, self._spec
        buys = 0.5 + 0.38 * pressure + 0.01 * self._weather.drift_bps
        busy = 1 + 2 * abs(pressure) + (4 if self._weather.burst_left_s > 0 else 0)
        wanted = _TRADES_PER_S * dt_s * busy / 2
        count = min(12, int(wanted) + (rng.random() < wanted % 1))
        mean_base = _MINUTE_USD / self._px() / 60 * dt_s * busy / 2 / max(1, count)
        for _ in range(count):
            side = "buy" if rng.random() < buys else "sell"
            contracts = max(1, lots_of(spec, mean_base * rng.lognormvariate(-0.5, 1.0)))
            px = touch[1] if side == "buy" else touch[0]
            exchange.print_trade(spec.inst_id, side, px * spec.tick_sz, contracts * spec.lot_sz)

    def _liquidate(self, exchange: Exchange, bid: int, ask: int) -> None:
        """In a burst, publish the forced orders that drive it."""
        rng, spec = self._weather.rng, self._spec
        if rng.random() > 0.25:
            return
        is_up = self._weather.burst_sign > 0
        side, touch = ("buy", ask) if is_up else ("sell", bid)
        px = round(touch * (1.0025 if is_up else 0.9975))
        lots = max(1, lots_of(spec, rng.lognormvariate(0.0, 1.0) * 60_000 / self._px()))
        contracts = lots * spec.lot_sz
        exchange.print_liquidation(spec.inst_id, side, px * spec.tick_sz, contracts)

    def _tell_slow(self, exchange: Exchange) -> None:
        """Let funding rate and open interest drift."""
        rng, spec = self._weather.rng, self._spec
        self._slow_at = exchange.now_ms + _SLOW_MS
        aim = 1.0 + 0.8 * self._weather.drift_bps
        self._rate_bps += 0.002 * (aim - self._rate_bps) + rng.gauss(0, 0.004)
        funding = exchange.funding(spec.inst_id)
        if funding is not None and exchange.now_ms % 60_000 < _SLOW_MS:
            now = self._funding(funding.funding_time, exchange.now_ms)
            exchange.set_funding(
                spec.inst_id, replace(now, next_funding_time=funding.next_funding_time)
            )
        self._oi_base *= 1 + rng.gauss(0.00001 * abs(self._weather.drift_bps), 0.0001)
        contracts = lots_of(spec, self._oi_base) * spec.lot_sz
        base = contracts * spec.ct_size
        exchange.set_open_interest(
            spec.inst_id,
            OpenInterestView(
                oi=contracts,
                oi_ccy=base,
                oi_usd=(base * exchange.mark_px(spec.inst_id)).quantize(Decimal("0.01")),
                ts=exchange.now_ms,
            ),
        )


def _scaled(bar: Minute, anchor: float) -> Minute:
    """Turn logarithms into prices."""
    opened, high, low, close = (anchor * math.exp(log_px) for log_px in bar[1:5])
    return Minute(bar.ts, opened, high, low, close, bar.base_vol)
