"""Questions about addresses: on one line, whatever they are written like."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tutela.core.errors import WrongUse
from tutela.lake.query import EventFilter, ends, query

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

ADDRESSES = ["192.0.2.1", "192.0.2.9", "198.51.100.1", "::ffff:c000:201", "2001:db8::1", "::1", None, "not an address"]


class Table:
    """Stands where the event table stands."""

    def scan(self, days: Sequence[date] | None) -> pl.LazyFrame:
        return pl.LazyFrame({"source.ip": ADDRESSES})


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("192.0.2.1", [0, 3]),
        ("::ffff:192.0.2.1", [0, 3]),
        ("::FFFF:C000:201", [0, 3]),
        ("192.0.2.1/32", [0, 3]),
        ("192.0.2.0/24", [0, 1, 3]),
        ("192.0.2.77/24", [0, 1, 3]),
        ("::ffff:192.0.2.0/120", [0, 1, 3]),
        ("192.0.2.2-192.0.2.9", [1]),
        ("0.0.0.0/0", [0, 1, 2, 3]),
        ("::/0", [4, 5]),
        ("2001:DB8:0::1", [4]),
        ("2001:db8::1%eth0", [4]),
        ("2001:db8::/32", [4]),
    ],
)
def test_an_address_is_found_however_it_is_written(asked: str, found: list[int]) -> None:
    events = query(Table(), EventFilter(address=asked)).collect()["source.ip"].to_list()  # type: ignore[arg-type]
    assert events == [ADDRESSES[number] for number in found]


@pytest.mark.parametrize("asked", ["", "x", "192.0.2", "192.0.2.0/99", "192.0.2.9-192.0.2.1", "192.0.2.1-::1", "%"])
def test_what_is_no_address_is_told(asked: str) -> None:
    with pytest.raises(WrongUse, match="neither"):
        query(Table(), EventFilter(address=asked))  # type: ignore[arg-type]


def day(number: int | None) -> datetime | None:
    return None if number is None else datetime(2026, 3, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("times", "found"),
    [
        ([], []),
        ([(2, 9)], [0]),
        ([(2, 9), (1, 9), (3, 9)], [1, 2]),
        ([(2, 9), (None, 1), (3, 3)], [1, 2]),
        ([(2, 9), (None, 9)], [0, 1]),
        ([(2, 9), (2, 9)], [0, 1]),
    ],
)
def test_the_ends_are_by_when_events_were_seen(times: list[tuple[int | None, int]], found: list[int]) -> None:
    rows = [(day(source), day(received), 0, number) for number, (source, received) in enumerate(times)]
    moment = pl.Datetime("us", "UTC")
    schema = {"time.source": moment, "time.observation": moment, "identity_high": pl.Int64, "identity_low": pl.Int64}
    assert ends(pl.LazyFrame(rows, schema, orient="row"))["identity_low"].to_list() == found
