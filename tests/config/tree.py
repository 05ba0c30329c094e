"""A small constituency with something of everything in each organisation, and people of every role.

::

    authority
    ├── group           parent of the bank
    │   └── bank        the organisation of its manager and its contact
    │       └── branch  child
    └── clinic          sibling of the group, beside it

Whose something is stands in it as a mark, so that it can be told where it is shown.
"""

from __future__ import annotations

import io
from datetime import timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.utils import timezone

from tests.making import a_finding
from tutela.apps.constituency import actions as constituency
from tutela.apps.constituency.models import Contact, Mailbox, Network, Organisation
from tutela.apps.correspondence import actions as correspondence
from tutela.apps.findings.models import Finding
from tutela.apps.incidents import actions as incidents
from tutela.apps.incidents.models import Incident
from tutela.apps.intake.models import Load, Report
from tutela.apps.notices.models import Notice, Told
from tutela.apps.notices.queries import reply_token
from tutela.apps.obligations.models import Draft, Obligation
from tutela.apps.people import actions as people
from tutela.apps.people.models import Token, User
from tutela.apps.situation import actions as situation
from tutela.core.actor import SYSTEM, Actor, Basis, Viewer
from tutela.core.incidents.case import Part
from tutela.core.netspace.addresses import number
from tutela.core.rights import Right, Role

if TYPE_CHECKING:
    from tutela.apps.correspondence.models import Message

PLACES: Final = {"own": "bank", "child": "branch", "sibling": "clinic", "parent": "group"}
PATHS: Final = (
    "authority",
    "authority/group",
    "authority/group/bank",
    "authority/group/bank/branch",
    "authority/clinic",
)
ADDRESSES: Final = {
    "authority": "192.0.2.10",
    "group": "192.0.2.20",
    "bank": "192.0.2.30",
    "branch": "198.51.100.40",
    "clinic": "203.0.113.50",
}
GROUND: Final[dict[str, Any]] = {"by": SYSTEM, "basis": Basis("example/mandate#art-1", "2026-01-01")}
ANALYST: Final = Viewer(Actor("person", "analyst@example.org"), None, Role.ANALYST)
FEED: Final = "sightings"
HASH: Final = "argon2$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA"
"""A password that nobody knows: nobody need wait for it to be reckoned."""


def mark(organisation: str) -> str:
    """A word that stands in all that is of an organisation, and nowhere else."""
    return f"mark-of-{organisation}"


class Tree:
    """The constituency with its people; made anew for each test."""

    def __init__(self) -> None:
        self.now = timezone.now()
        for path in PATHS:
            self._grow(path)
        self.people = {role: self.person(role) for role in Role}
        self.members = {place: self.person(Role.CONTACT, name) for place, name in PLACES.items()}
        self.report = self._report()
        for name in ADDRESSES:
            self.notice(name)
            self.incident(name)
            self.message(name)
            self.obligation(name)
        situation.measure(now=self.now, **GROUND)

    def _grow(self, path: str) -> None:
        *above, name = path.split("/")
        said = {"source": "tree.json", "imported": self.now}
        organisation = Organisation.objects.create(
            global_id=name,
            names={"en": f"The {name} {mark(name)}"},
            words=f"{name} {mark(name)}",
            parent_id=above[-1] if above else None,
            path=f"/{path}/",
            sector=f"sector-{mark(name)}",
            **said,
        )
        place = f"{number(ADDRESSES[name]):032x}"
        Network.objects.create(
            organisation=organisation, prefix=f"{ADDRESSES[name]}/32", first=place, last=place, **said
        )
        Contact.objects.create(organisation=organisation, role="abuse", name=f"Contact {mark(name)}", **said)
        a_finding(
            name,
            seen=self.now,
            feed=FEED,
            asset_key=ADDRESSES[name],
            classification_type="infected-system",
            malware_name=mark(name),
            severity=4,
            first_seen=self.now - timedelta(days=3),
        ).save()

    def notice(self, organisation: str) -> Notice:
        """A notice to the contact of an organisation about its finding."""
        finding = self.finding(organisation)
        notice, is_new = Notice.objects.get_or_create(
            organisation=organisation,
            defaults={
                "recipient": f"{mark(organisation)}@example.org",
                "role": "abuse",
                "language": "en",
                "rule": "urgent",
                "because": "test",
                "answers": "link",
                "tlp": 0,
                "findings": 1,
                "subject": f"About {mark(organisation)}",
                "body": mark(organisation),
                "rows": mark(organisation),
                "deadline": self.now,
                "created": self.now,
            },
        )
        if is_new:
            Told.objects.create(notice=notice, finding=finding.pk, opened=finding.changed)
        return notice

    def incident(self, organisation: str) -> Incident:
        """An incident with the finding of an organisation, that is shared with it, and a file."""
        title = f"Trouble at {mark(organisation)}"
        known = Incident.objects.filter(title=title).first()
        if known:
            return known
        ground: dict[str, Any] = {"viewer": ANALYST, "now": self.now, **GROUND}
        said: dict[str, Any] = {"title": title, "type": "other", "severity": 3, "tlp": 2}
        incident = incidents.open_incident(findings=[self.finding(organisation).pk], **said, **ground)
        incidents.share(incident=incident.pk, organisation=organisation, **ground)
        incidents.write(incident=incident.pk, text=mark(organisation), audience=Part.AFFECTED, **ground)
        incidents.attach(incident=incident.pk, file=io.BytesIO(b"log"), name="log.txt", **ground)
        return incident

    def message(self, organisation: str) -> Message:
        """What an organisation answered to its notice, with a file; made when it is asked for."""
        notice = self.notice(organisation)
        mail = EmailMessage()
        mail["From"] = notice.recipient
        mail["To"] = f"answers+{reply_token(notice.pk)}@csirt.example"
        mail["Subject"] = f"Re: {notice.subject}"
        mail.set_content(mark(organisation))
        mail.add_attachment(b"log", maintype="text", subtype="plain", filename=f"{mark(organisation)}.txt")
        data = mail.as_bytes().replace(mail.get_boundary("").encode(), b"boundary")
        return correspondence.receive(content=data, now=self.now, **GROUND).message

    def question(self) -> UUID:
        """The id of a mail that asked somebody whether they are still the right contact."""
        asking = UUID(int=7)
        if not Mailbox.objects.filter(asking=asking).exists():
            constituency.note_asked(address="somebody@example.org", asking=asking, now=self.now, **GROUND)
        return asking

    def obligation(self, organisation: str) -> Obligation:
        """A report that an organisation owes in its incident, with a draft."""
        found, is_new = Obligation.objects.get_or_create(
            incident=self.incident(organisation).pk,
            organisation=organisation,
            defaults={
                "regime": "eu.nis2.art23",
                "stage": "early_warning",
                "version": 1,
                "mode": "max",
                "due": self.now + timedelta(hours=24),
                "turn": self.now + timedelta(hours=24),
                "citation": mark(organisation),
                "confidence": "P",
                "started": self.now,
                "started_by": ANALYST.actor.name,
            },
        )
        if is_new:
            Draft.objects.create(
                obligation=found, number=1, texts=[mark(organisation)], written=self.now, author=ANALYST.actor.name
            )
        return found

    def _report(self) -> Report:
        load = Load.objects.create(snapshot="0" * 64, created=self.now, actor="system:tutela", state=Load.State.SETTLED)
        return Report.objects.create(
            content="0" * 64,
            size=1,
            file_name="sightings.csv",
            feed=FEED,
            definition="{}",
            received=self.now,
            load=load,
            position=0,
            state=Report.State.SETTLED,
            whole=True,
        )

    def person(self, role: Role, organisation: str = "bank") -> User:
        """Somebody of this role, at the bank unless it is said otherwise."""
        places = () if role.is_of_authority else (organisation,)
        number = User.objects.count()
        email = f"{role.value}-{number}@example.org"
        user = people.add_person(email=email, name="", role=role, organisations=places, now=self.now, **GROUND)
        user.password = HASH
        user.save(update_fields=["password"])
        return user

    def token(self, user: User, *scopes: Right) -> tuple[Token, str]:
        """A token of somebody, with its secret."""
        given = {"name": "export", "scopes": scopes, "holds": timedelta(days=1), "now": self.now}
        secret = people.issue_token(user=user, **given, **GROUND)
        return user.tokens.latest("created"), secret

    def key(self, user: User) -> Authenticator:
        """A passkey of somebody; there is no device that could use it."""
        data = {"name": "key", "credential": {}}
        return Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)

    def invitation(self, user: User) -> str:
        """The secret of a link."""
        return people.invite(user=user, now=self.now, **GROUND)

    @staticmethod
    def finding(organisation: str) -> Finding:
        """The finding of an organisation."""
        return Finding.objects.get(organisation=organisation)

    @staticmethod
    def organisation(name: str) -> Organisation:
        """An organisation."""
        return Organisation.objects.get(global_id=name)
