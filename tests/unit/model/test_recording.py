"""What was recorded is read back as it arrived, also from a file that was cut off."""

import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tai2.model.errors import DataInvalid
from tai2.model.recording import (
    Channel,
    RecordedFrame,
    pack_frame,
    pack_member,
    read_frames,
    unpack_frame,
)

frames = st.lists(
    st.builds(
        RecordedFrame,
        ts_recv=st.integers(0, 2**53),
        channel=st.sampled_from(Channel),
        raw=st.text(st.characters(exclude_categories=["Cs"])),
    ),
    max_size=20,
)


def member(*told: RecordedFrame) -> bytes:
    return pack_member(pack_frame(one) for one in told)


def frame(number: int, raw: str = '{"arg":{}}') -> RecordedFrame:
    return RecordedFrame(ts_recv=number, channel=Channel.PUBLIC, raw=raw)


@given(frames, frames)
def test_frames_of_several_members_are_read_in_order(
    first: list[RecordedFrame], second: list[RecordedFrame]
) -> None:
    part = io.BytesIO(member(*first) + member(*second))
    assert list(read_frames(part)) == first + second


def test_line_has_the_documented_keys() -> None:
    line = pack_frame(frame(1725003123456, '{"a":"é"}'))
    assert line == '{"t":1725003123456,"ch":"public","raw":"{\\"a\\":\\"é\\"}"}\n'.encode()


def test_part_is_plain_gzip_to_other_programs() -> None:
    packed = member(frame(1), frame(2)) + member(frame(3))
    assert gzip.decompress(packed).count(b"\n") == 3


def test_member_larger_than_a_chunk_is_read_whole() -> None:
    told = [frame(number, "x" * 70_000) for number in range(9)]
    assert list(read_frames(io.BytesIO(member(*told)))) == told


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_cut_off_end_leaves_the_members_before_it(cut: int) -> None:
    whole, torn = member(frame(1), frame(2)), member(frame(3), frame(4))
    read = list(read_frames(io.BytesIO(whole + torn[:-cut])))
    assert read[:2] == [frame(1), frame(2)]
    assert read[2:] in ([], [frame(3)], [frame(3), frame(4)])


def test_what_is_not_gzip_is_invalid() -> None:
    with pytest.raises(DataInvalid, match="isn't gzip"):
        list(read_frames(io.BytesIO(b"timestamp,open\n")))


@pytest.mark.parametrize(
    "line",
    [b"{}", b"[]", b"nonsense", b'{"t":"1","ch":"public","raw":""}', b'{"t":1,"ch":"x","raw":""}'],
)
def test_line_of_another_shape_is_invalid(line: bytes) -> None:
    with pytest.raises(DataInvalid, match="not a line of a recording"):
        unpack_frame(line)


def test_line_without_an_end_is_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tai2.model.recording.MAX_LINE", 100)
    with pytest.raises(DataInvalid, match="no end"):
        list(read_frames(io.BytesIO(pack_member([b"x" * 200]))))
