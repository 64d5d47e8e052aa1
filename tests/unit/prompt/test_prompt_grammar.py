"""Nothing that a stranger wrote can stand in the message of a snapshot: it is ids and numbers.

The grammar below is written by hand; every message of a made-up snapshot has to fit it. Market
text (announcements, names, reasons) has no field to come in by, and currencies are checked.
"""

import json
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai2.indicators.features import Costs, features
from tai2.model.decision import (
    Action,
    AllowedAction,
    Decision,
    DecisionRequest,
    NoDecision,
    PositionEffect,
)
from tai2.model.errors import DataInvalid
from tai2.model.ids import CycleId, DecisionId, SnapshotId
from tai2.model.market import Bar
from tai2.model.money import QuoteAmt
from tai2.model.snapshot import FlowSet, TechnicalSet
from tai2.okx.decode.instruments import InstrumentRow, instrument
from tai2.prompt.parse import parse_reply
from tai2.prompt.render import user_message
from tests.builders import market as m
from tests.fakes.openrouter.decisions import trade
from tests.unit.ask.injections import INJECTIONS

BLOCKS = ("", "HALTED", "REDUCING", "COOLDOWN", "STALE_DATA")
NUMBER = r"[+-]?\d+(?:\.\d+)?"
WORD = "LONG|SHORT|FLAT|YES|NO|MISSING"
UNIT = "USDT|BTC|%|bps|min"
METRIC = r"\[[a-z0-9]+\.[a-z0-9_]+\]"
FACT = rf"{METRIC} (?:{NUMBER}|{WORD})(?: (?:{UNIT}))?(?: STALE)?"
LABEL = (
    "ACCOUNT|POSITION|4h|1h|5m|1m|FUNDING|OPEN INTEREST|LIQUIDATIONS 1h|CVD|OFI|FLOW|COST|NOW|BOOK"
)
GROUP = rf"(?:{LABEL})(?: age \d+\.\d s)?  {FACT}(?: {FACT})*"
SERIES = rf"{METRIC}(?: {NUMBER})+(?: (?:{UNIT}))? per (?:1m|5m|1h|4h|1H|4H) bar"
ONE = rf"(?:BUY|SELL) (?:OPEN|INCREASE|REDUCE|CLOSE) ≤ {NUMBER}"
MESSAGE = re.compile(
    r"SNAPSHOT [0-9a-f]{10} [A-Z0-9]+(?:-[A-Z0-9]+)+ \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    r"  \(horizon \d+ min\)\n<data>\n"
    rf"(?:{GROUP}\n)+(?:SERIES oldest → newest, last = newest closed bar\n(?:{SERIES}\n)+)?"
    rf"</data>\nALLOWED  HOLD(?: \| {ONE})* \| unit QUOTE_NOTIONAL"
    rf"(?: \| nothing else now: (?:{'|'.join(BLOCKS[1:])}))?\nDecide now\. JSON only\.\n"
)

maybe = st.none() | st.floats(allow_nan=True, allow_infinity=True, width=32)
finite = st.floats(-1e9, 1e9)
price = st.decimals("0.1", "1000000", places=1)


@st.composite
def technicals(draw: st.DrawFn) -> Any:
    """Return indicators of one bar with any numbers, infinite and missing ones included."""
    names = [
        *("close", "bb_lower", "bb_mid", "bb_upper", "stoch_rsi_k", "stoch_rsi_d", "vwap"),
        *("volume", "volume_avg", "volume_z", "ema20", "ema50", "rsi14", "atr14"),
    ]
    closes = tuple(draw(st.lists(st.floats(0.1, 1e6), max_size=30)))
    numbers = {name: draw(maybe) for name in names}
    return TechnicalSet(bar=draw(st.sampled_from(Bar)), bars=50, closes=closes, **numbers)


@st.composite
def flows(draw: st.DrawFn) -> FlowSet:
    names = ("cvd_session", "cvd_slope_z", "ofi_bar", "ofi_z", "micro_px")
    return FlowSet(
        **{name: draw(maybe) for name in names},
        **{f"imbalance_{levels}": draw(st.none() | st.floats(-1, 1)) for levels in (5, 10, 20)},
        cvd_bars=tuple(draw(st.lists(finite, max_size=6))),
        has_gap=draw(st.booleans()),
    )


@st.composite
def requests(draw: st.DrawFn) -> DecisionRequest:
    """Return the question about a made-up snapshot."""
    shown = st.sampled_from([m.fresh, m.stale, lambda _: m.missing()])
    px = draw(price)
    snapshot = m.snapshot(
        technical=tuple(draw(shown)(each) for each in draw(st.lists(technicals(), max_size=4))),
        flow=draw(shown)(draw(flows())),
        book=draw(shown)(m.book(str(px), str(px + 1), str(draw(st.integers(1, 10**6))))),
        ticker=draw(shown)(m.ticker(str(px))),
        balance=draw(shown)(m.balance(str(draw(price)))),
        position=draw(shown)(m.position(str(draw(st.integers(-9, 9))), str(px))),
    )
    blocked = draw(st.sampled_from(BLOCKS))
    buy = AllowedAction(
        action=Action.BUY, effect=PositionEffect.OPEN, max_notional=QuoteAmt(draw(price))
    )
    return DecisionRequest(
        cycle_id=CycleId("C1"),
        decision_id=DecisionId("D1"),
        snapshot_id=SnapshotId("00deadbeef"),
        inst_id=m.INST,
        ts=draw(st.integers(1_600_000_000_000, 1_900_000_000_000)),
        features=features(snapshot, Costs(instrument=m.swap(), taker=Decimal("0.0005"))),
        allowed=() if blocked else (buy,),
        blocked_by=blocked,
        horizon_min=60,
    )


@given(requests())
def test_every_message_is_known_ids_numbers_and_words(request: DecisionRequest) -> None:
    assert MESSAGE.fullmatch(user_message(request)), user_message(request)


@pytest.mark.parametrize("planted", INJECTIONS)
def test_the_grammar_itself_refuses_planted_text(planted: str) -> None:
    message = user_message(plain_request())
    assert MESSAGE.fullmatch(message)
    assert not MESSAGE.fullmatch(message.replace("FLAT", planted))
    assert not MESSAGE.fullmatch(message.replace("</data>", f"{planted}\n</data>"))


@pytest.mark.parametrize("planted", INJECTIONS)
@pytest.mark.parametrize("place", ["base", "quote", "settle"])
def test_an_injection_is_no_currency(planted: str, place: str) -> None:
    parts = {"base": "BTC", "quote": "USDT", "settle": "USDT"} | {place: planted}
    swap = InstrumentRow(
        inst_type="SWAP",
        inst_id="BTC-USDT-SWAP",
        inst_family=f"{parts['base']}-{parts['quote']}",
        settle_ccy=parts["settle"],
        ct_val="0.01",
        ct_type="linear",
        tick_sz="0.1",
        lot_sz="0.01",
        min_sz="0.01",
        state="live",
    )
    with pytest.raises(DataInvalid):
        instrument(swap)


@pytest.mark.parametrize("planted", INJECTIONS)
def test_a_reply_that_carries_an_injection_differs_in_text_only(planted: str) -> None:
    request = plain_request()
    body = {"messages": [{"role": "user", "content": user_message(request)}]}
    good = json.loads(trade(body))
    evil = good | {
        "justification": planted,
        "evidence": [each | {"why": planted[:200]} for each in good["evidence"]],
    }
    meant = parse_reply(json.dumps(good), request)
    found = parse_reply(json.dumps(evil), request)
    assert isinstance(meant, Decision)
    if isinstance(found, NoDecision):
        assert found.stage in ("extract", "parse", "schema", "evidence")
        return
    bare = replace(
        found,
        justification=meant.justification,
        evidence=meant.evidence,
        repaired=(),
        ungrounded=(),
    )
    assert bare == replace(meant, repaired=(), ungrounded=())


def plain_request() -> DecisionRequest:
    buy = AllowedAction(
        action=Action.BUY, effect=PositionEffect.OPEN, max_notional=QuoteAmt(Decimal("80.5"))
    )
    costs = Costs(instrument=m.swap(), taker=Decimal("0.0005"))
    return DecisionRequest(
        cycle_id=CycleId("C1"),
        decision_id=DecisionId("D1"),
        snapshot_id=SnapshotId("00deadbeef"),
        inst_id=m.INST,
        ts=m.NOW,
        features=features(m.snapshot(), costs),
        allowed=(buy,),
        blocked_by="",
        horizon_min=60,
    )
