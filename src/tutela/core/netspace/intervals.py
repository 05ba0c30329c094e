"""Overlapping intervals made disjoint: at each point the most specific one is left.

Works on anything with an order: places of addresses (int) and reversed names (str).
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Point = TypeVar("Point", int, str)


class Piece(NamedTuple):
    """A half-open stretch ``[start, end)`` and the number of the interval that wins there."""

    start: Any
    end: Any
    winner: int


def flatten(intervals: Iterable[tuple[Point, Point, int]]) -> Iterator[Piece]:
    """Disjoint pieces in order from half-open ``(start, end, rank)``; at each point the smallest rank wins.

    Ranks are unique, so no tie is left here. O(n log n) in time, O(overlap) in memory beyond the sorted input.
    """
    ordered = sorted(intervals)
    open_now: list[tuple[int, Point]] = []
    position: Point | None = None
    for start, end, rank in ordered:
        if open_now and position is not None:
            yield from _until(open_now, position, start)
        position = start
        if start < end:
            heapq.heappush(open_now, (rank, end))
    if position is not None:
        yield from _until(open_now, position, None)


def merged(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The same pieces, neighbours of one winner joined."""
    held: Piece | None = None
    for piece in pieces:
        if held and held.winner == piece.winner and held.end == piece.start:
            held = Piece(held.start, piece.end, held.winner)
            continue
        if held:
            yield held
        held = piece
    if held:
        yield held


def _until(open_now: list[tuple[int, Point]], position: Point, limit: Point | None) -> Iterator[Piece]:
    """Pieces from ``position`` to ``limit`` (to the end of all without one); closes what ends on the way."""
    while open_now and (limit is None or position < limit):
        rank, end = open_now[0]
        if end <= position:
            heapq.heappop(open_now)
            continue
        stop = end if limit is None or end < limit else limit
        yield Piece(position, stop, rank)
        position = stop
