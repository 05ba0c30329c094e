"""Where quotes, delimiters and line ends lie in a piece of CSV, found with bit masks instead of a parser.

The bytes become a Polars column of UInt8; a comparison gives a bit per byte, and masks are combined 64 bits at a time.
All but a few steps look at the *marks* only (quotes, delimiters, line ends: a quarter of the bytes of usual CSV) and at
which of them stand directly beside each other. Two questions are answered exactly:

* Is the piece *regular*: does every opening quote begin a value and every closing quote end one? Then counting quotes
  tells what is inside quotes, and every CSV reader reads the piece alike: Polars as Python's ``csv``. If not, only the
  slow reader knows.
* How many records and delimiters lie outside quotes, and how long is the longest record?
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from tutela.core.feeds.formats.octets import octets

_NUL, _NEWLINE, _RETURN, _BLANK = 0, 10, 13, 32
_MARK = b"\xef\xbb\xbf"
_LONGEST_RUN = 64


@dataclass(frozen=True, slots=True)
class Layout:
    """What is known of a piece of line-based text that begins at the start of a record.

    ``regular``: as above, and no line is blank, begins with a blank or as a comment does, or ends with a lone carriage
    return, and no byte is NUL. The rest counts only if regular: ``records`` and ``delimiters`` outside quotes,
    ``longest`` (bytes of the longest record, if measured), ``doubled`` (somewhere two quotes stand side by side),
    ``multiline`` (some record holds a line end inside quotes).
    """

    regular: bool
    records: int = 0
    delimiters: int = 0
    longest: int = 0
    doubled: bool = False
    multiline: bool = False
    quotes: int = 0


_IRREGULAR = Layout(regular=False)


def layout(
    data: bytes, *, delimiter: int | None, quote: int | None, starters: bytes = b"", measure: bool = False
) -> Layout:
    """The layout of ``data``; ``starters`` are the first bytes of comment lines; ``longest`` is 0 unless measured."""
    if not data:
        return Layout(regular=True)
    if _NUL in data or data[0] <= _BLANK or data[0] in starters or data.startswith(_MARK):
        return _IRREGULAR
    text = octets(data)
    newline_at = mark_at = text == _NEWLINE
    for byte in (delimiter, quote, _RETURN if _RETURN in data else None):
        if byte is not None:
            mark_at = mark_at | (text == byte)
    marks = _Marks.of(text, mark_at, quote)
    is_newline = marks.bytes == _NEWLINE
    is_return = marks.bytes == _RETURN if _RETURN in data else None
    if is_return is not None and (is_return & ~(marks.before & is_newline.shift(-1, fill_value=False))).any():
        return _IRREGULAR
    between = marks.between(is_return)
    if between is None:
        return Layout(regular=False, quotes=marks.quotes)
    outside = between.filter(is_newline)
    if (_odd_starts(text, newline_at, starters) & outside).any():
        return _IRREGULAR
    ends = int(outside.sum())
    returns = 0 if is_return is None else int((is_return & between).sum())
    closed = data[-1] == _NEWLINE and bool(outside[-1])
    return Layout(
        regular=True,
        records=ends + (0 if closed else 1),
        delimiters=int(between.sum()) - ends - returns,
        longest=_longest(newline_at, outside) if measure else 0,
        doubled=marks.doubled,
        multiline=ends < len(outside),
    )


@dataclass(frozen=True, slots=True)
class _Marks:
    """The marks of a text in their order; the masks have a bit for each mark.

    ``after``, ``before``: it stands directly after, before another mark, or at the start, the end of the text.
    """

    bytes: pl.Series
    is_quote: pl.Series
    after: pl.Series
    before: pl.Series
    quotes: int

    @classmethod
    def of(cls, text: pl.Series, mark_at: pl.Series, quote: int | None) -> _Marks:
        """The marks of ``text``; ``mark_at`` has a bit for each byte."""
        marks = text.filter(mark_at)
        is_quote = marks == (_NUL if quote is None else quote)
        after = mark_at.shift(1, fill_value=True).filter(mark_at)
        before = after.shift(-1, fill_value=bool(mark_at[-1]))
        return cls(marks, is_quote, after, before, int(is_quote.sum()))

    @property
    def doubled(self) -> bool:
        """Whether two quotes stand side by side."""
        return bool((self.is_quote & self.after & self.is_quote.shift(1, fill_value=False)).any())

    def between(self, is_return: pl.Series | None) -> pl.Series | None:
        """Which marks lie outside quotes and are none; None if the text is not regular."""
        is_other = ~self.is_quote
        if not self.quotes:
            return is_other
        if self.quotes % 2:
            return None
        is_separator = is_other if is_return is None else is_other & ~is_return
        opens_in = self.is_quote & self.after & is_separator.shift(1, fill_value=True)
        opens = opens_in.filter(self.is_quote)
        closes = (self.before & is_other.shift(-1, fill_value=True)).filter(self.is_quote)
        opening = _openings(self.quotes)
        is_plain = bool((opens == opening).all() and (closes != opening).all())
        if is_plain and (inside := _reached(is_other, opens_in)) is not None:
            return is_other & ~inside
        if is_plain or self._is_regular(opens, closes, opening):
            return is_other & ((self.is_quote.cum_sum() & 1) == 0)
        return None

    def _is_regular(self, opens: pl.Series, closes: pl.Series, opening: pl.Series) -> bool:
        """Whether all opening quotes (1st, 3rd ...) follow a separator or a quote, and all closing ones precede one."""
        opens = opens | (self.after & self.is_quote.shift(1, fill_value=False)).filter(self.is_quote)
        closes = closes | (self.before & self.is_quote.shift(-1, fill_value=False)).filter(self.is_quote)
        return bool(((opens | ~opening) & (closes | opening)).all())


def _openings(count: int) -> pl.Series:
    """A mask over quotes in their order: the 1st, 3rd, 5th ... of ``count``."""
    return _alternating(count.bit_length())[:count]


@lru_cache(maxsize=4)
def _alternating(bits: int) -> pl.Series:
    return pl.select((pl.int_range(1 << bits, dtype=pl.UInt32) & 1) == 0).to_series()


def _reached(is_other: pl.Series, opens: pl.Series) -> pl.Series | None:
    """The marks inside quotes, where what precedes a quote tells that it opens.

    They are those that follow an opening quote, those that follow these, and so on. None where too many stand in a
    row: a running count of quotes is then faster.
    """
    reached = is_other & opens.shift(1, fill_value=False)
    inside = reached
    for _ in range(_LONGEST_RUN):
        if not reached.any():
            return inside
        reached = is_other & reached.shift(1, fill_value=False)
        inside = inside | reached
    return None


def _odd_starts(text: pl.Series, newline_at: pl.Series, starters: bytes) -> pl.Series:
    """Of each line end: whether what follows it is a blank, another line end, or begins as a comment does."""
    following = text.shift(-1, fill_value=255).filter(newline_at)
    odd = following <= _BLANK
    for starter in starters:
        odd = odd | (following == starter)
    return odd


def _longest(newline_at: pl.Series, outside: pl.Series) -> int:
    """The bytes of the longest record."""
    ends = newline_at.arg_true().cast(pl.Int64).filter(outside).rename("")
    first, last = pl.Series([-1], dtype=pl.Int64), pl.Series([len(newline_at) - 1], dtype=pl.Int64)
    longest = pl.concat([first, ends, last]).diff().max()
    return longest if isinstance(longest, int) else 0
