"""Lines 66 to 75 of the conformance checklist: account, money, risk, restart, determinism."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tai2.sim.exchange.exchange import Exchange
from tai2.sim.exchange.records import InstSpec, NewOrder, PositionMoved, SimEvent, Tier
from tai2.sim.log import EventLog
from tai2.sim.market.listings import BTC_SPOT, DEFAULT_SPECS
from tai2.sim.market.synthetic import SyntheticMarket
from tests.conformance.spot import INVERSE, SPOT, two_markets
from tests.wire.sim_server_support import (
    INST,
    Json,
    Sim,
    Ws,
    funding,
    ioc_order,
    limit_order,
    running,
    swap,
)

ANY = {"instType": "ANY"}
POSITIONS = {"channel": "positions"} | ANY
MONEY = {"channel": "balance_and_position"}


async def send(sim: Sim, path: str, body: object) -> Json:
    got: Json = (await sim.post(path, body))["data"][0]
    return got


async def row(ws: Ws, channel: str) -> Json:
    got: Json = (await ws.on(channel))["data"][0]
    return got


async def test_line_66_the_account_comes_as_a_snapshot_then_as_changes() -> None:
    async with running() as sim, sim.ws("private", login=True) as ws:
        await ws.subscribe({"channel": "account"}, POSITIONS, MONEY, {"channel": "orders"} | ANY)
        kinds = [(await ws.on(name)).get("eventType") for name in ("account", "positions")]
        assert kinds == ["snapshot", "snapshot"]
        assert (await row(ws, "balance_and_position"))["eventType"] == "snapshot"
        await send(sim, "trade/order", ioc_order(sz="1"))
        assert (await ws.on("account"))["eventType"] == "event_update"
        assert (await row(ws, "positions"))["pos"] == "1"
        assert (await row(ws, "balance_and_position"))["eventType"] == "filled"
        assert (await row(ws, "orders"))["state"] == "live"
        await sim.post("trade/close-position", {"instId": INST, "mgnMode": "cross"})
        assert (await row(ws, "positions"))["pos"] == "0"


def spare(exchange: Exchange) -> None:
    """Assert every identity of balances and positions."""
    for view in exchange.balances():
        held = [one for one in exchange.positions() if one.ccy == view.ccy]
        upl, imr = sum(one.upl for one in held), sum(one.imr for one in held)
        assert view.eq == view.cash_bal + upl
        assert view.frozen == imr + view.ord_frozen
        assert view.avail == max(Decimal(0), view.eq - view.frozen)
        bills = [one for one in exchange.bills() if one.ccy == view.ccy]
        assert not bills or bills[-1].bal == view.cash_bal
        for early, late in pairwise(bills):
            assert late.bal == early.bal + late.bal_chg
    for one in exchange.positions():
        whole = one.pnl + one.fee + one.funding_fee + one.liq_penalty
        assert abs(one.realized_pnl - whole) < Decimal("1e-8")


STEPS = st.tuples(
    st.sampled_from([INST, SPOT, INVERSE]),
    st.sampled_from(["buy", "sell"]),
    st.sampled_from(["limit", "ioc", "market"]),
    st.integers(1, 40),
    st.integers(-30, 30),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(STEPS, max_size=12))
def test_line_67_identities_hold_after_every_event(
    steps: list[tuple[str, str, str, int, int]],
) -> None:
    exchange = two_markets()
    exchange.set_book(INST, {Decimal("99999.9"): Decimal(50)}, {Decimal(100_000): Decimal(50)})
    exchange.set_index(INST, Decimal(100_000))
    exchange.subscribe(lambda _event: spare(exchange) if not exchange.pending() else None)
    for inst_id, side, kind, lots, ticks in steps:
        spec = exchange.spec(inst_id)
        order = NewOrder(
            inst_id=inst_id,
            td_mode="cash" if spec.is_spot else "cross",
            side=side,
            ord_type=kind,
            sz=spec.min_sz * lots,
            px=None if kind == "market" else 100_000 + spec.tick_sz * ticks,
            tgt_ccy="base_ccy" if spec.is_spot and kind == "market" else "",
        )
        exchange.place(order)
        exchange.jump(inst_id, Decimal(ticks) / 10_000)
        spare(exchange)


def worked(spec: InstSpec, contracts: str, cash: dict[str, Decimal]) -> Exchange:
    """Return an exchange with the worked example's position, mark at 101 000."""
    exchange = Exchange([spec], cash=cash, lever=Decimal(5), seed=1)
    exchange.advance(1)
    sizes = Decimal(10_000)
    exchange.set_book(spec.inst_id, {Decimal("99999.9"): sizes}, {Decimal(100_000): sizes})
    exchange.set_index(spec.inst_id, Decimal(100_000))
    exchange.place(
        NewOrder(inst_id=spec.inst_id, side="buy", ord_type="market", sz=Decimal(contracts))
    )
    exchange.set_book(spec.inst_id, {Decimal("100999.9"): sizes}, {Decimal(101_000): sizes})
    exchange.set_mark(spec.inst_id, Decimal(101_000))
    return exchange


def test_line_67_the_linear_example_to_the_digit() -> None:
    exchange = worked(swap(), "10", {"USDT": Decimal(10_000)})
    (held,), view = exchange.positions(), exchange.balance()
    assert (held.notional_usd, held.upl, held.upl_ratio) == (10_100, 100, Decimal("0.05"))
    assert (held.imr, held.mmr, held.fee) == (2020, Decimal("40.4"), -5)
    assert (view.eq, view.avail) == (10_095, 8_075)
    exchange.set_funding(INST, funding(2, 1))
    exchange.advance(2)
    assert exchange.positions()[0].funding_fee == Decimal("-1.01")


def test_line_67_the_inverse_example_to_the_digit() -> None:
    from tai2.sim.market.listings import BTC_INVERSE

    exchange = worked(BTC_INVERSE, "100", {"BTC": Decimal("0.5")})
    (held,) = exchange.positions()
    assert round(held.upl, 8) == Decimal("0.00099010")
    assert held.fee == Decimal("-0.00005")
    assert exchange.balance().cash_bal == Decimal("0.49995")
    exchange.set_funding(INVERSE, funding(2, 1))
    exchange.advance(2)
    assert round(exchange.positions()[0].funding_fee, 7) == Decimal("-0.0000099")


async def test_line_68_hedge_mode_holds_both_sides() -> None:
    async with running() as sim:
        await sim.post("account/set-position-mode", {"posMode": "long_short_mode"})
        assert (await send(sim, "trade/order", ioc_order()))["sCode"] == "51000"
        await send(sim, "trade/order", ioc_order(posSide="long", sz="2"))
        short = limit_order(side="sell", px="99999.9", ordType="ioc", posSide="short", sz="1")
        await send(sim, "trade/order", short)
        rows = (await sim.get("account/positions"))["data"]
        assert {(one["posSide"], one["pos"]) for one in rows} == {("long", "2"), ("short", "1")}
        await send(sim, "trade/order", short | {"posSide": "long", "sz": "2"})
        (left,) = (await sim.get("account/positions"))["data"]
        assert (left["posSide"], left["pos"]) == ("short", "1")


@pytest.mark.parametrize("body", [ioc_order(), limit_order()])
async def test_line_68_the_mode_changes_only_when_nothing_is_open(body: Json) -> None:
    async with running() as sim:
        await send(sim, "trade/order", body)
        reply = await sim.post("account/set-position-mode", {"posMode": "long_short_mode"})
        assert reply["code"] == "59000"


async def test_line_69_leverage_moves_margin_and_waits_for_orders() -> None:
    lever = {"instId": INST, "mgnMode": "cross"}
    async with running() as sim:
        await send(sim, "trade/order", ioc_order(sz="1"))
        before = Decimal((await sim.get("account/positions"))["data"][0]["imr"])
        await sim.post("account/set-leverage", lever | {"lever": "4"})
        assert Decimal((await sim.get("account/positions"))["data"][0]["imr"]) == before / 2
        info = (await sim.get("account/leverage-info", instId=INST, mgnMode="cross"))["data"][0]
        assert info["lever"] == "4"
        assert (await sim.post("account/set-leverage", lever | {"lever": "101"}))["code"] == "59102"
        await send(sim, "trade/order", limit_order(sz="0.1"))
        assert (await sim.post("account/set-leverage", lever | {"lever": "3"}))["code"] == "59107"


TIERED = replace(
    swap(),
    tiers=tuple(
        Tier(max_sz=Decimal(most), mmr=Decimal(mmr), imr=Decimal(imr), max_lever=Decimal(lever))
        for most, mmr, imr, lever in (
            (5, "0.004", "0.01", 100),
            (10, "0.05", "0.1", 10),
            (1000, "0.4", "0.5", 2),
        )
    ),
)


async def test_line_69_a_tier_bounds_the_leverage() -> None:
    async with running(exchange=Exchange([TIERED], seed=1)) as sim:
        await send(sim, "trade/order", ioc_order(sz="5"))
        await send(sim, "trade/order", ioc_order(sz="1", px="100000.5"))
        body = {"instId": INST, "mgnMode": "cross", "lever": "11"}
        assert (await sim.post("account/set-leverage", body))["code"] == "59102"
        tiers = await sim.get("public/position-tiers", instType="SWAP", tdMode="cross")
        assert [one["maxLever"] for one in tiers["data"]] == ["100", "10", "2"]


async def test_line_70_a_bought_coin_pays_its_fee_in_itself() -> None:
    body = {"instId": SPOT, "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "5000"}
    async with running(exchange=two_markets(coins="0")) as sim:
        await send(sim, "trade/order", body)
        (fill,) = (await sim.get("trade/fills", instType="SPOT"))["data"]
        details = (await sim.get("account/balance"))["data"][0]["details"]
        cash = {one["ccy"]: one["cashBal"] for one in details}
        assert (fill["fee"], fill["feeCcy"]) == ("-0.00005", "BTC")
        assert cash == {"USDT": "5000", "BTC": "0.04995"}


async def test_line_70_fees_follow_the_fee_group() -> None:
    async with running() as sim:
        await send(sim, "trade/order", ioc_order(sz="1", clOrdId="t"))
        await send(sim, "trade/order", limit_order(sz="1", clOrdId="m"))
        sim.exchange.print_trade(INST, "sell", Decimal(99_000), Decimal(50))
        spec = (await sim.get("public/instruments", instType="SWAP"))["data"][0]
        (fees,) = (await sim.get("account/trade-fee", instType="SWAP"))["data"]
        group = next(one for one in fees["feeGroup"] if one["groupId"] == spec["groupId"])
        for name, rate, px in (("t", "taker", "100000.1"), ("m", "maker", "99990")):
            order = (await sim.get("trade/order", instId=INST, clOrdId=name))["data"][0]
            worth = Decimal(px) * Decimal("0.01")
            assert Decimal(order["fee"]) == worth * Decimal(group[rate])


async def test_line_71_funding_moves_cash_once_and_has_a_bill() -> None:
    async with running() as sim, sim.ws("private", login=True) as ws:
        await send(sim, "trade/order", ioc_order(sz="1"))
        await ws.subscribe(MONEY)
        await row(ws, "balance_and_position")
        due = sim.exchange.now_ms + 1000
        sim.exchange.set_funding(INST, funding(due, due))
        sim.exchange.advance(due)
        told = await row(ws, "balance_and_position")
        (bill,) = (await sim.get("account/bills", type="8"))["data"]
        assert (told["eventType"], bill["subType"]) == ("funding_fee", "173")
        assert bill["balChg"] == (await sim.get("account/positions"))["data"][0]["fundingFee"]
        await sim.post("trade/close-position", {"instId": INST, "mgnMode": "cross"})
        await send(sim, "trade/order", ioc_order(sz="1"))
        assert (await sim.get("account/positions"))["data"][0]["fundingFee"] == "0"


async def test_line_72_a_falling_price_warns_then_liquidates() -> None:
    exchange = Exchange([swap()], cash={"USDT": Decimal(1_000)}, lever=Decimal(10), seed=1)
    async with running(exchange=exchange) as sim, sim.ws("private", login=True) as ws:
        async with sim.ws("public") as public:
            await public.subscribe({"channel": "liquidation-orders", "instType": "SWAP"})
            await ws.subscribe({"channel": "liquidation-warning"} | ANY)
            await send(sim, "trade/order", ioc_order(sz="5"))
            await send(sim, "trade/order", limit_order(sz="0.1", px="99000", clOrdId="r"))
            sim.exchange.set_mark(INST, Decimal(81_000))
            assert Decimal((await row(ws, "liquidation-warning"))["mgnRatio"]) <= 3
            sim.exchange.set_mark(INST, Decimal(79_000))
            printed = await row(public, "liquidation-orders")
        pending = (await sim.get("trade/order", instId=INST, clOrdId="r"))["data"][0]
        (past,) = (await sim.get("account/positions-history"))["data"]
        fill = (await sim.get("trade/fills"))["data"][0]
        bills = (await sim.get("account/bills", type="5"))["data"]
        assert printed["details"][0]["side"] == "sell"
        assert pending["cancelSource"] == "3"
        assert (past["type"], past["triggerPx"]) == ("3", "79000")
        assert fill["tradeId"].startswith("-")
        assert bills[-1]["subType"] == "107"
        assert sim.exchange.balance().cash_bal >= 0


async def test_line_72_a_big_position_is_cut_by_two_tiers_first() -> None:
    exchange = Exchange([TIERED], cash={"USDT": Decimal(5_000)}, lever=Decimal(10), seed=1)
    async with running(exchange=exchange) as sim:
        await send(sim, "trade/order", ioc_order(sz="25", px="100000.5"))
        (held,) = sim.exchange.positions()
        (past,) = (await sim.get("account/positions-history"))["data"]
        orders = (await sim.get("trade/orders-history", instType="SWAP"))["data"]
        assert (held.pos, past["type"]) == (5, "4")
        assert "partial_liquidation" in {one["category"] for one in orders}


async def test_line_72_deleveraging_is_a_switch() -> None:
    async with running() as sim:
        await send(sim, "trade/order", ioc_order(sz="1"))
        sim.server.turn("adl")
        (past,) = (await sim.get("account/positions-history"))["data"]
        (bill,) = (await sim.get("account/bills", type="9"))["data"]
        assert (past["type"], bill["subType"]) == (
            "5",
            "127" if past["posSide"] != "net" else "128",
        )


async def test_line_73_bills_explain_every_change_of_cash() -> None:
    async with running(exchange=two_markets()) as sim:
        start = {view.ccy: view.cash_bal for view in sim.exchange.balances()}
        pair = {"instId": SPOT, "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "1000"}
        for body in (pair, ioc_order(sz="1"), pair | {"side": "sell", "sz": "0.02"}):
            assert (await send(sim, "trade/order", body))["sCode"] == "0"
        bills = (await sim.get("account/bills"))["data"]
        for view in sim.exchange.balances():
            own = [one for one in reversed(bills) if one["ccy"] == view.ccy]
            balance = start[view.ccy]
            for one in own:
                balance += Decimal(one["balChg"])
                assert Decimal(one["bal"]) == balance
            assert balance == view.cash_bal


def account(exchange: Exchange) -> tuple[object, ...]:
    return (
        exchange.balances(),
        [replace(one, last_px=Decimal(0)) for one in exchange.positions()],
        exchange.pending(),
        exchange.history(),
        exchange.fills(),
        exchange.bills(),
        exchange.past_positions(),
        exchange.algos(),
        exchange.pos_mode,
    )


def test_line_74_a_restart_brings_everything_back(tmp_path: Path) -> None:
    specs = [swap(), BTC_SPOT]
    cash = {"USDT": Decimal(10_000), "BTC": Decimal(1)}
    with_log = EventLog(tmp_path)
    first = Exchange(specs, cash=cash, seed=1, log=with_log)
    first.advance(1)
    for spec in specs:
        first.set_book(spec.inst_id, {Decimal(99_999): Decimal(9)}, {Decimal(100_000): Decimal(9)})
        first.set_index(spec.inst_id, Decimal(100_000))
    first.place(
        NewOrder(inst_id=INST, side="buy", ord_type="ioc", sz=Decimal(2), px=Decimal(100_000))
    )
    first.place(NewOrder(inst_id=INST, side="sell", ord_type="market", sz=Decimal(1)))
    first.place(
        NewOrder(inst_id=SPOT, td_mode="cash", side="buy", ord_type="market", sz=Decimal(500))
    )
    first.place(
        NewOrder(inst_id=INST, side="buy", ord_type="limit", sz=Decimal(1), px=Decimal(99_000))
    )
    first.advance(20_000)
    before = account(first)
    with_log.close()
    log = EventLog(tmp_path)
    second = Exchange(specs, cash={}, seed=1, log=log)
    assert account(second) == before
    fresh = second.place(
        NewOrder(inst_id=INST, side="buy", ord_type="limit", sz=Decimal(1), px=Decimal(99_001))
    )
    assert fresh.ord_id not in {one.ord_id for one in first.history() + first.pending()}
    log.close()


def played(seed: int) -> list[SimEvent]:
    """Run a market and a fixed script of orders; return everything that was told."""
    told: list[SimEvent] = []
    exchange = Exchange(DEFAULT_SPECS, seed=seed)
    market = SyntheticMarket(seed=seed)
    market.start(exchange, 1_725_003_120_000)
    exchange.subscribe(told.append)
    for second in range(1, 20):
        market.step(exchange, 1_725_003_120_000 + second * 1000)
        if second % 5 == 0:
            exchange.place(NewOrder(inst_id=INST, side="buy", ord_type="market", sz=Decimal(1)))
    return told


def test_line_75_the_same_seed_and_script_tell_the_same() -> None:
    first = played(5)
    assert first == played(5)
    assert any(isinstance(event, PositionMoved) for event in first)
