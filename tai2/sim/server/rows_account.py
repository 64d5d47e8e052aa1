"""Balance, positions and account settings as OKX rows, in futures mode (acctLv 2).

REST replies and private channels print through it. Which fields are filled follows the
futures mode; multi-currency fields stay empty and it must never guess them.
"""

from collections.abc import Container, Sequence
from decimal import Decimal
from typing import Final

from tai2.model.money import trimmed
from tai2.sim.exchange.records import (
    AlgoView,
    BalanceView,
    InstSpec,
    PositionView,
)
from tai2.sim.server.credentials import ApiKey
from tai2.sim.server.params import Row, row_of
from tai2.sim.server.rows_orders import number, stop_fields

_BALANCE_TOP_BLANKS: Final = row_of(
    "adjEq availEq ordFroz imr mmr borrowFroz mgnRatio notionalUsd notionalUsdForBorrow "
    "notionalUsdForSwap notionalUsdForFutures notionalUsdForOption upl delta deltaLever"
)
_DETAIL_BLANKS: Final = row_of(
    "liab uplLiab crossLiab isoLiab interest maxLoan borrowFroz notionalLever spotInUseAmt "
    "clSpotInUseAmt maxSpotInUse spotBal openAvgPx accAvgPx spotUpl spotUplRatio totalPnl "
    "totalPnlRatio colBorrAutoConversion autoLendStatus autoLendMtAmt"
)
_DETAIL_ZEROS: Final = row_of(
    "isoEq fixedBal rewardBal twap frpType stgyEq isoUpl spotIsoBal smtSyncEq "
    "spotCopyTradingEq colRes",
    "0",
)
_POSITION_BLANKS: Final = row_of(
    "hedgedPos posCcy nonSettleAvgPx margin liab liabCcy interest optVal "
    "pendingCloseOrdLiabVal settledPnl bizRefId bizRefType baseBal quoteBal baseBorrowed "
    "baseInterest quoteBorrowed quoteInterest spotInUseAmt spotInUseCcy clSpotInUseAmt "
    "maxSpotInUseAmt deltaBS deltaPA gammaBS gammaPA thetaBS thetaPA vegaBS vegaPA uplLastPx "
    "uplRatioLastPx bePx"
)
_BRIEF: Final = tuple(row_of("posId tradeId instId instType mgnMode posSide pos ccy avgPx uTime"))


Priced = tuple[BalanceView, Decimal]
"""A currency's balance and what one of it is worth in USD."""


def balance_row(priced: Sequence[Priced], shown: Container[str] | None = None) -> Row:
    """Return the account in all its currencies, with details of those shown (None = all)."""
    return _BALANCE_TOP_BLANKS | {
        "uTime": str(max(balance.u_time for balance, _ in priced)),
        "totalEq": number(sum((balance.eq * usd for balance, usd in priced), Decimal(0))),
        "isoEq": "0",
        "deltaNeutralStatus": "0",
        "details": [
            _detail_row(balance, usd)
            for balance, usd in priced
            if shown is None or balance.ccy in shown
        ],
    }


def _detail_row(balance: BalanceView, usd: Decimal) -> Row:
    return (
        _DETAIL_BLANKS
        | _DETAIL_ZEROS
        | {
            "ccy": balance.ccy,
            "eq": number(balance.eq),
            "cashBal": number(balance.cash_bal),
            "uTime": str(balance.u_time),
            "availEq": number(balance.avail),
            "availBal": number(balance.avail),
            "disEq": number(balance.eq * usd),
            "eqUsd": number(balance.eq * usd),
            "frozenBal": number(balance.frozen),
            "ordFrozen": number(balance.ord_frozen),
            "upl": number(balance.upl),
            "mgnRatio": number(balance.mgn_ratio),
            "imr": number(balance.imr),
            "mmr": number(balance.mmr),
            "coinUsdPrice": number(usd),
            "collateralEnabled": False,
            "collateralRestrict": False,
        }
    )


def position_row(
    position: PositionView, index_px: Decimal | None, closers: Sequence[AlgoView] = ()
) -> Row:
    """Return a cross position; closers are the live stops with closeFraction."""
    return (
        _POSITION_BLANKS
        | _position_holding(position)
        | _position_worth(position)
        | {
            "idxPx": number(index_px),
            "usdPx": "1",
            "adl": "1",
            "closeOrderAlgo": [_closer_row(algo) for algo in closers],
        }
    )


def _position_holding(position: PositionView) -> Row:
    return {
        "instType": position.inst_type,
        "instId": position.inst_id,
        "mgnMode": "cross",
        "posId": position.pos_id,
        "posSide": position.pos_side,
        "pos": number(position.pos if position.pos_side == "net" else abs(position.pos)),
        "availPos": number(abs(position.pos)),
        "avgPx": number(position.avg_px) if position.pos else "",
        "lever": number(position.lever),
        "ccy": position.ccy,
        "tradeId": position.trade_id,
        "cTime": str(position.c_time),
        "uTime": str(position.u_time),
    }


def _position_worth(position: PositionView) -> Row:
    return {
        "upl": number(position.upl),
        "uplRatio": number(position.upl_ratio),
        "liqPx": number(position.liq_px),
        "markPx": number(position.mark_px),
        "last": number(position.last_px),
        "imr": number(position.imr),
        "mmr": number(position.mmr),
        "mgnRatio": number(position.mgn_ratio),
        "notionalUsd": number(position.notional_usd),
        "realizedPnl": number(position.realized_pnl),
        "pnl": number(position.pnl),
        "fee": number(position.fee),
        "fundingFee": number(position.funding_fee),
        "liqPenalty": number(position.liq_penalty),
    }


def _closer_row(algo: AlgoView) -> Row:
    fields = stop_fields(algo.stop)
    return {
        "algoId": algo.algo_id,
        "slTriggerPx": fields["slTriggerPx"],
        "slTriggerPxType": fields["slTriggerPxType"],
        "tpTriggerPx": fields["tpTriggerPx"],
        "tpTriggerPxType": fields["tpTriggerPxType"],
        "closeFraction": "1",
    }


def brief_position_row(position: PositionView) -> Row:
    """Return a position as balance_and_position shows it."""
    blanks = row_of("baseBal quoteBal posCcy nonSettleAvgPx settledPnl")
    held = _position_holding(position)
    return blanks | {name: held[name] for name in _BRIEF}


def warning_row(position: PositionView, now_ms: int) -> Row:
    """Return a position as the liquidation-warning channel shows it."""
    row = _position_holding(position) | _position_worth(position)
    names = "instType mgnMode posId posSide pos instId lever markPx mgnRatio ccy cTime uTime"
    return {"posCcy": "", "pTime": str(now_ms)} | {name: row[name] for name in names.split()}


def config_row(key: ApiKey, pos_mode: str) -> Row:
    """Return the settings of the simulated account."""
    ordered = [word for word in ("read_only", "withdraw", "trade") if word in key.permissions]
    return {
        "uid": key.uid,
        "mainUid": key.uid,
        "acctLv": "2",
        "acctStpMode": "cancel_maker",
        "posMode": pos_mode,
        "autoLoan": False,
        "greeksType": "PA",
        "feeType": "0",
        "level": "Lv1",
        "levelTmp": "",
        "ctIsoMode": "automatic",
        "mgnIsoMode": "automatic",
        "spotOffsetType": "",
        "stgyType": "0",
        "roleType": "0",
        "traderInsts": [],
        "spotRoleType": "0",
        "spotTraderInsts": [],
        "opAuth": "0",
        "kycLv": "3",
        "label": "simulator",
        "ip": "127.0.0.1",
        "perm": ",".join(ordered),
        "liquidationGear": "-1",
        "enableSpotBorrow": False,
        "spotBorrowAutoRepay": False,
        "type": "0",
        "settleCcy": "USDT",
        "settleCcyList": ["USDT"],
    }


def fee_row(inst_type: str, specs: Sequence[InstSpec], now_ms: int) -> Row:
    """Return fee rates as the exchange signs them: negative = charged."""
    groups = {spec.group_id: spec for spec in specs}
    first = next(iter(groups.values()))
    legacy = {"maker": trimmed(-first.maker_rate), "taker": trimmed(-first.taker_rate)}
    return {
        "level": "Lv1",
        "instType": inst_type,
        "feeGroup": [
            {
                "groupId": group,
                "maker": trimmed(-spec.maker_rate),
                "taker": trimmed(-spec.taker_rate),
                "rpiMaker": trimmed(-spec.maker_rate),
                "elpMaker": trimmed(-spec.maker_rate),
            }
            for group, spec in groups.items()
        ],
        "maker": "",
        "taker": "",
        "makerU": legacy["maker"],
        "takerU": legacy["taker"],
        "makerUSDC": legacy["maker"],
        "takerUSDC": legacy["taker"],
        "delivery": "",
        "exercise": "",
        "settle": "",
        "ruleType": "normal",
        "category": "1",
        "fiat": [],
        "ts": str(now_ms),
    }


def leverage_row(inst_id: str, lever: Decimal, pos_side: str = "net") -> Row:
    """Return the leverage of one instrument in cross margin; hedge mode has a row a side."""
    return {
        "instId": inst_id,
        "ccy": "",
        "mgnMode": "cross",
        "posSide": pos_side,
        "lever": number(lever),
    }
