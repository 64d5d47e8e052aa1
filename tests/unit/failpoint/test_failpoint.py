"""Failpoints: inert without both locks, precise with them."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tai2 import failpoint
from tai2.failpoint import NAMES, FailpointHit, arm, reach
from tai2.model.errors import ConfigError

HERE = ("http://127.0.0.1:1", "ws://localhost:2", "http://[::1]:3")
ARMED = {"TAI2_TESTING": "1", "TAI2_FAILPOINT": "ack_saved=raise"}


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    arm({}, ())


def test_an_armed_step_fails_and_others_do_not() -> None:
    arm(ARMED, HERE)
    reach("fill_saved")
    with pytest.raises(FailpointHit, match="ack_saved"):
        reach("ack_saved")


@pytest.mark.parametrize("testing", ["", "0", "true", "yes"])
def test_without_the_testing_word_nothing_is_armed(testing: str) -> None:
    arm(ARMED | {"TAI2_TESTING": testing}, HERE)
    reach("ack_saved")
    assert failpoint._armed == {}


@pytest.mark.parametrize(
    "url", ["https://www.okx.com", "wss://ws.okx.com:8443", "http://10.0.0.1", "nonsense", ""]
)
def test_one_address_beyond_loopback_leaves_everything_inert(url: str) -> None:
    arm(ARMED, (*HERE, url))
    reach("ack_saved")
    assert failpoint._armed == {}


def test_the_nth_time_counts() -> None:
    arm(ARMED | {"TAI2_FAILPOINT": "push_read:3=raise,ack_saved=raise"}, HERE)
    reach("push_read")
    reach("push_read")
    with pytest.raises(FailpointHit):
        reach("push_read")
    reach("push_read")


@pytest.mark.parametrize(
    "text", ["nowhere", "ack_saved=explode", "ack_saved:0", "ack_saved:x", ","]
)
def test_a_misspelt_failpoint_is_an_error(text: str) -> None:
    with pytest.raises(ConfigError):
        arm(ARMED | {"TAI2_FAILPOINT": text}, HERE)


def test_delay_holds_the_whole_process() -> None:
    arm(ARMED | {"TAI2_FAILPOINT": "ack_saved=delay(0.01)"}, HERE)
    reach("ack_saved")
    assert failpoint._armed["ack_saved"].left == 0


@pytest.mark.parametrize(
    ("act", "number"), [("kill", signal.SIGKILL), ("stop", signal.SIGSTOP), ("", signal.SIGKILL)]
)
def test_kill_and_stop_are_signals_to_ourselves(act: str, number: signal.Signals) -> None:
    pid = os.fork()
    if pid == 0:  # pragma: no cover - the child ends here
        arm(ARMED | {"TAI2_FAILPOINT": f"ack_saved{act and '='}{act}"}, HERE)
        reach("ack_saved")
        os._exit(0)
    _, status = os.waitpid(pid, os.WUNTRACED)
    if act == "stop":
        assert (os.WIFSTOPPED(status), os.WSTOPSIG(status)) == (True, number)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    else:
        assert (os.WIFSIGNALED(status), os.WTERMSIG(status)) == (True, number)


def test_the_package_reaches_all_twenty_two_and_no_other() -> None:
    package = Path(failpoint.__file__).parent
    text = "\n".join(path.read_text() for path in package.rglob("*.py") if path.stem != "failpoint")
    reached = set(re.findall(r'reach\("(\w+)"', text)) | set(
        re.findall(r': "(post_first_byte|post_sent|resp_read)"', text)
    )
    for state in ("intent", "sending"):
        reached.add(f"{state}_pre_commit")
    if 'else f"{answered.state}_saved"' in text:
        reached.add("unknown_saved")
    assert reached == set(NAMES)
    assert len(NAMES) == len(set(NAMES)) == 22
