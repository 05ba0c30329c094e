"""Overlapping intervals made disjoint, against a look at every point."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from tutela.core.netspace.intervals import flatten, merged

SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted), max_size=15)


@settings(deadline=None)
@given(SPANS)
def test_at_each_point_the_smallest_rank_wins(spans: list[list[int]]) -> None:
    pieces = list(merged(flatten((start, end, rank) for rank, (start, end) in enumerate(spans))))
    for point in range(31):
        ranks = [rank for rank, (start, end) in enumerate(spans) if start <= point < end]
        found = [piece.winner for piece in pieces if piece.start <= point < piece.end]
        assert found == ([min(ranks)] if ranks else [])
    assert all(one.end <= next_one.start for one, next_one in itertools.pairwise(pieces))
    assert not any(one.end == two.start and one.winner == two.winner for one, two in itertools.pairwise(pieces))
