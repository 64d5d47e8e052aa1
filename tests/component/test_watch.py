"""Watching a desk: what a client ends up with is what the daemon has, whatever happened."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tai2.daemon.hub import Hub
from tai2.log import LogRing
from tai2.model.controls import TradingState
from tai2.model.errors import UsageError
from tai2.model.market import Bar, Candle
from tai2.model.money import BaseQty, Px
from tai2.model.stop_update import StopUpdate
from tai2.view.state import SECTIONS
from tai2.wire.guards import GuardRow, GuardsReply
from tai2.wire.watch import BEAT, DECISION, FILL, LOG, STATE, WatchParams, chart_topic
from tests.builders.desk import INST, DeskRig
from tests.builders.exchange import INST as NAME
from tests.builders.exchange import quote
from tests.builders.watching import Client, hub_of, loose, pass_time
from tests.fakes.reasoners import buy, close

CHART = chart_topic(INST, Bar.M1)


@pytest.fixture
async def rig() -> DeskRig:
    return await DeskRig(buy(), close()).start()


@pytest.fixture
async def hub(rig: DeskRig) -> Hub:
    hub = hub_of(rig)
    await hub.recover()
    return hub


async def test_the_whole_state_comes_first(rig: DeskRig, hub: Hub) -> None:
    client = Client()
    await client.watch(hub, SECTIONS)
    assert client.topics() == [STATE]
    assert client.picture.state == hub.state
    assert loose(client.picture).meta.mode == "sim"
    assert loose(client.picture).account.equity == 10_000


async def test_the_money_shows_how_far_its_breakers_are(rig: DeskRig, hub: Hub) -> None:
    client, limits = Client(), rig.engine.charter.limits
    await client.watch(hub, SECTIONS)
    await rig.engine.breakers.look()
    await pass_time(rig, hub)
    account = loose(client.picture).account
    assert account.day_limit_ratio * 100 == -limits.max_daily_loss_pct
    assert account.drawdown_limit_ratio * 100 == -limits.max_drawdown_pct
    assert account.drawdown_ratio == 0


async def test_a_trade_shows_with_its_stop_and_its_reason(rig: DeskRig, hub: Hub) -> None:
    client = Client()
    await client.watch(hub, SECTIONS)
    await rig.cycle()
    await rig.guard()
    await pass_time(rig, hub)
    state = loose(client.picture)
    held = state.positions.rows[INST]
    (decision,) = state.decisions.rows.values()
    (trade,) = state.trades.rows.values()
    assert (held.protected, held.foreign) == (True, False)
    assert held.stop_px < held.entry_px < held.target_px
    assert (decision.outcome, decision.decision_id) == ("sent", trade.decision_id)
    assert [stop.stop_px for stop in state.orders.stops.values()] == [held.stop_px]
    assert state.account.exposure_ratio > 0
    assert state.meta.sent == 1


async def test_a_position_not_yet_looked_after_is_of_unknown_protection(
    rig: DeskRig, hub: Hub
) -> None:
    client = Client()
    await client.watch(hub, SECTIONS)
    await rig.guard()
    rig.venue.kept = []
    await rig.cycle()
    pushed = rig.venue.kept
    rig.venue.kept = [one for one in pushed if not isinstance(one, StopUpdate)]
    rig.venue.deliver()
    await rig.engine.inbox.drain()
    await rig.engine.accounts.refresh()
    await pass_time(rig, hub)
    assert loose(client.picture).positions.rows[INST].protected is None
    rig.venue.kept = [one for one in pushed if isinstance(one, StopUpdate)]
    rig.venue.deliver()
    await pass_time(rig, hub)
    assert loose(client.picture).positions.rows[INST].protected is True


async def test_a_stop_s_end_is_shown_at_once(rig: DeskRig, hub: Hub) -> None:
    client = Client()
    await client.watch(hub, SECTIONS)
    await rig.cycle()
    await rig.guard()
    await pass_time(rig, hub)
    (stop,) = rig.engine.guards.protector.stops or ()
    await rig.venue.cancel_stop(INST, stop.algo_id)
    await pass_time(rig, hub)
    state = loose(client.picture)
    assert (state.orders.stops, state.positions.rows[INST].stop_px) == ({}, None)
    assert state.positions.rows[INST].protected is None


async def test_a_position_seen_without_a_stop_is_shown_as_unprotected(
    rig: DeskRig, hub: Hub
) -> None:
    client = Client()
    await client.watch(hub, SECTIONS)
    await rig.cycle()
    await rig.guard()
    (stop,) = rig.engine.guards.protector.stops or ()
    await rig.venue.cancel_stop(INST, stop.algo_id)
    await rig.guard()
    await pass_time(rig, hub)
    assert loose(client.picture).positions.rows[INST].protected is False


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["cycle", "guard", "halt", "resume", "quote", "wait"]), max_size=9))
async def test_a_client_s_state_after_patches_is_the_daemon_s(deeds: list[str]) -> None:
    rig = await DeskRig(buy(), close(), buy()).start()
    hub = hub_of(rig)
    early, late = Client(), Client()
    await early.watch(hub, SECTIONS)
    for number, deed in enumerate(deeds):
        await act(rig, deed, number)
        await pass_time(rig, hub)
        assert early.picture.state == hub.state
    await late.watch(hub, SECTIONS)
    await act(rig, "quote", 7)
    await pass_time(rig, hub)
    assert early.picture.state == late.picture.state == hub.state


async def act(rig: DeskRig, deed: str, number: int) -> None:
    match deed:
        case "cycle":
            await rig.cycle()
        case "guard":
            await rig.guard()
        case "halt":
            await rig.engine.controls.set_state(TradingState.HALTED, f"test {number}", "operator")
        case "resume":
            await rig.engine.controls.set_state(TradingState.ACTIVE, "", "operator")
        case "quote":
            quote(rig.exchange, str(100_000 + number), str(100_001 + number))
        case _:
            rig.advance(30_000)


async def test_what_happens_between_two_flushes_comes_as_one_frame(rig: DeskRig, hub: Hub) -> None:
    client = Client()
    await client.watch(hub, ("meta",), max_hz=1)
    for number in range(5):
        await rig.engine.controls.set_state(TradingState.HALTED, f"test {number}", "operator")
        await pass_time(rig, hub, 100)
    await pass_time(rig, hub, 1_000)
    assert client.topics() == [STATE, "meta"]
    assert loose(client.picture).meta.state_reason == "test 4"


async def test_a_client_gets_only_what_it_watches(rig: DeskRig, hub: Hub) -> None:
    client, other = Client(), Client()
    await client.watch(hub, ("meta",))
    await other.watch(hub, SECTIONS)
    await rig.cycle()
    await pass_time(rig, hub)
    assert set(client.topics()) == {STATE, "meta"}
    assert loose(client.picture).decisions.rows == {}


async def test_a_slow_client_gets_the_newest_state_not_a_queue(rig: DeskRig, hub: Hub) -> None:
    slow, quick = Client(), Client()
    for client in (slow, quick):
        await client.watch(hub, SECTIONS)
    slow.backlog = 10**6
    await rig.cycle()
    for _ in range(5):
        await pass_time(rig, hub)
    assert slow.topics() == [STATE]
    slow.backlog = 0
    await pass_time(rig, hub)
    assert slow.topics() == [STATE, STATE]
    assert slow.picture.state == quick.picture.state == hub.state


async def test_a_quiet_desk_beats(rig: DeskRig, hub: Hub) -> None:
    client = Client()
    await client.watch(hub, ("config",))
    for _ in range(9):
        await pass_time(rig, hub)
    assert client.topics() == [STATE, BEAT, BEAT]
    assert client.frames[-1].now - client.frames[1].now == 4_000


async def test_decisions_fills_and_log_come_as_numbered_items(rig: DeskRig) -> None:
    ring, client = LogRing(), Client()
    hub = hub_of(rig, ring)
    ring(None, "", {"event": "before", "level": "info"})
    await client.watch(hub, (LOG, DECISION, FILL))
    await rig.cycle()
    await rig.cycle()
    ring(None, "", {"event": "after", "level": "info", "inst": INST})
    await pass_time(rig, hub)
    picture = client.picture
    assert [line.event for line in picture.items(LOG)] == ["before", "after"]
    assert [row.action for row in picture.items(DECISION)] == ["BUY", "SELL"]
    assert [row.side.value for row in picture.items(FILL)] == ["buy", "sell"]
    assert picture.seq(DECISION) == 2


async def test_lines_lost_to_a_burst_start_the_log_anew(rig: DeskRig) -> None:
    ring, client = LogRing(), Client()
    hub = hub_of(rig, ring)
    await client.watch(hub, (LOG,))
    for number in range(1_000):
        ring(None, "", {"event": str(number), "level": "info"})
    await pass_time(rig, hub)
    assert client.frames[-1].base is None
    assert client.picture.items(LOG)[-1].event == "999"


def candle(rig: DeskRig, number: int, px: int, *, is_closed: bool = True) -> Candle:
    """Return the minute bar `number` after the rig's start."""
    opened = rig.exchange.now_ms // 60_000 * 60_000 + number * 60_000
    return Candle(
        inst_id=INST,
        ts_event=opened,
        ts_recv=opened,
        bar=Bar.M1,
        open_px=Px(Decimal(px)),
        high_px=Px(Decimal(px + 9)),
        low_px=Px(Decimal(px - 9)),
        close_px=Px(Decimal(px + 3)),
        base_vol=BaseQty(Decimal(2)),
        is_closed=is_closed,
    )


async def test_a_chart_moves_by_its_end(rig: DeskRig, hub: Hub) -> None:
    client, market = Client(), rig.engine.markets[INST]
    for number in range(60):
        market.apply(candle(rig, number - 60, 100_000 + number * 7 % 11))
    await client.watch(hub, (*SECTIONS, CHART))
    for step in range(4):
        market.apply(candle(rig, step // 2, 100_000 + step, is_closed=step % 2 == 1))
        await pass_time(rig, hub)
    series = client.picture.charts[CHART]
    assert series == hub.chart(CHART)
    assert len(series.bars) == 62
    ends = [f.body["bars"] for f in client.frames if f.topic == CHART and f.base]  # type: ignore[index]
    assert [len(end) for end in ends] == [1, 1, 1, 1]


async def test_a_chart_agrees_with_the_table_at_the_last_closed_bar(rig: DeskRig, hub: Hub) -> None:
    client, market = Client(), rig.engine.markets[INST]
    for number in range(120):
        market.apply(candle(rig, number - 120, 100_000 + number * 7 % 11))
    await client.watch(hub, (*SECTIONS, CHART))
    await pass_time(rig, hub)
    drawn, table = client.picture.charts[CHART].bars[-1], hub.state.ta.rows[INST].bars["1m"]
    assert drawn.bb_upper == pytest.approx(table.bb_upper)
    assert drawn.vwap == pytest.approx(table.vwap)
    assert (drawn.stoch_k, drawn.stoch_d) == pytest.approx((table.stoch_rsi_k, table.stoch_rsi_d))


async def test_a_chart_draws_the_position_s_lines(rig: DeskRig, hub: Hub) -> None:
    client = Client()
    await client.watch(hub, (*SECTIONS, CHART))
    await rig.cycle()
    await rig.guard()
    await pass_time(rig, hub)
    await pass_time(rig, hub)
    levels, held = client.picture.charts[CHART].levels, hub.state.positions.rows[INST]
    assert levels.stop == pytest.approx(float(held.stop_px or 0))
    assert levels.entry == pytest.approx(float(held.entry_px or 0))


async def test_guards_are_measured_now_and_then(rig: DeskRig) -> None:
    async def read() -> GuardsReply:
        return GuardsReply(
            trading_state=TradingState.ACTIVE,
            state_reason="",
            state_by="",
            state_ms=0,
            guards=(
                GuardRow(
                    name="cooldown",
                    scope=INST,
                    unit="s",
                    limit=Decimal("900.0"),
                    current=Decimal(720),
                    distance=Decimal(180),
                    used=Decimal("0.8"),
                    ok=False,
                    why="12m of 15m have passed",
                    last_trip_ms=7,
                    last_trip="",
                ),
            ),
        )

    client, hub = Client(), hub_of(rig, read_guards=read)
    await client.watch(hub, SECTIONS)
    await pass_time(rig, hub)
    (guard,) = loose(client.picture).guards.rows.values()
    assert (guard.ok, guard.actual, guard.limit, guard.scope) == (False, "720 s", "900 s", INST)


async def test_nobody_watching_costs_no_reading(rig: DeskRig, hub: Hub) -> None:
    client = Client()
    watcher = await client.watch(hub, SECTIONS)
    hub.leave(watcher)
    before = hub.state
    quote(rig.exchange, "99990", "99995")
    await rig.engine.accounts.refresh()
    for _ in range(3):
        await pass_time(rig, hub)
    assert client.topics() == [STATE]
    assert hub.state.meta is before.meta


async def test_a_hub_that_starts_later_shows_the_past(rig: DeskRig) -> None:
    await rig.cycle()
    client, hub = Client(), hub_of(rig)
    await hub.recover()
    await client.watch(hub, SECTIONS)
    assert [row.action for row in loose(client.picture).decisions.rows.values()] == ["BUY"]
    assert len(loose(client.picture).trades.rows) == 1


async def test_events_that_were_dropped_are_read_again(rig: DeskRig, hub: Hub) -> None:
    client = Client()
    await client.watch(hub, SECTIONS)
    await rig.cycle()
    for event in hub._events.drain()[:1_000] * 2_000:
        hub._events.offer(event)
    hub._events.drain()
    await pass_time(rig, hub)
    assert len(loose(client.picture).decisions.rows) == 1


@pytest.mark.parametrize("topic", ["money", "chart:NONE:5m", f"chart:{NAME}:7m", ""])
async def test_a_topic_that_does_not_exist_is_refused(hub: Hub, topic: str) -> None:
    with pytest.raises(UsageError, match="no such topic"):
        await hub.join(WatchParams(topics=("meta", topic)), Client())


@pytest.mark.parametrize("count", [0, 65])
async def test_the_number_of_topics_is_bounded(hub: Hub, count: int) -> None:
    with pytest.raises(UsageError, match="1 to 64"):
        await hub.join(WatchParams(topics=("meta",) * count), Client())
