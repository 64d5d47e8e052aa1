"""A stop's states: which of them end it."""

import pytest

from tai2.model.stop_update import StopState


@pytest.mark.parametrize("state", list(StopState))
def test_only_a_live_or_paused_stop_may_still_place_its_order(state: StopState) -> None:
    assert state.is_over is (state not in {StopState.LIVE, StopState.PAUSED})


def test_there_are_two_states_that_guard() -> None:
    assert [state.value for state in StopState if not state.is_over] == ["live", "paused"]
