"""The unmodified python-okx SDK against the simulator: nobody here wrote that client."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.wire.sim_server_support import INST, Sim, running

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
KEYS = ("sim", "sim", "sim")


async def in_thread(work: Callable[[str], Any], sim: Sim) -> Any:
    """Run a function of the server's URL beside the loop that serves it."""
    return await asyncio.to_thread(work, sim.server.rest_url)


def read_market(url: str) -> dict[str, Any]:
    from okx.MarketData import MarketAPI
    from okx.PublicData import PublicAPI

    with PublicAPI(flag="0", domain=url) as public, MarketAPI(flag="0", domain=url) as market:
        return {
            "time": public.get_system_time(),
            "instruments": public.get_instruments("SWAP"),
            "books": market.get_orderbook(INST, "5"),
            "candles": market.get_candlesticks(INST, bar="1m"),
            "ticker": market.get_ticker(INST),
            "funding": public.get_funding_rate(INST),
        }


async def test_the_sdk_reads_the_market() -> None:
    async with running() as sim:
        replies = await in_thread(read_market, sim)
        assert {name: reply["code"] for name, reply in replies.items()} == dict.fromkeys(
            replies, "0"
        )
        assert replies["instruments"]["data"][0]["instId"] == INST
        assert replies["books"]["data"][0]["asks"][0][0] == "100000.1"
        assert len(replies["candles"]["data"][0]) == 9


def trade(url: str) -> dict[str, Any]:
    from okx.Account import AccountAPI
    from okx.Trade import TradeAPI

    stop = {"attachAlgoClOrdId": "s1", "slTriggerPx": "97000", "slOrdPx": "-1"}
    with (
        TradeAPI(*KEYS, flag="0", domain=url) as orders,
        AccountAPI(*KEYS, flag="0", domain=url) as account,
    ):
        return {
            "config": account.get_account_config(),
            "leverage": account.set_leverage("3", "cross", INST),
            "entry": orders.place_order(
                INST,
                "cross",
                "buy",
                "ioc",
                "0.5",
                clOrdId="e1",
                px="100000.1",
                attachAlgoOrds=[stop],
            ),
            "order": orders.get_order(INST, clOrdId="e1"),
            "fills": orders.get_fills("SWAP"),
            "positions": account.get_positions(),
            "balance": account.get_account_balance(),
            "resting": orders.place_order(
                INST, "cross", "buy", "limit", "1", clOrdId="r1", px="99000"
            ),
            "cancelled": orders.cancel_order(INST, clOrdId="r1"),
            "algos": orders.order_algos_list(ordType="conditional,oco"),
            "closed": orders.close_positions(INST, "cross"),
            "caa": orders._request_with_params(
                "POST", "/api/v5/trade/cancel-all-after", {"timeOut": "60"}
            ),
        }


async def test_the_sdk_trades() -> None:
    async with running() as sim:
        replies = await in_thread(trade, sim)
        assert {name: reply["code"] for name, reply in replies.items()} == dict.fromkeys(
            replies, "0"
        )
        assert replies["order"]["data"][0]["state"] == "filled"
        assert replies["fills"]["data"][0]["fillSz"] == "0.5"
        assert replies["positions"]["data"][0]["lever"] == "3"
        assert replies["algos"]["data"][0]["algoClOrdId"] == "s1"
        assert (await sim.get("account/positions"))["data"] == []


def wrong_secret(url: str) -> dict[str, Any]:
    from okx.Account import AccountAPI

    with AccountAPI("sim", "wrong", "sim", flag="0", domain=url) as account:
        return account.get_account_balance()


async def test_the_sdk_is_told_of_a_wrong_secret() -> None:
    async with running() as sim:
        assert (await in_thread(wrong_secret, sim))["code"] == "50113"
