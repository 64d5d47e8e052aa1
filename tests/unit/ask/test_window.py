"""A question names its window and its instrument in many ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai2.ask.window import MAX_SPAN_MS, instrument_of, window_of
from tai2.model.ids import InstId

NOW = 1_795_427_232_000  # 2026-11-23 09:47:12 UTC
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
MIDNIGHT = NOW - NOW % DAY
OURS = [InstId("BTC-USDT-SWAP"), InstId("ETH-USDT-SWAP"), InstId("ETH-USDT")]


@pytest.mark.parametrize(
    ("question", "since_ms", "label"),
    [
        ("why no trade?", NOW - HOUR, "in the last hour"),
        ("why no trade in the last hour?", NOW - HOUR, "in the last hour"),
        ("why not in the last 30 minutes", NOW - 30 * MINUTE, "in the last 30 minutes"),
        ("Past 2 days?", NOW - 2 * DAY, "in the last 2 days"),
        ("what happened 24h", NOW - DAY, "in the last day"),
        ("last 90 min", NOW - 90 * MINUTE, "in the last 90 minutes"),
        ("last week", NOW - 7 * DAY, "in the last 7 days"),
        ("today?", MIDNIGHT, "since 2026-11-23 00:00 UTC"),
        ("anything since yesterday", MIDNIGHT - DAY, "since 2026-11-22 00:00 UTC"),
        ("since 09:30", MIDNIGHT + 570 * MINUTE, "since 2026-11-23 09:30 UTC"),
        ("since 23:00", MIDNIGHT - HOUR, "since 2026-11-22 23:00 UTC"),
        ("since 99:99", NOW - HOUR, "in the last hour"),
        ("sell 1 BTC?", NOW - HOUR, "in the last hour"),
    ],
)
def test_windows_are_read_as_people_write_them(question: str, since_ms: int, label: str) -> None:
    window = window_of(question, NOW)
    assert (window.since_ms, window.until_ms, window.label) == (since_ms, NOW, label)


@given(st.text())
def test_any_text_has_a_window_that_ends_now(question: str) -> None:
    window = window_of(question, NOW)
    assert NOW - MAX_SPAN_MS <= window.since_ms <= NOW


@pytest.mark.parametrize(
    ("question", "inst_id"),
    [
        ("why no BTC trade", "BTC-USDT-SWAP"),
        ("why no btc-usdt-swap trade", "BTC-USDT-SWAP"),
        ("ETH-USDT?", "ETH-USDT"),
        ("eth?", None),
        ("btc or eth-usdt-swap?", "ETH-USDT-SWAP"),
        ("why no trade", None),
    ],
)
def test_instruments_are_found_by_id_or_currency(question: str, inst_id: str | None) -> None:
    assert instrument_of(question, OURS) == inst_id
