"""Changes to the constituency: imports, and snapshots that somebody wants on record."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone

from tutela.apps.constituency import certificates, frames, freezer, queries, writing
from tutela.apps.constituency.files import SourceFile, read_file
from tutela.apps.constituency.models import Contact, Mailbox
from tutela.apps.ledger import actions as ledger
from tutela.core.errors import BadInput, Conflict, DefinitionErrors, Problem
from tutela.core.mailkeys import reading
from tutela.core.netspace.imports.reader import read
from tutela.core.netspace.imports.wanted import Wanted, together
from tutela.core.netspace.plan import ImportPlan, Stored, plan_import
from tutela.core.rights import Right
from tutela.web.rights import allow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path
    from uuid import UUID

    from tutela.apps.constituency.models import Organisation
    from tutela.core.actor import Actor, Basis, Viewer
    from tutela.core.mailkeys.certificate import Certificate, Kind
    from tutela.core.netspace.snapshot import Snapshot


_MOST_TOLD: Final = 100


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import changed, or would change; ``entry`` is its number in the ledger, None if nothing was written."""

    plan: ImportPlan
    dry_run: bool
    entry: int | None

    @property
    def counts(self) -> dict[str, int]:
        """How much changed, by what."""
        return self.plan.counts()

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What was left out."""
        return tuple(problem for problem in self.plan.problems if problem.severity != "error")

    def lines(self) -> Iterator[dict[str, Any]]:
        """Each change by itself."""
        return self.plan.lines()


def import_files(
    *,
    files: Sequence[str | Path],
    by: Actor,
    basis: Basis,
    format: str = "auto",  # noqa: A002 - the option's name
    source: str = "",
    dry_run: bool = False,
    now: datetime | None = None,
) -> Imported:
    """Import constituency files as one: all of them or, with one wrong row, none (every wrong row is told).

    ``source`` is the provenance of rows that do not name their own, else the file's name. Importing the same again
    changes nothing and records nothing.
    """
    sources = [read_file(str(file)) for file in files]
    wanted = together(read(one.data, one.path, format=format, source=source) for one in sources)
    named = source or ", ".join(one.path for one in sources)
    return _import(wanted, sources, source=named[:500], dry_run=dry_run, now=now or timezone.now(), by=by, basis=basis)


@transaction.atomic
def freeze(*, home: Path, by: Actor, basis: Basis, at: datetime | None = None) -> Snapshot:
    """Freeze the constituency as it is, and record the snapshot's id in the ledger."""
    moment = at or timezone.now()
    snapshot = freezer.current(home, moment)
    ledger.record(
        action="constituency.freeze",
        object_type="snapshot",
        object_hash=snapshot.id,
        details={"holdings": snapshot.holdings.height},
        by=by,
        basis=basis,
        time=moment,
    )
    return snapshot


@transaction.atomic
def _import(
    wanted: Wanted,
    sources: Sequence[SourceFile],
    *,
    source: str,
    dry_run: bool,
    now: datetime,
    by: Actor,
    basis: Basis,
) -> Imported:
    writing.lock()
    stored = Stored(frames.organisations(), frames.stored(), writing.stored_contacts(), writing.stored_services())
    plan = plan_import(wanted, stored, now)
    if plan.errors:
        raise DefinitionErrors(plan.errors)
    if dry_run or plan.changes_nothing:
        return Imported(plan, dry_run, None)
    writing.write(plan, now=now, source=source)
    new = plan.certificates
    digests = sorted(one.digest for one in sources)
    entry = ledger.record(
        action="constituency.import",
        object_type="constituency-file" if len(digests) == 1 else "constituency-files",
        object_hash=digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest(),
        details=plan.counts() | ({"certificates": sorted(one.fingerprint for one in new)} if new else {}),
        by=by,
        basis=basis,
        time=now,
    )
    return Imported(plan, dry_run, entry)


@dataclass(frozen=True, slots=True)
class Kept:
    """A certificate that was kept, and what to look at with it (empty: nothing)."""

    certificate: Certificate
    warning: str


@transaction.atomic
def keep_certificate(
    *, contact: int, organisation: Organisation, text: str, viewer: Viewer, now: datetime, by: Actor, basis: Basis
) -> Kept:
    """Encrypt mail to a contact to this certificate from now on; the one of the same kind before it is replaced.

    Raises BadInput where it is none, holds a private key, or cannot be encrypted to now; NotAllowed; Conflict.
    """
    found = _taken(contact, organisation, viewer)
    if not found.email:
        raise Conflict("the contact has no mail address.", remedy="Give it one in the constituency file.")
    try:
        certificate = reading.certificate(text)
    except ValueError as error:
        raise BadInput(f"What was given {error}.") from error
    if fault := certificate.fault(now):
        told = f"The {certificate.kind.label} certificate {certificate.fingerprint} {fault}."
        raise BadInput(told, remedy="Ask the contact for the one in use.")
    _put(found, certificate.kind, certificate.text)
    _record_certificate("constituency.keep-certificate", found, certificate, by, basis, now)
    return Kept(certificate, certificate.stranger(found.email))


@transaction.atomic
def drop_certificate(
    *, contact: int, organisation: Organisation, kind: Kind, viewer: Viewer, now: datetime, by: Actor, basis: Basis
) -> None:
    """Encrypt no mail to this certificate of a contact any more; raises NotAllowed, Conflict where there is none."""
    found = _taken(contact, organisation, viewer)
    before = certificates.kept(kind, getattr(found, kind.value))
    if before is None:
        raise Conflict("the contact has no such certificate.", remedy="Look at the page again.")
    _put(found, kind, "")
    _record_certificate("constituency.drop-certificate", found, before, by, basis, now)


def _taken(contact: int, organisation: Organisation, viewer: Viewer) -> Contact:
    """The contact of an organisation that the viewer may see; raises NotAllowed, Conflict."""
    allow(viewer, Right.CHANGE_CERTIFICATES)
    writing.lock()
    found = Contact.objects.filter(pk=contact, organisation=organisation).first()
    if found is None or queries.organisation_by(organisation.pk, viewer) is None:
        raise Conflict("there is no such contact.", remedy="Look at the page again.")
    return found


@transaction.atomic
def note_unreachable(*, address: str, said: str, now: datetime, by: Actor, basis: Basis) -> bool:
    """Mail to an address of a contact comes back for good; says whether that is new. Who it belongs to is shown so."""
    mailbox, _is_new = Mailbox.objects.select_for_update().get_or_create(address=address.lower())
    if mailbox.unreachable is not None:
        return False
    mailbox.unreachable, mailbox.said = now, said[:500]
    mailbox.save()
    _record_mailbox("constituency.unreachable", mailbox, now, by, basis)
    return True


@transaction.atomic
def note_reachable(*, address: str, since: datetime, now: datetime, by: Actor, basis: Basis) -> bool:
    """A mail that went out at ``since`` arrived: the address works again, if it came to be unreachable before that."""
    known = Mailbox.objects.select_for_update().filter(address=address.lower(), unreachable__lt=since).first()
    if known is None:
        return False
    known.unreachable, known.said = None, ""
    known.save()
    _record_mailbox("constituency.reachable", known, now, by, basis)
    return True


@transaction.atomic
def note_asked(*, address: str, asking: UUID, now: datetime, by: Actor, basis: Basis) -> None:
    """An address was asked, by the mail with this id, whether it is still the right one."""
    mailbox, _is_new = Mailbox.objects.select_for_update().get_or_create(address=address.lower())
    mailbox.asking, mailbox.asked = asking, now
    mailbox.save()
    _record_mailbox("constituency.ask-contact", mailbox, now, by, basis)


@transaction.atomic
def confirm_contact(*, asking: UUID, now: datetime, by: Actor, basis: Basis) -> bool:
    """Whoever has the mail that asked says that the address is still right; says whether that is new."""
    mailbox = Mailbox.objects.select_for_update().filter(asking=asking).first()
    if mailbox is None or not mailbox.is_asked:
        return False
    mailbox.confirmed, mailbox.unreachable, mailbox.said = now, None, ""
    mailbox.save()
    _record_mailbox("constituency.confirm-contact", mailbox, now, by, basis)
    return True


def _record_mailbox(action: str, mailbox: Mailbox, now: datetime, by: Actor, basis: Basis) -> None:
    """One entry: the organisations whose contact has the address; the address itself is of a person."""
    contacts = Contact.objects.filter(email__iexact=mailbox.address)
    whose = sorted({str(one.organisation_id) for one in contacts})
    ledger.record(
        action=action,
        object_type="contact",
        object_hash=hashlib.sha256("\n".join([action, *whose]).encode()).hexdigest(),
        details={"organisations": whose[:_MOST_TOLD]},
        by=by,
        basis=basis,
        time=now,
    )


def _put(contact: Contact, kind: Kind, text: str) -> None:
    Contact.objects.filter(pk=contact.pk).update(**{kind.value: text})


def _record_certificate(
    action: str, contact: Contact, certificate: Certificate, by: Actor, basis: Basis, now: datetime
) -> None:
    """One entry: which certificate, by its fingerprint; whose, as the organisation and the role."""
    ledger.record(
        action=action,
        object_type="certificate",
        object_hash=hashlib.sha256(certificate.text.encode()).hexdigest(),
        details={
            "organisation": str(contact.organisation_id),
            "role": contact.role,
            "kind": certificate.kind.value,
            "fingerprint": certificate.fingerprint,
        },
        by=by,
        basis=basis,
        time=now,
    )
