"""The messages that a model reads."""

from pathlib import Path

import pytest

from tai2.prompt.render import render, system_prompt, template
from tests.unit.prompt.prompt_requests import request_for

SHARED = Path(__file__).parents[3] / ".." / "shared" / "llm.md"


@pytest.mark.skipif(not SHARED.exists(), reason="the specification is not beside the checkout")
def test_the_system_prompt_is_the_specified_one_word_for_word() -> None:
    specified = template().replace("{strategy}", '{strategy or "none"}')
    assert specified in SHARED.read_text()


def test_the_strategy_is_the_only_part_that_changes() -> None:
    assert system_prompt().endswith("OPERATOR STRATEGY\nnone\n")
    assert system_prompt("Fade {spikes}.") == template().replace("{strategy}", "Fade {spikes}.")


def test_the_user_message_reads_like_this() -> None:
    assert (
        render(request_for()).user
        == """\
SNAPSHOT 9f3c21 BTC-USDT-SWAP 2025-11-23T09:30:00Z  (horizon 60 min)
<data>
ACCOUNT age 0.4 s  [acct.equity] 10250.40 USDT
POSITION age 0.4 s  [pos.side] FLAT
4h age 0.4 s  [h4.ema20_vs_50] +1.27 %
5m age 0.4 s  [m5.rsi14] 58.973
OPEN INTEREST age 0.4 s  [oi.now] 29909.7 BTC STALE
COST age 0.4 s  [cost.round_trip] 10.2 bps
NOW  [now.last] MISSING
BOOK age 0.4 s  [ob.mid] 114207.4 [ob.imb10] -0.31
SERIES oldest → newest, last = newest closed bar
[m5.close] 113912.5 114022.0 114207.5 per 5m bar
[m1.cvd] -3.1 +40.2 BTC per 1m bar
</data>
ALLOWED  HOLD | BUY OPEN ≤ 1300.5 | unit QUOTE_NOTIONAL
Decide now. JSON only.
"""
    )


def test_a_block_is_named() -> None:
    assert (
        "ALLOWED  HOLD | unit QUOTE_NOTIONAL | nothing else now: HALTED\n"
        in render(request_for(blocked_by="HALTED")).user
    )


def test_every_fact_is_printed_once() -> None:
    request = request_for()
    text = render(request).user
    assert all(text.count(f"[{metric}] ") == 1 for metric in request.features.facts)
