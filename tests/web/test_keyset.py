"""A long list page by page: every row once and in order, there and back; a cursor leads nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cmp_to_key
from typing import Any
from uuid import UUID

import pytest
from django.core import signing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.making import a_finding
from tutela.apps.findings.models import Finding
from tutela.core.errors import BadInput
from tutela.web import keyset
from tutela.web.keyset import Order, page

pytestmark = pytest.mark.django_db

DAY = datetime(2026, 3, 1, tzinfo=UTC)
ORDERS = [
    Order(("-severity", "-last_seen", "pk")),
    Order(("severity", "last_seen", "pk")),
    Order(("organisation", "-last_seen", "pk")),
    Order(("-organisation", "last_seen", "-pk")),
    Order(("-last_seen", "pk")),
    Order(("first_seen", "pk")),
    Order(("pk",)),
    Order(("-pk",)),
]
ROWS = st.lists(
    st.tuples(
        st.uuids(),
        st.sampled_from(["bank", "branch", "clinic"]),
        st.integers(0, 2),
        # moments that differ by a microsecond: what a cursor cuts off would be lost or told twice
        st.integers(0, 2).map(lambda n: DAY + timedelta(microseconds=n)),
    ),
    max_size=14,
    unique_by=lambda row: row[0],
)
WORLD = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def finding(identifier: UUID, organisation: str = "bank", severity: int = 0, seen: datetime = DAY) -> Finding:
    return a_finding(organisation, seen=seen, id=identifier, fingerprint=identifier, severity=severity)


def stock(rows: list[Any]) -> list[Finding]:
    Finding.objects.all().delete()
    return Finding.objects.bulk_create([finding(*row) for row in rows])


def in_order(rows: list[Finding], order: Order) -> list[UUID]:
    """Sorted without the database."""

    def compare(left: Finding, right: Finding) -> int:
        for column in order.columns:
            one, other = (getattr(row, column.removeprefix("-")) for row in (left, right))
            if one != other:
                return (1 if one > other else -1) * (-1 if column.startswith("-") else 1)
        return 0

    return [row.pk for row in sorted(rows, key=cmp_to_key(compare))]


def forth(order: Order, size: int) -> list[keyset.Page[Finding]]:
    pages = [page(Finding.objects.all(), order, size=size)]
    while pages[-1].next:
        pages.append(page(Finding.objects.all(), order, pages[-1].next, size))
        assert len(pages) < 100, "it ends"
    return pages


def ids(found: keyset.Page[Finding]) -> list[UUID]:
    return [row.pk for row in found.rows]


@WORLD
@given(rows=ROWS, order=st.sampled_from(ORDERS), size=st.integers(1, 6))
def test_forth_every_row_stands_once_and_in_order(rows: list[Any], order: Order, size: int) -> None:
    wanted = in_order(stock(rows), order)
    pages = forth(order, size)
    assert [one for each in pages for one in ids(each)] == wanted
    assert all(len(each.rows) == size for each in pages[:-1])
    assert pages[0].previous == ""
    assert all(each.previous for each in pages[1:])


@WORLD
@given(rows=ROWS, order=st.sampled_from(ORDERS), size=st.integers(1, 6))
def test_back_the_same_pages_come_again(rows: list[Any], order: Order, size: int) -> None:
    stock(rows)
    pages = forth(order, size)
    at = pages[-1]
    for earlier in reversed(pages[:-1]):
        at = page(Finding.objects.all(), order, at.previous, size)
        assert ids(at) == ids(earlier)
        assert at.next, "where one comes from one can return to"
    assert at.previous == ""


@WORLD
@given(rows=ROWS, order=st.sampled_from(ORDERS), size=st.integers(1, 3), data=st.data())
def test_rows_that_come_and_go_move_no_other_row(rows: list[Any], order: Order, size: int, data: Any) -> None:
    stored = stock(rows)
    first = page(Finding.objects.all(), order, size=size)
    if not first.next:
        return
    gone = data.draw(st.sampled_from(stored))
    Finding.objects.filter(pk=gone.pk).delete()
    new = finding(data.draw(st.uuids().filter(lambda one: one not in {row.pk for row in stored})), severity=1)
    new.save()
    shown = ids(first)
    at = first
    while at.next:
        at = page(Finding.objects.all(), order, at.next, size)
        shown += ids(at)
    assert len(shown) == len(set(shown))
    assert {row.pk for row in stored} - {gone.pk} <= set(shown)


def some(count: int = 5) -> None:
    stock([(UUID(int=number), "bank", 1, DAY) for number in range(1, count + 1)])


def test_an_empty_list_has_one_empty_page() -> None:
    assert page(Finding.objects.all(), ORDERS[0]) == keyset.Page([], "", "")


def test_a_page_of_the_whole_list_leads_nowhere() -> None:
    some(5)
    found = page(Finding.objects.all(), ORDERS[0], size=5)
    assert (len(found.rows), found.next, found.previous) == (5, "", "")


def test_the_filter_of_the_rows_holds_on_every_page() -> None:
    some(5)
    Finding.objects.filter(pk=UUID(int=3)).update(organisation="clinic")
    first = page(Finding.objects.all(), Order(("pk",)), size=2)
    theirs = page(Finding.objects.filter(organisation="bank"), Order(("pk",)), first.next, size=2)
    assert ids(theirs) == [UUID(int=4), UUID(int=5)]


def cursor(order: Order = ORDERS[0]) -> str:
    some()
    return page(Finding.objects.all(), order, size=2).next


@pytest.mark.parametrize("other", ORDERS[1:], ids=lambda order: ",".join(order.columns))
def test_the_cursor_of_another_order_is_refused(other: Order) -> None:
    with pytest.raises(BadInput, match="cannot be found"):
        page(Finding.objects.all(), ORDERS[0], cursor(other))


def test_a_cursor_that_was_cut_is_refused() -> None:
    whole = cursor()
    for length in range(1, len(whole)):
        with pytest.raises(BadInput, match="cannot be found"):
            page(Finding.objects.all(), ORDERS[0], whole[:length])


def test_a_cursor_in_which_one_letter_was_changed_is_refused() -> None:
    whole = cursor()
    for place, letter in enumerate(whole):
        # the last letter of a signature has bits that say nothing: another one of the same meaning is no other cursor
        changed = whole[:place] + ("A" if letter != "A" else "B") + whole[place + 1 :]
        with pytest.raises(BadInput, match="cannot be found"):
            page(Finding.objects.all(), ORDERS[0], changed)


@pytest.mark.parametrize("text", ["x", ":", "::", ".", "a:b:c", "é", "\x00", "../..", "x" * 2001, "[]", "next"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as told:
        page(Finding.objects.all(), ORDERS[0], text)
    assert told.value.where == "cursor"
    assert told.value.remedy == "Begin at the first page."


def test_what_was_signed_for_something_else_is_refused() -> None:
    given = ["next", list(ORDERS[0].columns), ["1", DAY.isoformat(), str(UUID(int=1))]]
    with pytest.raises(BadInput):
        page(Finding.objects.all(), ORDERS[0], signing.dumps(given, salt="something.else"))
    with pytest.raises(BadInput):
        page(Finding.objects.all(), ORDERS[0], signing.dumps(given, key="another key", salt=keyset._SALT))


def test_a_cursor_of_another_installation_is_refused(settings: Any) -> None:
    theirs = cursor()
    settings.SECRET_KEY = "of another installation"  # noqa: S105 - no secret
    with pytest.raises(BadInput):
        page(Finding.objects.all(), ORDERS[0], theirs)
