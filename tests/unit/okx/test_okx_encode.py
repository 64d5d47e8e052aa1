"""Intents become exactly the bodies that the exchange documents."""

from decimal import Decimal

from tai2.model.instrument import Side
from tai2.model.order import Leg, OrderIntent, StopIntent, StopPlan
from tai2.okx.encode import countdown_body, order_body, stop_body


def intent(inst_id: str, leg: Leg, **changes: object) -> OrderIntent:
    plan = StopPlan(algo_cl_ord_id="s2x", stop_px=Decimal(97000), target_px=Decimal("105000.50"))
    fields: dict[str, object] = {
        "cl_ord_id": "t2x",
        "decision_id": "d1",
        "leg": leg,
        "inst_id": inst_id,
        "side": Side.BUY,
        "contracts": Decimal("0.50"),
        "limit_px": Decimal("1E+5"),
        "reduce_only": leg is not Leg.ENTRY,
        "stop": plan if leg is Leg.ENTRY else None,
        "notional": Decimal(500),
        "created_ms": 1,
    }
    return OrderIntent(**(fields | changes))  # type: ignore[arg-type]


def test_swap_entry_is_a_cross_ioc_with_mark_stop_and_last_target() -> None:
    assert order_body(intent("BTC-USDT-SWAP", Leg.ENTRY)) == {
        "instId": "BTC-USDT-SWAP",
        "tdMode": "cross",
        "side": "buy",
        "ordType": "ioc",
        "sz": "0.50",
        "px": "100000",
        "clOrdId": "t2x",
        "tag": "tai2e",
        "reduceOnly": False,
        "attachAlgoOrds": [
            {
                "attachAlgoClOrdId": "s2x",
                "slTriggerPx": "97000",
                "slTriggerPxType": "mark",
                "slOrdPx": "-1",
                "tpTriggerPx": "105000.50",
                "tpTriggerPxType": "last",
                "tpOrdPx": "-1",
            }
        ],
    }


def test_swap_exit_is_reduce_only_and_unattached() -> None:
    body = order_body(intent("BTC-USDT-SWAP", Leg.EXIT, side=Side.SELL))
    assert (body["reduceOnly"], body["side"], body["tag"]) == (True, "sell", "tai2")
    assert "attachAlgoOrds" not in body


def test_spot_order_is_cash_without_reduce_only() -> None:
    body = order_body(intent("BTC-USDT", Leg.ENTRY))
    assert body["tdMode"] == "cash"
    assert "reduceOnly" not in body
    assert body["attachAlgoOrds"][0]["slTriggerPxType"] == "last"


def stop(target_px: Decimal | None) -> StopIntent:
    return StopIntent(
        algo_cl_ord_id="s2y",
        inst_id="BTC-USDT-SWAP",
        side=Side.SELL,
        contracts=Decimal(3),
        stop_px=Decimal("97000.1"),
        target_px=target_px,
    )


def test_stop_alone_is_conditional() -> None:
    assert stop_body(stop(None)) == {
        "instId": "BTC-USDT-SWAP",
        "tdMode": "cross",
        "side": "sell",
        "ordType": "conditional",
        "sz": "3",
        "algoClOrdId": "s2y",
        "tag": "tai2",
        "slTriggerPx": "97000.1",
        "slTriggerPxType": "mark",
        "slOrdPx": "-1",
        "reduceOnly": True,
    }


def test_stop_with_target_is_oco() -> None:
    body = stop_body(stop(Decimal(105000)))
    assert (body["ordType"], body["tpTriggerPx"], body["tpOrdPx"]) == ("oco", "105000", "-1")


def test_countdown_covers_entries_alone() -> None:
    assert countdown_body(30) == {"timeOut": "30", "tag": "tai2e"}
    assert order_body(intent("BTC-USDT-SWAP", Leg.ENTRY))["tag"] == "tai2e"
    assert stop_body(stop(None))["tag"] == "tai2"
