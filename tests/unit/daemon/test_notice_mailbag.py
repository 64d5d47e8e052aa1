"""Which notices go out: by grade, not twice, not too many, and nothing urgent held back."""

from hypothesis import given
from hypothesis import strategies as st

from tai2.daemon.notices.mailbag import HOUR_MS, Mailbag, MailRule
from tai2.model.notice import Grade, Notice

RULE = MailRule(least=Grade.WARNING, repeat_ms=900_000, per_hour=3)


def notice(key: str, grade: Grade = Grade.WARNING) -> Notice:
    return Notice(grade=grade, key=key, title=key, text="text", ts=0)


def test_a_lower_grade_is_dropped() -> None:
    assert Mailbag(RULE).admit(notice("a", Grade.INFO), 0) is None


def test_the_same_key_goes_again_only_after_the_pause() -> None:
    bag = Mailbag(RULE)
    taken = [bag.admit(notice("a"), at) is not None for at in (0, 899_999, 900_000)]
    assert taken == [True, False, True]


def test_the_hourly_limit_holds_back_and_tells_how_many() -> None:
    bag = Mailbag(RULE)
    for number in range(5):
        bag.admit(notice(f"n{number}"), number)
    later = bag.admit(notice("late"), HOUR_MS + 5)
    assert later is not None
    assert later.text == "text (2 notices before this one were held back: tai2 logs)"


def test_an_urgent_notice_ignores_the_hourly_limit() -> None:
    bag = Mailbag(RULE)
    for number in range(3):
        bag.admit(notice(f"n{number}"), 0)
    assert bag.admit(notice("fire", Grade.URGENT), 1) is not None


STREAM = st.lists(
    st.tuples(st.integers(0, 600_000), st.sampled_from("abcdef"), st.sampled_from(list(Grade))),
    max_size=60,
)


@given(STREAM)
def test_no_hour_sees_more_than_the_limit_of_common_notices(
    steps: list[tuple[int, str, Grade]],
) -> None:
    bag, now, common = Mailbag(RULE), 0, []
    for pause_ms, key, grade in steps:
        now += pause_ms
        sent = bag.admit(notice(key, grade), now)
        if sent and grade is not Grade.URGENT:
            common.append(now)
    for at in common:
        assert sum(at <= other < at + HOUR_MS for other in common) <= RULE.per_hour
