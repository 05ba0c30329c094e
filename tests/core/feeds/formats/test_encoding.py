"""Encodings of streams."""

from __future__ import annotations

import io

from hypothesis import example, given
from hypothesis import strategies as st

from tutela.core.feeds.formats.encoding import Utf8Source, detect, mend


def read_all(data: bytes, size: int, encoding: str = "auto") -> bytes:
    """A stream read to its end."""
    source = Utf8Source(io.BytesIO(data), encoding)  # type: ignore[arg-type]
    pieces = []
    while piece := source.read(size):
        pieces.append(piece)
    return b"".join(pieces)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200), st.integers(1, 50))
@example("\uf000", 1)  # its bytes in UTF-8 begin as those of a byte order mark do
def test_utf16_is_decoded_however_it_is_read(text: str, size: int) -> None:
    assert read_all(text.encode("utf-16"), size) == text.encode()
    told = read_all(text.encode("utf-16-be"), size, "utf-16-be").decode()
    assert told.lstrip("\ufeff") == text.lstrip("\ufeff")  # whether marks at the start are kept is not promised here


@given(st.binary(max_size=300), st.integers(1, 50))
def test_other_bytes_come_through_as_they_are(data: bytes, size: int) -> None:
    if detect(data[:4096], "auto") == (None, 0):
        assert read_all(data, size) == data


@given(st.binary(max_size=300))
def test_mended_bytes_are_utf8_and_valid_lines_are_kept(data: bytes) -> None:
    mended, count = mend(data)
    mended.decode()
    assert (count == 0) == (mended == data)
    assert mended.count(b"\n") == data.count(b"\n")


def test_a_broken_character_is_told() -> None:
    source = Utf8Source(io.BytesIO("ab".encode("utf-16-le") + b"\x00"), "utf-16-le")
    assert source.read(100) + source.read(100) == "ab\ufffd".encode()
    assert source.mended
