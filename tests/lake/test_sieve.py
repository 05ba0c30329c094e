"""The sieve may doubt what is new; it never takes for new what came before."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lake.test_table import DAY, events, put
from tutela.lake.sieve import Sieve
from tutela.lake.table import EventTable


def identities(numbers: list[int]) -> pl.Series:
    return pl.Series(numbers, dtype=pl.UInt128)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 2**128 - 1) | st.integers(0, 9).map(lambda n: n << 64), max_size=9), max_size=6)
)
def test_what_came_before_is_never_certainly_new(tmp_path_factory, batches):
    sieve = Sieve(Sieve.make(tmp_path_factory.mktemp("sieve"), events=1))
    seen: set[int] = set()
    for batch in batches:
        certain = sieve.certainly_new(identities(batch)).to_list()
        for number, is_certain in zip(batch, certain, strict=True):
            assert not (is_certain and number in seen)
            seen.add(number)


def test_of_events_that_are_all_new_most_are_certain(tmp_path):
    sieve = Sieve(Sieve.make(tmp_path, events=1000))
    numbers = [number * 0x9E3779B97F4A7C15 for number in range(1, 1001)]
    assert sieve.certainly_new(identities(numbers)).sum() > 990
    assert not sieve.certainly_new(identities(numbers)).any()


def test_what_the_table_has_of_a_day_is_not_certainly_new(tmp_path):
    table = EventTable(tmp_path / "lake")
    put(table, events(3, 5), "before")
    sieve = Sieve(Sieve.make(tmp_path, events=10))
    arriving = events(3, 4, 5)
    sieve.know(arriving, table)
    assert sieve.certainly_new(arriving["identity"]).to_list() == [False, True, False]
    put(table, events(6), "after")
    sieve.know(events(6), table)  # a day is looked up once: nobody else writes while a load is carried
    assert sieve.certainly_new(events(6)["identity"]).to_list() == [True]
    assert table.days() == [DAY]


def test_a_sieve_made_anew_knows_nothing(tmp_path):
    first = Sieve.make(tmp_path, events=10)
    Sieve.opened(first).certainly_new(identities([1]))
    second = Sieve.make(tmp_path, events=10)
    assert first != second
    assert not first.exists()
    assert Sieve.opened(second).certainly_new(identities([1])).to_list() == [True]
