"""What may be asked of obligations: what the law asks in an incident, and what runs.

People of an organisation see what concerns theirs in incidents that were shared with them, by the facts that they may
see. What the authority itself owes is its own business.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse

from tutela.apps.constituency.queries import names, organisations_for
from tutela.apps.incidents.queries import facts_for, incidents_for, involved, involvements_for
from tutela.apps.law.queries import called, in_order, title_of
from tutela.apps.ledger import queries as ledger
from tutela.apps.obligations import calendars
from tutela.apps.obligations.models import Draft, Obligation
from tutela.apps.people.queries import people_to_tell
from tutela.core.actor import SYSTEM, Viewer
from tutela.core.law.stating import is_of_a_stage
from tutela.core.rights import Right, Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from tutela.apps.constituency.models import Organisation
    from tutela.apps.incidents.models import Incident
    from tutela.apps.people.models import User

_WITHIN: Final = {"day": timedelta(days=1), "week": timedelta(days=7)}
_REMIND: Final = (timedelta(days=1), timedelta(hours=4), timedelta(0))
"""How long before it is due people are reminded of a report."""

_MOST_REMINDED: Final = 1_000
_MOST_IN_A_CALENDAR: Final = 1_000


def organisations_in(incident: Incident, viewer: Viewer) -> list[Organisation]:
    """The organisations of an incident of which it can be asked what they must report, as far as they are seen."""
    own = involved(incident, viewer).values("organisation")
    return list(organisations_for(viewer).filter(global_id__in=own))


@dataclass(frozen=True, slots=True)
class ObligationFilter:
    """Which obligations: every part that is given must hold."""

    state: str | None = None
    regime: str | None = None
    organisation: str | None = None
    incident: UUID | None = None
    due_from: datetime | None = None
    due_before: datetime | None = None
    duty: bool | None = None


def running_of(organisation: str, viewer: Viewer, most: int) -> list[Obligation]:
    """What an organisation still has to report, what is due first at the top."""
    running = ObligationFilter(state=Obligation.State.RUNNING, organisation=organisation)
    found = list(obligations_for(viewer, running)[:most])
    for one in found:
        one.title = title_of(one.regime, one.stage)  # type: ignore[attr-defined]
    return found


def next_due(viewer: Viewer, most: int) -> list[Obligation]:
    """What is due by law next, or over already."""
    running = obligations_for(viewer, ObligationFilter(state=Obligation.State.RUNNING)).exclude(due=None)
    found = list(running[:most])
    for one in found:
        one.title = title_of(one.regime, one.stage)  # type: ignore[attr-defined]
    return found


def wanted(values: Mapping[str, Any], now: datetime) -> ObligationFilter:
    """The filters of the list, as a question."""
    left = {name: value for name, value in values.items() if name not in {"when", "side"}}
    if "when" in values:
        within = _WITHIN.get(values["when"])
        times = {"due_before": now} if within is None else {"due_from": now, "due_before": now + within}
        left |= {"state": left.get("state", "running"), **times}
    if "side" in values:
        left["duty"] = values["side"] == "authority"
    return ObligationFilter(**left)


def obligations_for(viewer: Viewer, wanted: ObligationFilter | None = None) -> QuerySet[Obligation]:
    """The obligations that the viewer may see and ``wanted`` describes, what is due first at the top."""
    wanted = wanted or ObligationFilter()
    exact = {
        "state": wanted.state,
        "regime": wanted.regime,
        "organisation": wanted.organisation,
        "incident": wanted.incident,
        "due__gte": wanted.due_from,
        "due__lt": wanted.due_before,
        "duty": wanted.duty,
    }
    condition = Q(**{name: value for name, value in exact.items() if value is not None})
    return Obligation.objects.filter(_whose(viewer) & condition).order_by("turn", "id")


def _whose(viewer: Viewer) -> Q:
    """For people of organisations: what theirs owe in incidents that were shared with the one that owes it."""
    if viewer.organisations is None:
        return Q()
    same = {"incident": OuterRef("incident"), "organisation": OuterRef("organisation")}
    shared = Exists(involvements_for(viewer).filter(**same))
    return Q(shared, duty=False, incident__in=incidents_for(viewer).values("pk"))


def obligation_by(identifier: UUID, viewer: Viewer) -> Obligation | None:
    """The obligation with this id, if the viewer may see it."""
    return obligations_for(viewer).filter(pk=identifier).first()


def drafts_of(obligation: Obligation, viewer: Viewer) -> list[Draft]:
    """The versions of its draft, the last first."""
    visible = obligations_for(viewer).filter(pk=obligation.pk)
    return list(Draft.objects.filter(obligation__in=visible).order_by("-number"))


def receipt_of(obligation: Obligation) -> str:
    """The receipt of its submission; empty where there is none."""
    return ledger.receipt_or_nothing(obligation.entry)


def must_be_approved(obligation: Obligation) -> bool:
    """Whether a second person must approve what is submitted (TUTELA_REVIEW)."""
    return _is_among(obligation, settings.TUTELA.review)


def is_received(obligation: Obligation) -> bool:
    """Whether this authority is the one to which it is handed in (TUTELA_RECEIVES)."""
    return not obligation.duty and _is_among(obligation, settings.TUTELA.receives)


def _is_among(obligation: Obligation, patterns: str) -> bool:
    name = f"{obligation.regime}.{obligation.stage}"
    return any(fnmatchcase(name, pattern) for pattern in patterns.split())


def content_of(draft: Draft) -> bytes:
    """The bytes of a version whose hash stands in the ledger: of what it is, then its points and texts.

    They are handed out as a text file: whoever has it and the receipt can check the one against the other.
    """
    of = draft.obligation
    head = f"{of.citation}\n{of.regime}.{of.stage}\n{of.organisation}\n{of.incident}\nversion {draft.number}\n"
    parts = [f"{point}\n{text}\n" for point, text in draft.answers]
    return "\n".join([head, *parts, draft.remarks]).encode()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many obligations there are of each kind."""

    overdue: int
    day: int
    running: int
    submitted: int


def counts(viewer: Viewer, now: datetime) -> Counts:
    """How many clocks run, and how many are over or soon will be."""
    running = Q(state=Obligation.State.RUNNING)
    return Counts(
        **obligations_for(viewer)
        .order_by()
        .aggregate(
            overdue=Count("pk", filter=running & Q(due__lt=now)),
            day=Count("pk", filter=running & Q(due__gte=now, due__lt=now + timedelta(days=1))),
            running=Count("pk", filter=running),
            submitted=Count("pk", filter=Q(state=Obligation.State.SUBMITTED)),
        )
    )


def name(found: Sequence[Obligation], viewer: Viewer, language: str) -> None:
    """Give obligations the names of their organisations and the references of their incidents, all at once."""
    known = names((one.organisation for one in found), language=language)
    cases = incidents_for(viewer).in_bulk([one.incident for one in found])
    for one in found:
        one.organisation_name = known.get(one.organisation, one.organisation)  # type: ignore[attr-defined]
        one.reference = cases[one.incident].reference if one.incident in cases else ""  # type: ignore[attr-defined]


def summary(obligation: Obligation, viewer: Viewer) -> str:
    """What is known of the incident, as the beginning of a draft."""
    incident = incidents_for(viewer).filter(pk=obligation.incident).first()
    if incident is None:
        return ""
    stated = facts_for(incident, obligation.organisation, viewer)
    lines = [
        f"{called(one)} – {_plain(stated[one][0].value)}"
        for one in in_order(stated)
        if stated[one][0].value is not None and not is_of_a_stage(one)
    ]
    return "\n".join([f"{incident.reference} {incident.title}", *lines])


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and value[:1].isdigit():
        with suppress(ValueError):
            return datetime.fromisoformat(value).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return str(value)


def exported(obligation: Obligation, draft: Draft, viewer: Viewer) -> dict[str, Any]:
    """A version of a report for programs, with what it answers to."""
    incident = incidents_for(viewer).filter(pk=obligation.incident).first()
    return {
        "obligation": str(obligation.pk),
        "incident": incident.reference if incident else None,
        "organisation": obligation.organisation,
        "organisation_name": names([obligation.organisation], language="en").get(obligation.organisation, ""),
        "regime": obligation.regime,
        "stage": obligation.stage,
        "citation": obligation.citation,
        "recipient": obligation.recipient,
        "due": obligation.due.isoformat() if obligation.due else None,
        "submitted": obligation.submitted.isoformat() if obligation.submitted else None,
        "version": draft.number,
        "written": draft.written.isoformat(),
        "author": draft.author,
        "approved_by": draft.approved_by or None,
        "points": [{"point": point, "text": text} for point, text in draft.answers],
        "remarks": draft.remarks,
    }


def calendar(viewer: Viewer, now: datetime, base: str) -> bytes:
    """What runs and has a time limit, as a calendar; ``base``: where the console is."""
    running = obligations_for(viewer, ObligationFilter(state=Obligation.State.RUNNING)).exclude(due=None)
    found = list(running[:_MOST_IN_A_CALENDAR])
    name(found, viewer, "en")
    return calendars.written(
        (
            {
                "uid": f"{one.pk}@tutela",
                "due": (one.due or now).astimezone(UTC),
                "title": f"{title_of(one.regime, one.stage)}: {one.organisation_name}",  # type: ignore[attr-defined]
                "text": f"{one.reference}\n{one.citation}\n{one.recipient}",  # type: ignore[attr-defined]
                "url": base + reverse("obligation", args=[one.pk]),
            }
            for one in found
        ),
        now,
    )


def to_remind(now: datetime) -> dict[User, list[Obligation]]:
    """Whom to remind of which reports: of each a day and four hours before it is due, and when it is.

    At the authority that is who handles the incident, else all who set clocks; and those of the organisation who
    report for it.
    """
    running = Obligation.objects.filter(state=Obligation.State.RUNNING, due__lte=now + _REMIND[0]).order_by(
        "turn", "id"
    )
    found = list(islice((one for one in running.iterator() if _is_to_remind(one, now)), _MOST_REMINDED))
    viewer = Viewer(SYSTEM)
    name(found, viewer, "en")
    cases = incidents_for(viewer).in_bulk([one.incident for one in found])
    known = organisations_for(viewer).filter(global_id__in=[one.organisation for one in found])
    paths = {one.global_id: one.path.strip("/").split("/") for one in known}
    told: dict[User, list[Obligation]] = {}
    for one in found:
        owner = cases[one.incident].owner if one.incident in cases else ""
        people = people_to_tell(Right.SET_CLOCKS, address=owner)
        if not one.duty and one.organisation in paths and _is_shared(one):
            people += people_to_tell(Right.WRITE_SUBMISSIONS, paths[one.organisation])
        for person in people:
            told.setdefault(person, []).append(one)
    return told


def in_its_zone(obligation: Obligation) -> str:
    """When a report is due, in the zone in which the law counts it."""
    return in_zone(obligation.due, obligation.zone)


def in_zone(moment: datetime | None, zone: str) -> str:
    """A moment as the clocks of a zone show it, in UTC where none is named; empty where there is none."""
    return "" if moment is None else moment.astimezone(ZoneInfo(zone or "UTC")).strftime("%Y-%m-%d %H:%M %Z")


def _is_to_remind(one: Obligation, now: datetime) -> bool:
    times = [one.due - before for before in _REMIND if one.due is not None]
    return any(now >= time and (one.warned is None or one.warned < time) for time in times)


def _is_shared(one: Obligation) -> bool:
    members = Viewer(SYSTEM, (one.organisation,), Role.CONTACT)
    return obligations_for(members).filter(pk=one.pk).exists()
