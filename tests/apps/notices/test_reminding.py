"""People are reminded by mail of reports that are due by law: a real mail server takes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tutela.apps.incidents import actions as incidents
from tutela.apps.notices import actions
from tutela.apps.obligations.models import Obligation
from tutela.apps.people.models import Membership, User
from tutela.core.actor import Actor, Viewer
from tutela.core.incidents.case import Part
from tutela.core.rights import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.mailserver import Mailbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("constituency")]

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANALYST = Viewer(Actor("person", "analyst@csirt.example"), None, Role.ANALYST)


@pytest.fixture
def owed(ground: dict[str, Any]) -> Obligation:
    """A report of the bank that is due in three hours, and the people who are concerned."""
    said = {"viewer": ANALYST, "now": NOW, **ground}
    case = incidents.open_incident(title="Secret words", type="other", severity=4, tlp=2, **said)
    incidents.involve(incident=case.pk, organisation="bank", part=Part.AFFECTED, **said)
    incidents.share(incident=case.pk, organisation="bank", **said)
    for email, role, language in (
        ("analyst@csirt.example", Role.ANALYST, "zh-hans"),
        ("auditor@csirt.example", Role.AUDITOR, ""),
        ("kim@bank.example", Role.CONTACT, ""),
        ("lee@clinic.example", Role.CONTACT, ""),
    ):
        user = User.objects.create(email=email, role=role.value, language=language)
        if not role.is_of_authority:
            organisation = email.partition("@")[2].partition(".")[0]
            Membership.objects.create(user=user, organisation=organisation)
    return Obligation.objects.create(
        incident=case.pk,
        organisation="bank",
        regime="eu.nis2.art23",
        stage="early_warning",
        version=1,
        mode="max",
        due=NOW + timedelta(hours=3),
        turn=NOW + timedelta(hours=3),
        zone="Europe/Luxembourg",
        citation="Article 23(4)(a)",
        confidence="P",
        started=NOW,
        started_by="analyst@csirt.example",
    )


@pytest.fixture
def remind(mailbox: Mailbox, ground: dict[str, Any]) -> Callable[..., int]:
    def run(now: datetime = NOW) -> int:
        said = {"sender": "CSIRT <notices@csirt.example>", "per_minute": 60_000, "url": "https://tutela.example"}
        return actions.remind(smtp=mailbox.url, now=now, **said, **ground)

    return run


def test_those_concerned_are_told_once_in_their_language_and_nothing_secret(
    owed: Obligation, remind: Callable[..., int], mailbox: Mailbox
) -> None:
    assert remind() == 2
    told = {mail["To"]: mail.get_content() for mail in mailbox.mails}
    assert set(told) == {"analyst@csirt.example", "kim@bank.example"}
    text = told["kim@bank.example"]
    assert "2026-03-02 13:00 CET" in text
    assert f"https://tutela.example/obligations/{owed.pk}/" in text
    assert "Early warning" in text
    assert "Secret words" not in text
    assert "早期预警" in told["analyst@csirt.example"]
    assert remind() == 0


def test_who_could_not_be_reached_is_reminded_with_the_next_round(
    owed: Obligation, remind: Callable[..., int], mailbox: Mailbox
) -> None:
    mailbox.rcpt = lambda _address: "451 later"
    assert remind() == 0
    mailbox.rcpt = lambda _address: "250 OK"
    assert remind() == 2
    owed.refresh_from_db()
    assert owed.warned is not None


def test_nobody_is_reminded_of_what_was_handed_in(
    owed: Obligation, remind: Callable[..., int], mailbox: Mailbox
) -> None:
    Obligation.objects.filter(pk=owed.pk).update(state="submitted")
    assert remind() == 0
    assert mailbox.mails == []
