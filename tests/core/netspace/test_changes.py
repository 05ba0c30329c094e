"""What an import changes among holdings, and that planning what was applied changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tutela.core.netspace.changes import NEVER, STORED_SCHEMA, HoldingChanges, plan_holdings
from tutela.core.netspace.holdings import canonical
from tutela.core.netspace.imports.wanted import WANTED_SCHEMA

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
NETWORK = "192.0.2.0/24"


def wanted(*rows: tuple) -> pl.DataFrame:
    """Rows of (organisation, valid_from, valid_to, shared) for one network."""
    key, first, last = canonical("network", NETWORK)
    full = []
    for number, row in enumerate(rows, 1):
        organisation, begins, ends, shared = (*row, None, None, False)[:4] if len(row) < 4 else row
        full.append(("network", key, organisation, first, last, begins, ends, "a-file", bool(shared), "a-file", number))
    return pl.DataFrame(full, schema=WANTED_SCHEMA, orient="row")


def applied(stored: pl.DataFrame, changes: HoldingChanges) -> pl.DataFrame:
    ends = dict(changes.ended.select("id", "valid_to").iter_rows())
    rows = [{**row, "valid_to": ends.get(row["id"], row["valid_to"])} for row in stored.iter_rows(named=True)]
    number = max((row["id"] for row in rows), default=0)
    for row in changes.added.select(name for name in STORED_SCHEMA if name != "id").iter_rows(named=True):
        number += 1
        rows.append({"id": number, **row})
    return pl.DataFrame(rows, schema=STORED_SCHEMA)


def after(*imports: pl.DataFrame) -> pl.DataFrame:
    stored = STORED_SCHEMA.to_frame()
    for number, one in enumerate(imports):
        stored = applied(stored, plan_holdings(stored, one, NOW + number * DAY))
    return stored


def facts(stored: pl.DataFrame) -> list[tuple]:
    return stored.sort("id").select("organisation", "valid_from", "valid_to").rows()


def test_what_nobody_held_is_held_since_ever() -> None:
    assert facts(after(wanted(("a",)))) == [("a", None, None)]


def test_the_same_again_changes_nothing() -> None:
    stored = after(wanted(("a",), ("a",)))
    again = plan_holdings(stored, wanted(("a",)), NOW + DAY)
    assert (again.added.height, again.ended.height, again.unchanged) == (0, 0, 1)


def test_a_correction_ends_the_old_row_and_begins_a_new_one() -> None:
    assert facts(after(wanted(("a",)), wanted(("b",)))) == [("a", None, NOW + DAY), ("b", NOW + DAY, None)]


def test_a_correction_from_a_day_in_the_past() -> None:
    begins = NOW - 9 * DAY
    assert facts(after(wanted(("a",)), wanted(("b", begins)))) == [("a", None, begins), ("b", begins, None)]


def test_a_row_that_never_should_have_been_ends_where_it_begins() -> None:
    begun, earlier = NOW - DAY, NOW - 9 * DAY
    assert facts(after(wanted(("a", begun)), wanted(("b", earlier)))) == [("a", begun, begun), ("b", earlier, None)]


def test_a_bounded_row_leaves_what_comes_after_it_as_it_was() -> None:
    begins, ends = NOW - 9 * DAY, NOW - 5 * DAY
    assert facts(after(wanted(("a",)), wanted(("b", begins, ends)))) == [
        ("a", None, begins),
        ("b", begins, ends),
        ("a", ends, None),
    ]


def test_an_old_holding_without_a_beginning_takes_the_place_of_what_was_there() -> None:
    ends = NOW - 5 * DAY
    assert facts(after(wanted(("a",)), wanted(("b", None, ends)))) == [
        ("a", None, NEVER),
        ("b", None, ends),
        ("a", ends, None),
    ]


def test_an_end_can_be_told_later() -> None:
    assert facts(after(wanted(("a",)), wanted(("a", None, NOW + 9 * DAY)))) == [("a", None, NOW + 9 * DAY)]


def test_rows_of_one_import_are_a_tie_and_all_stand() -> None:
    stored = after(wanted(("a",), ("b",)))
    assert facts(stored) == [("a", None, None), ("b", None, None)]
    assert facts(after(wanted(("a",), ("b",)), wanted(("b",), ("a",)))) == facts(stored)


def test_a_sharer_does_not_end_another_one() -> None:
    stored = after(wanted(("a", None, None, True)), wanted(("b", None, None, True)))
    assert facts(stored) == [("a", None, None), ("b", NOW + DAY, None)]


def test_an_owner_ends_the_sharers() -> None:
    stored = after(wanted(("a", None, None, True), ("b", None, None, True)), wanted(("a",)))
    assert facts(stored) == [("a", None, NOW + DAY), ("b", None, NOW + DAY), ("a", NOW + DAY, None)]


MOMENTS = st.one_of(st.none(), st.integers(-3, 3).map(lambda days: NOW + days * DAY))
ROWS = st.tuples(st.sampled_from("abc"), MOMENTS, MOMENTS, st.booleans()).filter(
    lambda row: row[1] is None or row[2] is None or row[1] < row[2]
)
IMPORTS = st.lists(ROWS, min_size=1, max_size=4).map(lambda rows: wanted(*rows))


@settings(deadline=None)
@given(st.lists(IMPORTS, min_size=1, max_size=4), st.lists(ROWS, min_size=1, max_size=1))
def test_planning_again_what_was_applied_changes_nothing(imports: list[pl.DataFrame], last: list[tuple]) -> None:
    final = wanted(*last)
    stored = after(*imports, final)
    again = plan_holdings(stored, final, NOW + len(imports) * DAY)
    assert (again.added.height, again.ended.height) == (0, 0)


@settings(deadline=None)
@given(st.lists(IMPORTS, min_size=1, max_size=4), st.integers(-4, 4))
def test_after_a_row_for_ever_its_organisation_holds_the_key(imports: list[pl.DataFrame], days: int) -> None:
    stored = after(*imports, wanted(("final", NOW - 10 * DAY)))
    at = NOW + days * DAY
    in_force = stored.filter(
        (pl.col("valid_from").is_null() | (pl.col("valid_from") <= at))
        & (pl.col("valid_to").is_null() | (pl.col("valid_to") > at))
    )
    assert in_force["organisation"].to_list() == ["final"]
