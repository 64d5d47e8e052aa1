"""Running totals by minute: what a chart's CVD is made of."""

from tai2.indicators.minutes import DAY_MINUTES, MINUTE_MS, MinuteTotals


def test_a_bar_shows_the_total_at_its_end() -> None:
    totals = MinuteTotals()
    for minute, quantity in ((1, 2.0), (1, 1.0), (3, -5.0)):
        totals.add(minute * MINUTE_MS + 7, quantity)
    starts = [minute * MINUTE_MS for minute in range(5)]
    assert totals.at_ends(starts, MINUTE_MS) == (None, 3.0, 3.0, -2.0, -2.0)


def test_a_wider_bar_sees_its_last_minute() -> None:
    totals = MinuteTotals()
    for minute in range(10):
        totals.add(minute * MINUTE_MS, 1.0)
    assert totals.at_ends([0, 5 * MINUTE_MS], 5 * MINUTE_MS) == (5.0, 10.0)


def test_old_minutes_are_forgotten_and_the_total_stays() -> None:
    totals = MinuteTotals()
    for minute in range(DAY_MINUTES + 10):
        totals.add(minute * MINUTE_MS, 1.0)
    starts = [0, (DAY_MINUTES + 9) * MINUTE_MS]
    assert totals.at_ends(starts, MINUTE_MS) == (None, DAY_MINUTES + 10.0)


def test_a_late_trade_counts_in_the_newest_minute() -> None:
    totals = MinuteTotals()
    totals.add(5 * MINUTE_MS, 1.0)
    totals.add(4 * MINUTE_MS, 1.0)
    assert totals.at_ends([4 * MINUTE_MS, 5 * MINUTE_MS], MINUTE_MS) == (None, 2.0)
