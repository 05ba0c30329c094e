"""A day is measured from what is open then; whoever looks sees the sum of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.making import a_finding
from tutela.apps.constituency.models import Organisation
from tutela.apps.findings.models import Finding
from tutela.apps.situation import queries
from tutela.apps.situation.actions import measure
from tutela.core.actor import SYSTEM, Actor, Basis, Viewer
from tutela.core.rights import Role

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
AUTHORITY = Viewer(SYSTEM)
BANK = Viewer(Actor("person", "dana@example.org"), ("bank",), Role.CONTACT)
BASIS = Basis("mandate", "1")


@pytest.fixture(autouse=True)
def findings() -> None:
    for name, sector in (("bank", "banking"), ("clinic", "health")):
        Organisation.objects.create(global_id=name, path=f"/{name}/", sector=sector, imported=NOW)
    drawn = [
        ("bank", 5, 0, "new"),
        ("bank", 5, 8, "claimed"),
        ("bank", 1, 8, "new"),
        ("clinic", 4, 1, "reopened"),
        ("clinic", 4, 1, "closed"),
        ("clinic", 4, 1, "false_positive"),
    ]
    for organisation, severity, age, state in drawn:
        a_finding(organisation, seen=NOW, severity=severity, state=state, first_seen=NOW - timedelta(days=age)).save()


def taken(now: datetime = NOW) -> int:
    return measure(now=now, by=SYSTEM, basis=BASIS)


def test_what_is_open_overdue_and_new_is_counted_and_twice_is_once() -> None:
    assert taken() == taken() == 3
    day = NOW.date()
    now = queries.trend(AUTHORITY, day)[day]
    assert (sum(now.open), sum(now.overdue), sum(now.new)) == (4, 1, 1)
    assert (now.open[5], now.overdue[5], now.new[5]) == (2, 1, 1)


def test_somebody_of_an_organisation_sees_their_own_alone() -> None:
    taken()
    day = NOW.date()
    assert sum(queries.trend(BANK, day)[day].open) == 3
    assert list(queries.by_sector(BANK, day)) == ["banking"]
    assert [one.organisation.global_id for one in queries.worst(BANK, day)] == ["bank"]


def test_sectors_and_the_worst_organisations_first() -> None:
    taken()
    day = NOW.date()
    assert queries.by_sector(AUTHORITY, day) == {"banking": [0, 1, 0, 0, 0, 2], "health": [0, 0, 0, 0, 1, 0]}
    burdens = [(one.organisation.global_id, one.severe, one.open) for one in queries.worst(AUTHORITY, day)]
    assert burdens == [("bank", 2, 3), ("clinic", 1, 1)]


def test_a_day_that_is_over_stays_as_it_was() -> None:
    taken()
    Finding.objects.filter(organisation="bank").update(state="closed")
    tomorrow = NOW + timedelta(days=1)
    taken(tomorrow)
    found = queries.trend(AUTHORITY, tomorrow.date())
    assert [sum(counts.open) for counts in found.values()] == [4, 1]
    assert queries.measured(AUTHORITY) == tomorrow.date()
