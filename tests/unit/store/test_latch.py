"""The latch's file: durable line by line, readable after any crash, taken off by one alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from tai2.model.errors import JournalFailed, Refused
from tai2.model.ids import ClOrdId
from tai2.model.order import Order, OrderState
from tai2.store.latch import LATCH_NAME, UNREADABLE, FileLatch, LatchWriter
from tests.builders.market import NOW
from tests.builders.orders import intent

FIRST = Order(intent=intent(), state=OrderState.INTENT)
SECOND = Order(intent=intent(cl_ord_id=ClOrdId("t2main2")), state=OrderState.SENDING, sent_ms=NOW)


def test_what_was_written_is_read_with_the_newest_state_of_each_order(tmp_path: Path) -> None:
    writer = LatchWriter(tmp_path, "gone mad", NOW)
    for order in (FIRST, SECOND, replace(FIRST, state=OrderState.SENDING)):
        writer.note(order)
    left = FileLatch(tmp_path).read()
    assert left is not None
    assert (left.reason, left.ts) == ("gone mad", NOW)
    assert left.orders == (replace(FIRST, state=OrderState.SENDING), SECOND)
    writer.close()


def test_no_file_is_no_latch(tmp_path: Path) -> None:
    latch = FileLatch(tmp_path)
    assert (latch.is_set(), latch.read(), latch.clear()) == (False, None, True)


def test_it_stays_while_its_writer_runs_and_goes_once(tmp_path: Path) -> None:
    writer, latch = LatchWriter(tmp_path, "", NOW), FileLatch(tmp_path)
    assert (latch.clear(), latch.is_set()) == (False, True)
    writer.close()
    assert (latch.clear(), latch.is_set()) == (True, False)


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    first = LatchWriter(tmp_path, "", NOW)
    with pytest.raises(Refused, match="another"):
        LatchWriter(tmp_path, "", NOW)
    first.close()


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_line_cut_off_by_a_crash_costs_only_itself(tmp_path: Path, cut: int) -> None:
    path = tmp_path / LATCH_NAME
    writer = LatchWriter(tmp_path, "one", NOW)
    writer.note(FIRST)
    writer.close()
    path.write_bytes(path.read_bytes()[:-cut])
    assert FileLatch(tmp_path).read() is not None
    again = LatchWriter(tmp_path, "two", NOW)
    again.note(SECOND)
    again.close()
    left = FileLatch(tmp_path).read()
    assert left is not None
    assert (left.reason, left.order(SECOND.intent.cl_ord_id)) == ("two", SECOND)


def test_rubbish_halts_all_the_same(tmp_path: Path) -> None:
    (tmp_path / LATCH_NAME).write_bytes(b"\x00rubbish\n[]\n")
    left = FileLatch(tmp_path).read()
    assert left is not None
    assert (left.reason, left.orders) == (UNREADABLE, ())


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(JournalFailed, match="can't write"):
        LatchWriter(tmp_path / "missing", "", NOW)
