"""Who sees what of an incident: the authority all, an organisation what was shared with it, and no more."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

from tests.apps.incidents.conftest import ANALYST, AUDITOR, of
from tutela.apps.incidents import actions, queries
from tutela.apps.incidents.queries import IncidentFilter
from tutela.core.errors import WrongUse
from tutela.core.incidents.case import Part
from tutela.core.rights import Role

if TYPE_CHECKING:
    from tutela.apps.incidents.models import Incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(begin: Any, found: Any, ground: dict[str, Any]) -> Incident:
    """Both are in it; it is shared with the bank alone, and the clinic has reported it."""
    opened: Incident = begin(found("bank"), found("branch"), found("clinic"))
    actions.involve(incident=opened.pk, organisation="clinic", part=Part.REPORTER, **ground)
    actions.share(incident=opened.pk, organisation="bank", **ground)
    actions.write(incident=opened.pk, text="among us", audience=None, **ground)
    actions.write(incident=opened.pk, text="to the affected", audience=Part.AFFECTED, **ground)
    actions.write(incident=opened.pk, text="to the reporter", audience=Part.REPORTER, **ground)
    actions.state_fact(incident=opened.pk, name="inc.users", text="7", evidence="", **ground)
    actions.add_task(incident=opened.pk, text="ask", due=None, **ground)
    actions.attach(incident=opened.pk, file=io.BytesIO(b"x"), name="a.txt", **ground)
    opened.refresh_from_db()
    return opened


def seen(incident: Incident, viewer: Any) -> dict[str, Any]:
    return {
        "texts": [
            one.text for one in queries.entries_of(incident, viewer) if one.act == "write" or viewer.organisations
        ],
        "organisations": [one.organisation for one in queries.organisations_of(incident, viewer, "en")],
        "findings": sorted(one.organisation for one in queries.findings_of(incident, viewer)),
        "rest": [bool(ask(incident, viewer)) for ask in (queries.facts_of, queries.tasks_of, queries.attachments_of)],
    }


@pytest.mark.parametrize("viewer", [ANALYST, AUDITOR])
def test_the_authority_sees_all_of_it(incident: Incident, viewer: Any) -> None:
    assert seen(incident, viewer) == {
        "texts": ["among us", "to the affected", "to the reporter"],
        "organisations": ["bank", "branch", "clinic"],
        "findings": ["bank", "branch", "clinic"],
        "rest": [True, True, True],
    }


@pytest.mark.parametrize("role", [Role.CONTACT, Role.MANAGER])
def test_an_organisation_sees_what_was_shared_with_it(incident: Incident, role: Role) -> None:
    viewer = of("bank", role=role)
    assert list(queries.incidents_for(viewer)) == [incident]
    assert seen(incident, viewer) == {
        "texts": ["to the affected"],
        "organisations": ["bank"],
        "findings": ["bank", "branch"],
        "rest": [False, False, False],
    }


def test_who_it_was_not_shared_with_sees_nothing(incident: Incident) -> None:
    for viewer in (of("clinic"), of("branch")):
        assert not queries.incidents_for(viewer).exists()
        assert queries.incident_by(incident.pk, viewer) is None


def test_a_reporter_reads_what_is_for_reporters(incident: Incident, ground: dict[str, Any]) -> None:
    actions.share(incident=incident.pk, organisation="clinic", **ground)
    assert seen(incident, of("clinic"))["texts"] == ["to the reporter"]
    assert seen(incident, of("bank"))["texts"] == ["to the affected"]


def test_what_becomes_red_or_is_taken_out_is_gone(incident: Incident, ground: dict[str, Any]) -> None:
    actions.change(incident=incident.pk, tlp=4, **ground)
    assert not queries.incidents_for(of("bank")).exists()
    actions.change(incident=incident.pk, tlp=2, **ground)
    actions.release(incident=incident.pk, organisation="bank", **ground)
    assert not queries.incidents_for(of("bank")).exists()


def test_a_file_is_for_the_authority_alone(incident: Incident) -> None:
    (kept,) = queries.attachments_of(incident, ANALYST)
    assert queries.attachment_by(kept.pk, AUDITOR) == kept
    assert queries.attachment_by(kept.pk, of("bank")) is None


def test_incidents_are_narrowed_down(incident: Incident, begin: Any) -> None:
    other = begin(title="Mail is slow", severity=5)
    finding = queries.findings_of(incident, ANALYST).filter(organisation="clinic").get()
    for wanted, expected in (
        ({"severity": 4}, [other]),
        ({"text": "mail"}, [other]),
        ({"text": incident.reference}, [incident]),
        ({"below": "bank"}, [incident]),
        ({"finding": finding.pk}, [incident]),
        ({"owner": "ANALYST@example.org"}, [other, incident]),
        ({"state": "closed"}, []),
        ({"type": "other", "text": "phones"}, [incident]),
    ):
        assert set(queries.incidents_for(ANALYST, IncidentFilter(**wanted))) == set(expected), wanted
    with pytest.raises(WrongUse):
        queries.incidents_for(of("bank"), IncidentFilter(below="clinic"))
    assert not queries.incidents_for(of("bank"), IncidentFilter(finding=finding.pk)).exists()
