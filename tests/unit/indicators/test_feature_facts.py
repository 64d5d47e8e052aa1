"""Facts: what is printed, in which order, and what absence looks like."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai2.indicators.features import Costs, features
from tai2.indicators.printing import fixed, signed, step_decimals
from tai2.indicators.technical import blank
from tai2.model.account import Balance, Position
from tai2.model.ids import InstId, SnapshotId
from tai2.model.instrument import InstKind, Instrument, Side
from tai2.model.market import Bar, FundingRate, Liquidation, OpenInterest
from tai2.model.money import BaseQty, Contracts, Px, QuoteAmt
from tai2.model.snapshot import Aged, BookTop, FlowSet, Freshness, Snapshot

NOW = 1_763_890_200_000
INST = InstId("BTC-USDT-SWAP")
STAMP: dict[str, Any] = {"inst_id": INST, "ts_event": NOW - 400, "ts_recv": NOW - 390}
SWAP = Instrument(
    inst_id=INST,
    kind=InstKind.LINEAR,
    base_ccy="BTC",
    quote_ccy="USDT",
    settle_ccy="USDT",
    ct_val=Decimal("0.01"),
    tick_sz=Decimal("0.1"),
    lot_sz=Decimal("0.01"),
    min_sz=Decimal("0.01"),
    max_lmt_sz=None,
    max_mkt_sz=None,
    lever_max=None,
    is_live=True,
)
COSTS = Costs(instrument=SWAP, taker=Decimal("0.0005"))


def dec(text: str) -> Any:
    return Decimal(text)


def aged(found: Any, freshness: Freshness = Freshness.FRESH, age_ms: int | None = 400) -> Aged[Any]:
    return Aged(value=found, ts_event=NOW, ts_recv=NOW, age_ms=age_ms, freshness=freshness)


MISSING = aged(None, Freshness.MISSING, None)
TECHNICAL = replace(
    blank(Bar.M5),
    bars=300,
    close=114207.5,
    ema20=113270.84,
    ema50=111846.4,
    rsi14=72.536,
    atr14=563.1,
    bb_lower=114000.0,
    bb_upper=114400.0,
    closes=(113912.5, 113992.0, 114207.5),
)
FLOW = FlowSet(
    cvd_session=-140.256,
    cvd_bars=(-12.4, -3.1, 40.2),
    cvd_slope_z=1.234,
    ofi_bar=None,
    ofi_z=None,
    imbalance_5=None,
    imbalance_10=None,
    imbalance_20=None,
    micro_px=None,
    has_gap=False,
)
POSITION = Position(
    inst_id=INST,
    contracts=Contracts(dec("-1.93")),
    avg_px=Px(dec("113580")),
    mark_px=Px(dec("114200")),
    upnl=QuoteAmt(dec("-12.154")),
    lever=None,
    liq_px=None,
    margin_mode="cross",
    opened_ms=NOW - 41 * 60_000 - 5,
    ts_event=NOW,
    ts_recv=NOW,
)


def snapshot(**changes: Any) -> Snapshot:
    book = BookTop(
        bids=((Px(dec("114207.3")), Contracts(dec("30"))),),
        asks=((Px(dec("114207.5")), Contracts(dec("10"))),),
        seq_id=5,
    )
    balance = Balance(
        ccy="USDT",
        equity=QuoteAmt(dec("10250.4")),
        cash=QuoteAmt(dec("10250.4")),
        available=QuoteAmt(dec("8011.2")),
        upnl=QuoteAmt(dec("0")),
        ts_event=NOW,
        ts_recv=NOW,
    )
    whole: dict[str, Any] = {
        "snapshot_id": SnapshotId("9f3c21"),
        "inst_id": INST,
        "ts": NOW,
        "book": aged(book),
        "ticker": MISSING,
        "mark": MISSING,
        "funding": aged(
            FundingRate(
                **STAMP, rate=dec("0.000012"), funding_time=NOW + 214 * 60_000, interval_ms=0
            )
        ),
        "open_interest": aged(
            OpenInterest(
                **STAMP, contracts=Contracts(dec("2990970")), base_qty=BaseQty(dec("29909.7"))
            )
        ),
        "oi_change_1h": -0.0017,
        "liquidations": (),
        "technical": (aged(TECHNICAL),),
        "flow": aged(FLOW),
        "balance": aged(balance),
        "position": aged(POSITION),
    }
    return Snapshot(**(whole | changes))


@pytest.mark.parametrize(
    ("metric", "text"),
    [
        ("acct.equity", "10250.40"),
        ("pos.side", "SHORT"),
        ("pos.notional", "2204.06"),
        ("pos.entry", "113580.0"),
        ("pos.upnl", "-12.15"),
        ("pos.age", "41"),
        ("m5.close", "114207.5"),
        ("m5.rsi14", "72.54"),
        ("m5.ema20_vs_50", "+1.27"),
        ("m5.atr14", "563.10"),
        ("m5.atr14_bps", "49.3"),
        ("m5.bb_pos", "+0.52"),
        ("m5.stoch_k", "MISSING"),
        ("h4.ema20", "MISSING"),
        ("cvd.session", "-140.26"),
        ("cvd.slope_z", "+1.23"),
        ("flow.gap", "NO"),
        ("fund.rate", "0.0012"),
        ("fund.next_min", "214"),
        ("oi.now", "29910"),
        ("oi.chg1h", "-0.17"),
        ("now.last", "MISSING"),
        ("ob.mid", "114207.4"),
        ("ob.spread_bps", "0.02"),
        ("ob.imb10", "+0.50"),
        ("ob.micro", "114207.45"),
        ("cost.taker", "5.0"),
        ("cost.round_trip", "10.0"),
        ("liq.buy_1h", "0"),
    ],
)
def test_a_fact_is_printed_as_documented(metric: str, text: str) -> None:
    assert features(snapshot(), COSTS).facts[metric].text == text


def test_the_number_is_the_printed_text() -> None:
    facts = features(snapshot(), COSTS).facts.values()
    numbers = [(fact.number, fact.text) for fact in facts if fact.number is not None]
    assert len(numbers) > 30
    assert all(number == Decimal(text) for number, text in numbers)


def test_missing_reads_missing_and_has_no_number() -> None:
    fact = features(snapshot(), COSTS).facts["now.last"]
    assert (fact.number, fact.age_ms, fact.freshness) == (None, None, Freshness.MISSING)


def test_stale_is_printed_but_is_not_a_number_to_decide_with() -> None:
    stale = snapshot(book=replace(snapshot().book, freshness=Freshness.STALE))
    found = features(stale, COSTS)
    assert found.facts["ob.mid"].text == "114207.4"
    assert found.number("ob.mid") is None
    assert found.number("cost.round_trip") is None


def test_flat_is_known_and_has_no_entry() -> None:
    flat = replace(POSITION, contracts=Contracts(Decimal(0)), avg_px=None)
    facts = features(snapshot(position=aged(flat)), COSTS).facts
    assert (facts["pos.side"].text, facts["pos.notional"].text) == ("FLAT", "0.00")
    assert "pos.entry" not in facts


def test_an_unknown_position_is_missing_not_flat() -> None:
    facts = features(snapshot(position=MISSING), COSTS).facts
    assert {facts[f"pos.{name}"].text for name in ("side", "notional", "entry")} == {"MISSING"}


def test_nan_never_escapes() -> None:
    broken = replace(TECHNICAL, rsi14=float("nan"), close=float("inf"))
    facts = features(snapshot(technical=(aged(broken),)), COSTS).facts
    assert facts["m5.rsi14"].text == facts["m5.close"].text == "MISSING"


def test_series_end_with_the_newest_closed_bar() -> None:
    series = {each.metric: each.texts for each in features(snapshot(), COSTS).series}
    assert series["m5.close"] == ("113912.5", "113992.0", "114207.5")
    assert series["m1.cvd"] == ("-12.40", "-3.10", "+40.20")


def test_stale_series_are_not_printed() -> None:
    stale = snapshot(technical=(aged(TECHNICAL, Freshness.STALE),), flow=MISSING)
    assert features(stale, COSTS).series == ()


def test_liquidations_of_the_last_hour_are_summed_per_side() -> None:
    def liquidation(side: Side, age_ms: int) -> Liquidation:
        stamp = STAMP | {"ts_event": NOW - age_ms}
        return Liquidation(
            **stamp, side=side, bk_px=Px(dec("100000")), contracts=Contracts(dec("2"))
        )

    mixed = (
        liquidation(Side.BUY, 3_600_001),
        liquidation(Side.BUY, 5),
        liquidation(Side.SELL, 5),
        liquidation(Side.SELL, 4),
    )
    facts = features(snapshot(liquidations=mixed), COSTS).facts
    assert (facts["liq.buy_1h"].text, facts["liq.sell_1h"].text) == ("2000", "4000")


def test_the_same_snapshot_gives_the_same_facts_in_the_same_order() -> None:
    once, twice = features(snapshot(), COSTS), features(snapshot(), COSTS)
    assert list(once.facts.items()) == list(twice.facts.items())
    assert once.series == twice.series


@given(st.floats(-1e9, 1e9), st.integers(0, 8))
def test_print_never_shows_a_negative_zero_or_an_exponent(number: float, decimals: int) -> None:
    texts = [fixed(number, decimals), signed(number, decimals)]
    assert all("e" not in text.lower() for text in texts)
    assert all(not (text.startswith(("-", "+")) and Decimal(text) == 0) for text in texts)


@pytest.mark.parametrize(("tick", "decimals"), [("0.1", 1), ("0.50", 1), ("5", 0), ("10", 0)])
def test_a_tick_tells_its_decimals(tick: str, decimals: int) -> None:
    assert step_decimals(Decimal(tick)) == decimals
