"""The event table: whole transactions, exact duplicates, questions, compaction, retention."""

import os
import uuid
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutela.core.errors import Conflict, WrongUse
from tutela.lake.columns import UNDATED, event_date, halves, halves_of, whole
from tutela.lake.dedupe import added_events, new_events
from tutela.lake.maintenance import compact, expire
from tutela.lake.query import EventFilter, count, page, query
from tutela.lake.table import EventTable

DAY = date(2026, 3, 1)


def events(*numbers: int, day: date | None = DAY, **columns: object) -> pl.DataFrame:
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) if day else None
    frame = pl.DataFrame(
        {
            "source.ip": [f"192.0.2.{number}" for number in numbers],
            "time.source": pl.Series([moment] * len(numbers), dtype=pl.Datetime("us", "UTC")),
            "time.observation": pl.Series(
                [datetime(2026, 3, 2, tzinfo=UTC)] * len(numbers), dtype=pl.Datetime("us", "UTC")
            ),
            "identity": pl.Series([number * 2**70 + number for number in numbers], dtype=pl.UInt128),
            "fingerprint": pl.Series([2**127 + number for number in numbers], dtype=pl.UInt128),
            "organisation": ["bank" if number % 2 else None for number in numbers],
        }
    )
    return frame.with_columns(event_date(), **{name: pl.lit(value) for name, value in columns.items()})


def stored(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(*halves("identity"), *halves("fingerprint")).drop("identity", "fingerprint")


def put(table: EventTable, frame: pl.DataFrame, load: str) -> None:
    parts = stored(frame).partition_by("date", as_dict=True)
    table.add([table.write(part, day, f"{load}-0") for (day,), part in parts.items()], load=load)


@given(st.lists(st.integers(0, 2**128 - 1), min_size=1, max_size=20))
def test_keys_survive_their_two_halves(keys):
    frame = pl.DataFrame({"key": pl.Series(keys, dtype=pl.UInt128)})
    halved = frame.select(*halves("key"))
    assert halved.select(whole("key"))["key"].to_list() == keys
    assert halved.rows() == [halves_of(uuid.UUID(int=key)) for key in keys]


def test_a_load_is_in_the_table_only_after_its_transaction(tmp_path):
    table = EventTable(tmp_path)
    written = table.write(stored(events(1, 2)), DAY, "load-0")
    assert count(query(table, EventFilter())) == 0
    assert not table.holds("load")
    table.add([written], load="load")
    assert table.holds("load")
    assert count(query(table, EventFilter())) == 2


def test_a_transaction_is_on_the_disk_before_anybody_relies_on_it(tmp_path, monkeypatch):
    """Delta takes an emptied entry of its log for one that changes nothing."""
    flushed = []
    monkeypatch.setattr(os, "fsync", lambda handle: flushed.append(Path(f"/proc/self/fd/{handle}").readlink().name))
    put(EventTable(tmp_path), events(1), "load")
    assert flushed[-2:] == ["00000000000000000001.json", "_delta_log"]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.integers(1, 30), max_size=12), min_size=1, max_size=5), st.integers(1, 50))
def test_new_events_are_those_nobody_had(tmp_path_factory, slices, bucket_rows):
    """Against a naive oracle, with an older load in the table and any number of buckets."""
    home = tmp_path_factory.mktemp("lake")
    table = EventTable(home)
    put(table, events(3, 5, 7), "before")
    paths = []
    for number, content in enumerate(slices):
        path = home / f"{number}.parquet"
        events(*content).write_parquet(path)
        paths.append(path)
    seen = {3, 5, 7}
    expected = []
    for content in slices:
        fresh = []
        for position, key in enumerate(content):
            if key not in seen:
                seen.add(key)
                fresh.append(position)
        expected.append(fresh)
    assert [series.to_list() for series in new_events(paths, table, bucket_rows=bucket_rows)] == expected


def test_an_undated_event_is_found_again_whenever_it_comes(tmp_path):
    table = EventTable(tmp_path)
    put(table, events(1, day=None), "first")
    again = tmp_path / "again.parquet"
    events(1, 2, day=None).write_parquet(again)
    assert [series.to_list() for series in new_events([again], table)] == [[1]]
    assert table.days() == [UNDATED]


def test_what_a_load_added_is_found_again_wherever_it_lies(tmp_path):
    """And not what another load brought from the same rows, nor what another feed read in the same report."""
    one, two, other = (uuid.UUID(int=number).hex for number in (1, 2, 3))
    table = EventTable(tmp_path)

    def rows(first: int, *numbers: int, feed: str = "a", **more: object) -> pl.DataFrame:
        return events(*numbers, feed=feed, report="r", **more).with_columns(
            row=pl.int_range(first, first + len(numbers), dtype=pl.Int64)
        )

    def found(first: int, *numbers: int, load: str = two) -> list[int]:
        return added_events(rows(first, *numbers), table, load=load).to_list()

    put(table, rows(1, 11, 12), one)
    put(table, rows(3, 13, 14), two)
    put(table, rows(5, 15, feed="b"), other)
    assert found(1, 11, 12, 13, 14, 15) == [2, 3]
    assert found(2, 13, 14) == []
    assert found(1) == []
    both = pl.concat([rows(3, 13), rows(3, 13)])  # one row may give an event twice
    assert added_events(both, table, load=two).to_list() == [0]
    assert found(1, 11, 12, 13, 14, 15, load=uuid.UUID(int=4).hex) == []
    compact(table)
    assert found(3, 13, 14, 15) == [0, 1]


def test_questions(tmp_path):
    table = EventTable(tmp_path)
    put(table, events(*range(1, 21), feed="a", **{"product.vulnerabilities": "cve-2024-12345"}), "one")
    put(table, events(31, 32, day=date(2026, 3, 5), feed="b"), "two")
    assert count(query(table, EventFilter(organisations=["bank"]))) == 11
    assert count(query(table, EventFilter(address="192.0.2.7"))) == 1
    assert count(query(table, EventFilter(address="192.0.2.0/28"))) == 15
    assert count(query(table, EventFilter(address="2001:db8::/32"))) == 0
    assert count(query(table, EventFilter(cve="CVE-2024-12345"))) == 20
    assert count(query(table, EventFilter(cve="CVE-2024-1234567"))) == 0
    assert count(query(table, EventFilter(feed="b"))) == 2
    assert count(query(table, EventFilter(since=datetime(2026, 3, 2, tzinfo=UTC)))) == 2
    assert count(query(table, EventFilter(until=datetime(2026, 3, 2, tzinfo=UTC)))) == 20
    assert count(query(table, EventFilter(fingerprint=uuid.UUID(int=2**127 + 4)))) == 1
    assert count(query(table, EventFilter(where="\"source.ip\" LIKE '%.2' AND feed = 'a'"))) == 1


def test_pages_neither_overlap_nor_leave_out(tmp_path):
    table = EventTable(tmp_path)
    put(table, events(*range(1, 24)), "one")
    found = [
        page(query(table, EventFilter()), limit=5, offset=offset)["source.ip"].to_list() for offset in range(0, 25, 5)
    ]
    assert len({address for part in found for address in part}) == sum(map(len, found)) == 23


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        (EventFilter(address="not an address"), "--address"),
        (EventFilter(cve="x"), "--cve"),
        (EventFilter(where='"no such field" = 1'), "--where"),
        (EventFilter(where="AND AND"), "--where"),
    ],
)
def test_a_wrong_question_is_told(tmp_path, wanted, where):
    with pytest.raises(WrongUse) as told:
        count(query(EventTable(tmp_path), wanted))
    assert told.value.where == where
    assert told.value.remedy


def test_a_folder_may_have_any_name_that_settings_let_through(tmp_path):
    table = EventTable(tmp_path / "Eigene Dateien, für #1 & 'mehr'")
    put(table, events(1, 2), "one")
    put(table, events(3), "two")
    assert count(query(table, EventFilter())) == 3
    assert compact(table).files_after == 1
    assert count(query(table, EventFilter())) == 3


def test_compaction_changes_files_and_no_event(tmp_path):
    table = EventTable(tmp_path)
    for number in range(1, 6):
        put(table, events(number), f"load{number}")
    before = page(query(table, EventFilter()), limit=100)
    care = compact(table)
    assert (care.files_before, care.files_after) == (5, 1)
    assert page(query(table, EventFilter()), limit=100).equals(before)
    assert len(list((tmp_path / "events").glob("date=*/*.parquet"))) == 1


def test_expiry_removes_events_and_wipes_their_files(tmp_path):
    table = EventTable(tmp_path)
    put(table, events(1, 2, day=date(2025, 1, 1)), "old")
    put(table, events(3, day=DAY), "young")
    put(table, events(4, day=None), "undated")
    assert expire(table, before=datetime(2026, 1, 1, tzinfo=UTC), dry_run=True).events_removed == 2
    assert count(query(table, EventFilter())) == 4
    assert expire(table, before=datetime(2026, 1, 1, tzinfo=UTC)).events_removed == 2
    assert sorted(page(query(table, EventFilter()), limit=9)["source.ip"]) == ["192.0.2.3", "192.0.2.4"]
    assert not list((tmp_path / "events").glob("date=2025*/*.parquet"))
    assert expire(table, before=datetime(2026, 3, 3, tzinfo=UTC)).events_removed == 2


def test_a_lake_of_a_newer_version_is_left_alone(tmp_path):
    table = EventTable(tmp_path)
    table.open().alter.set_table_properties({"tutela.lakeFormat": "99"}, raise_if_not_exists=False)
    with pytest.raises(Conflict, match="format 99"):
        table.open()
