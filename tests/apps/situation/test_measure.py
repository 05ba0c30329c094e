"""A day is measured from what is open then; whoever looks sees the sum of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.making import a_finding
from tutela.apps.constituency.models import Organisation
from tutela.apps.findings.actions import expire, perform
from tutela.apps.findings.models import Finding, Step
from tutela.apps.situation import queries
from tutela.apps.situation.actions import measure
from tutela.core.actor import SYSTEM, Actor, Basis, Viewer
from tutela.core.findings.life import Act
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


def step(finding: Finding, act: Act, hours: float, now: datetime = NOW) -> None:
    Step.objects.create(
        finding=finding,
        at=now,
        act=act.value,
        before="new",
        after="notified",
        actor_kind="system",
        actor_name="tutela",
        opened=now - timedelta(hours=hours),
    )


def test_how_long_things_take_is_told_for_those_one_may_see_and_against_the_days_before() -> None:
    bank, clinic = (Finding.objects.filter(organisation=name).first() for name in ("bank", "clinic"))
    assert bank is not None
    assert clinic is not None
    earlier = NOW - timedelta(days=40)
    for hours in (1, 2, 4):
        step(bank, Act.NOTIFY, hours)
    for hours in (40, 40, 40):
        step(clinic, Act.NOTIFY, hours)
    step(bank, Act.NOTIFY, 20, earlier)
    step(bank, Act.CLOSE, 100)
    step(bank, Act.CLAIM, 100)
    for moment in (earlier, NOW, NOW):
        taken(moment)
    told, answered, closed = queries.tempos(BANK, NOW.date())
    assert told.count == 3
    assert told.now == pytest.approx(2 * 3600, rel=0.42)
    assert told.before == pytest.approx(20 * 3600, rel=0.42)
    assert (answered.now, answered.before, answered.count) == (None, None, 0)
    assert closed.count == 1
    everybody = queries.tempos(AUTHORITY, NOW.date())[0]
    assert everybody.count == 6
    assert queries.closed(BANK, NOW.date()) == {NOW.date(): 1}
    assert queries.closed(Viewer(BANK.actor, ("clinic",), Role.CONTACT), NOW.date()) == {}


def test_a_step_keeps_since_when_the_finding_was_open_and_what_opens_again_begins_anew() -> None:
    finding = Finding.objects.filter(organisation="bank", state="new").first()
    assert finding is not None
    viewer = Viewer(SYSTEM, None, Role.ANALYST)
    ground = {"viewer": viewer, "by": SYSTEM, "basis": BASIS}
    end = NOW + timedelta(hours=5)
    perform(act=Act.DISPUTE, findings=[finding.pk], reason="x", until=end, now=NOW, **ground)  # type: ignore[arg-type]
    expire(now=end, by=SYSTEM, basis=BASIS)
    perform(act=Act.ACKNOWLEDGE, findings=[finding.pk], now=end + timedelta(hours=1), **ground)  # type: ignore[arg-type]
    assert [one.opened for one in finding.steps.order_by("at")] == [NOW, NOW, end]
