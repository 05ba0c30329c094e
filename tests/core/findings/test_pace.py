from __future__ import annotations

import math
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tutela.core.findings.pace import bin_of, median

durations = st.lists(st.floats(min_value=0, max_value=10**9), min_size=1, max_size=50)


def test_of_nothing_there_is_no_median() -> None:
    assert median({}) is None
    assert median({3: 0}) is None


@given(durations)
def test_the_median_of_the_bins_is_near_the_median_of_what_was_counted(values: list[float]) -> None:
    true = max(sorted(values)[(len(values) - 1) // 2], 60.0)
    told = median(Counter(map(bin_of, values)))
    assert told is not None
    assert true / math.sqrt(2) * 0.999 <= told <= true * math.sqrt(2) * 1.001


@given(durations, durations)
def test_bins_add_up(first: list[float], second: list[float]) -> None:
    together = Counter(map(bin_of, first)) + Counter(map(bin_of, second))
    assert median(together) == median(Counter(map(bin_of, first + second)))


@given(st.floats(min_value=0, max_value=10**9), st.floats(min_value=0, max_value=10**9))
def test_what_takes_longer_is_in_no_earlier_bin(one: float, other: float) -> None:
    assert (bin_of(min(one, other)) <= bin_of(max(one, other))) is True
