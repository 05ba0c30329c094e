"""What may be asked of the constituency."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5

from django.core import signing
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from tutela.apps.constituency import certificates, frames, freezer
from tutela.apps.constituency.models import Contact, Mailbox, Organisation, Service
from tutela.core.errors import WrongUse
from tutela.core.netspace.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from django.db.models import QuerySet

    from tutela.core.actor import Viewer
    from tutela.core.mailkeys.certificate import Certificate
    from tutela.core.netspace.explanation import Candidate

_MOST_WORDS: Final = 8
CONFIRM_WITHIN: Final = timedelta(days=30)
"""How long a contact has to confirm, and the link to do so is good."""

_CONFIRM_SALT: Final = "tutela.constituency.confirm"
_ASKING: Final = UUID("9a3f0f52-4a5e-4c0e-8a64-1f6f5d0b7c21")
"""Of names that ids of mails are made from, which ask contacts."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A certificate, why it cannot be used now (empty: it can), and whether it expires within 30 days, or has."""

    certificate: Certificate
    fault: str
    is_ending: bool


def current_snapshot(home: Path, *, at: datetime | None = None) -> Snapshot:
    """The constituency frozen as it is (at ``at``, now without it); its file lies at `snapshot_path`."""
    return freezer.current(home, at or timezone.now())


def snapshot(home: Path, identifier: str) -> Snapshot:
    """The snapshot with this id."""
    return Snapshot.load(snapshot_path(home, identifier))


def snapshot_path(home: Path, identifier: str) -> Path:
    """Where the snapshot with this id lies."""
    return freezer.snapshot_path(home, identifier)


def snapshots(home: Path) -> list[str]:
    """The ids of all snapshots that lie in this data folder, the latest first."""
    files = sorted((home / "snapshots").glob("*.arrow"), key=lambda file: (-file.stat().st_mtime, file.name))
    return [file.stem for file in files]


def explain(home: Path, text: str, *, at: datetime | None = None) -> list[Candidate]:
    """Who holds an address, network, domain, URL or AS number: all candidates, best first, each with its reason."""
    return current_snapshot(home, at=at).explain(text)


def organisations_for(viewer: Viewer) -> QuerySet[Organisation]:
    """The organisations that a viewer may see, from the top down."""
    organisations = Organisation.objects.order_by("path")
    if viewer.organisations is None:
        return organisations
    roots = Organisation.objects.filter(global_id__in=viewer.organisations).values_list("path", flat=True)
    return organisations.filter(reduce(or_, (below(path) for path in roots), Q(pk__in=[])))


def organisations_below(viewer: Viewer, identifier: str) -> list[str]:
    """Global ids of an organisation and all below it, within what the viewer may see; WrongUse where there is none."""
    visible = organisations_for(viewer)
    paths = visible.filter(global_id=identifier).values_list("path", flat=True)
    found = [one for path in paths for one in visible.filter(below(path)).values_list("global_id", flat=True)]
    if not found:
        raise WrongUse(f"there is no organisation {identifier!r}", remedy="See `tutela constituency list`.")
    return found


def organisations_called(viewer: Viewer, text: str) -> QuerySet[Organisation]:
    """Organisations the viewer may see in whose id, names or external identifiers all words of ``text`` occur."""
    found = organisations_for(viewer)
    for word in text.casefold().split()[:_MOST_WORDS]:
        found = found.filter(words__contains=word)
    return found


def organisations_like(viewer: Viewer, wanted: Mapping[str, Any]) -> QuerySet[Organisation]:
    """Organisations that the viewer may see, by ``text``, ``sector``, ``jurisdiction`` and ``criticality``."""
    exact = {name: wanted[name] for name in ("sector", "jurisdiction", "criticality") if name in wanted}
    return organisations_called(viewer, wanted.get("text", "")).filter(**exact)


def values_of(viewer: Viewer) -> tuple[list[str], list[str]]:
    """The sectors and the countries of the organisations that the viewer may see."""
    visible = organisations_for(viewer).order_by()
    sectors_, countries = (
        sorted(filter(None, visible.values_list(name, flat=True).distinct())) for name in ("sector", "jurisdiction")
    )
    return sectors_, countries


def organisation_by(identifier: UUID, viewer: Viewer) -> Organisation | None:
    """The organisation with this id, if the viewer may see it."""
    return organisations_for(viewer).filter(pk=identifier).first()


def above(organisation: Organisation, viewer: Viewer) -> list[Organisation]:
    """The organisations above one, from the top down, as far as the viewer may see them."""
    ids = organisation.path.strip("/").split("/")[:-1]
    return list(organisations_for(viewer).filter(global_id__in=ids))


def contacts_of(organisation: Organisation) -> QuerySet[Contact]:
    """Whom to tell at an organisation that the caller was allowed to see; those whose time is over too, at the end."""
    return organisation.contacts.order_by("valid_to", "role", "name", "id")


def certificates_of(contacts: Iterable[Contact], now: datetime) -> dict[int, list[Standing]]:
    """How the certificates of contacts stand that the caller was allowed to see, by id of the contact."""
    return {
        one.pk: [Standing(found, found.fault(now), found.is_ending(now)) for found in certificates.of_contact(one)]
        for one in contacts
    }


def certificates_known(viewer: Viewer, now: datetime, *, is_ending: bool = False) -> list[dict[str, Any]]:
    """All certificates of contacts at organisations that the viewer may see, those that end first at the top.

    ``is_ending``: only those that cannot be used, or end within 30 days.
    """
    contacts = Contact.objects.exclude(openpgp="", smime="").filter(organisation__in=organisations_for(viewer))
    found = [
        {
            "organisation": contact.organisation_id,
            "role": contact.role,
            "email": contact.email,
            "kind": one.kind.value,
            "fingerprint": one.fingerprint,
            "expires": one.expires,
            "fault": one.fault(now),
        }
        for contact in contacts
        for one in certificates.of_contact(contact)
        if not is_ending or one.fault(now) or one.is_ending(now)
    ]
    return sorted(found, key=lambda row: (row["expires"] is None, row["expires"], row["organisation"], row["role"]))


def certificates_for(address: str, now: datetime) -> list[Certificate]:
    """To what mail to an address is encrypted; for telling, which knows no viewer.

    It is the mailbox that has a key, whatever the role under which it is written down: those of all contacts in force
    with this address, else, where these have none, of those whose time is over.
    """
    keyed = Contact.objects.filter(email__iexact=address).exclude(openpgp="", smime="").order_by("pk")
    found = list(keyed.filter(_in_force(now))) or list(keyed)
    return list(dict.fromkeys(one for contact in found for one in certificates.of_contact(contact)))


def mailboxes(contacts: Iterable[Contact]) -> dict[str, Mailbox]:
    """What is known of the addresses of these contacts, by address in small letters."""
    addresses = {one.email.lower() for one in contacts if one.email}
    return {one.address: one for one in _chunked(Mailbox.objects.all(), "address", addresses)}


def unreachable(contacts: Iterable[Contact]) -> dict[str, Mailbox]:
    """Of which addresses of these contacts mail comes back, by address in small letters."""
    addresses = {one.email.lower() for one in contacts if one.email}
    broken = Mailbox.objects.filter(unreachable__isnull=False)
    return {one.address: one for one in _chunked(broken, "address", addresses)}


@dataclass(frozen=True, slots=True)
class Question:
    """An address that is to be asked whether it is still the right one for these contacts.

    ``asking``: the id of the mail; the same until it is written down that it went out.
    """

    address: str
    asking: UUID
    contacts: tuple[Contact, ...]


def to_ask(now: datetime, every: timedelta, limit: int) -> list[Question]:
    """Addresses of contacts that are known, and were not asked and have not confirmed, for so long; for asking them.

    One whose mail comes back is not asked: that is shown already.
    """
    since = now - every
    lately = Q(asked__gt=since) | Q(confirmed__gt=since) | Q(unreachable__isnull=False)
    passed = set(Mailbox.objects.filter(lately).values_list("address", flat=True))
    found: dict[str, list[Contact]] = {}
    contacts = Contact.objects.filter(_in_force(now), imported__lte=since).exclude(email="").order_by("imported", "id")
    for contact in contacts.select_related("organisation").iterator():
        address = contact.email.lower()
        if address not in passed and (address in found or len(found) < limit):
            found.setdefault(address, []).append(contact)
    before = {one.address: one.asked for one in _chunked(Mailbox.objects.all(), "address", set(found))}
    return [
        Question(address, uuid5(_ASKING, f"{address} {before.get(address)}"), tuple(some))
        for address, some in found.items()
    ]


def asked_with(mails: Iterable[UUID]) -> Mailbox | None:
    """The address that was asked with one of these mails; for mail that comes back, which knows no viewer."""
    return Mailbox.objects.filter(asking__in=list(mails)).first()


def confirm_token(asking: UUID) -> str:
    """What the link in a mail that asks ends with, signed."""
    return signing.dumps(asking.hex, salt=_CONFIRM_SALT)


def asked_by(token: str, lifetime: timedelta) -> Mailbox | None:
    """Whom a link asked; None where it is forged, over its time, or not of the mail that asked last."""
    try:
        said = UUID(signing.loads(token, salt=_CONFIRM_SALT, max_age=lifetime))
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None
    return Mailbox.objects.filter(asking=said).first()


def contact_organisation(organisation: str, address: str) -> str:
    """Whose contact an address is that was told of findings of an organisation: its own, else of the nearest above it.

    Where nobody has it any more, the organisation itself. For mail that comes back, which knows no viewer.
    """
    paths = Organisation.objects.filter(global_id=organisation).values_list("path", flat=True)
    steps = [step for path in paths for step in path.strip("/").split("/")]
    owners = set(
        Contact.objects.filter(organisation__global_id__in=steps, email__iexact=address).values_list(
            "organisation_id", flat=True
        )
    )
    return next((step for step in reversed(steps) if step in owners), organisation)


def _in_force(now: datetime) -> Q:
    return (Q(valid_from__isnull=True) | Q(valid_from__lte=now)) & (Q(valid_to__isnull=True) | Q(valid_to__gt=now))


def services_of(organisation: Organisation) -> QuerySet[Service]:
    """What an organisation that the caller was allowed to see offers to others, and the assets it stands on."""
    return organisation.services.order_by("local_id").prefetch_related("assets")


def below(path: str) -> Q:
    """An organisation and all below it, by index on every database."""
    if connection.vendor == "sqlite":  # its LIKE pays no regard to case, and so uses no index
        return Q(path__gte=path, path__lt=path[:-1] + "0")
    return Q(path__startswith=path)


def names(identifiers: Iterable[str], *, language: str = "en") -> dict[str, str]:
    """Names of organisations by global id; an unknown id is left out."""
    wanted = sorted(set(identifiers))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), 10_000):
        for one in Organisation.objects.filter(global_id__in=wanted[start : start + 10_000]):
            found[one.global_id] = one.name(language)
    return found


def sectors() -> dict[str, str]:
    """The sector of each organisation that has one, by global id; for measuring, which knows no viewer."""
    return dict(Organisation.objects.exclude(sector="").values_list("global_id", "sector"))


@dataclass(frozen=True, slots=True)
class Reach:
    """An organisation as those know it who write to it: with all above it, and the contacts of each, by id.

    ``path``: ids from the top down to its own. Only contacts in force that have an address are in it.
    ``unreachable``: of which of their addresses mail comes back, in small letters.
    """

    organisation: Organisation
    path: tuple[str, ...]
    contacts: dict[str, list[Contact]]
    unreachable: Mapping[str, Mailbox] = field(default_factory=dict)


def reach(identifiers: Iterable[str], now: datetime) -> dict[str, Reach]:
    """How these organisations are reached now; for telling them, which knows no viewer."""
    wanted = {one.global_id: one for one in _chunked(Organisation.objects.all(), "global_id", set(identifiers))}
    paths = {identifier: tuple(one.path.strip("/").split("/")) for identifier, one in wanted.items()}
    contacts: dict[str, list[Contact]] = {}
    reachable = Contact.objects.filter(_in_force(now)).exclude(email="").order_by("role", "name", "id")
    for contact in _chunked(reachable, "organisation_id", {step for path in paths.values() for step in path}):
        contacts.setdefault(contact.organisation_id, []).append(contact)
    broken = unreachable(contact for some in contacts.values() for contact in some)
    return {
        identifier: Reach(
            one,
            paths[identifier],
            {step: contacts[step] for step in paths[identifier] if step in contacts},
            broken,
        )
        for identifier, one in wanted.items()
    }


def _chunked(rows: QuerySet[Any], field: str, wanted: set[str]) -> Iterator[Any]:
    """Rows of which a field has one of many values; databases take only so many at once."""
    values = sorted(wanted)
    for start in range(0, len(values), 10_000):
        yield from rows.filter(**{f"{field}__in": values[start : start + 10_000]})


@dataclass(frozen=True, slots=True)
class HoldingFilter:
    """Which holdings: each part that is given must hold. ``current``: only those in force at that moment."""

    kind: str = ""
    organisation: str = ""
    current: Any = None


def holdings_for(viewer: Viewer, wanted: HoldingFilter, *, limit: int) -> Iterator[dict[str, Any]]:
    """Holdings with their period and provenance."""
    visible = None if viewer.organisations is None else organisations_for(viewer).values("global_id")
    left = limit
    for kind, model in frames.MODELS.items():
        if wanted.kind not in {"", kind}:
            continue
        key = frames.KEY_FIELDS[kind]
        rows = model._default_manager.order_by(key, "id")  # noqa: SLF001 - Django's name
        rows = rows if visible is None else rows.filter(organisation_id__in=visible)
        if wanted.organisation:
            rows = rows.filter(organisation_id=wanted.organisation)
        if wanted.current:
            begun = Q(valid_from__isnull=True) | Q(valid_from__lte=wanted.current)
            rows = rows.filter(begun & (Q(valid_to__isnull=True) | Q(valid_to__gt=wanted.current)))
        columns = ("organisation_id", "shared", "valid_from", "valid_to", "source", "imported", "ended", "ended_by")
        for value, *rest in rows.values_list(key, *columns)[:left]:
            left -= 1
            yield {"kind": kind, "key": str(value), **dict(zip(("organisation", *columns[1:]), rest, strict=True))}


def counts() -> dict[str, int]:
    """How much there is of each kind, ended rows included."""
    held = {kind: model._default_manager.count() for kind, model in frames.MODELS.items()}  # noqa: SLF001 - Django's name
    others = {"contact": Contact.objects.count(), "service": Service.objects.count()}
    return {"organisation": Organisation.objects.count(), **held, **others}
