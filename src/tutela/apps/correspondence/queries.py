"""What may be asked of correspondence.

The people of the authority see all of it. Those of an organisation see what its own contacts answered to notices that
they may see, and never what only a number ties to one: anybody who saw it can have written that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from django.conf import settings
from django.db.models import Q

from tutela.apps.constituency.queries import organisations_for
from tutela.apps.correspondence.models import File, Message
from tutela.apps.incidents.queries import ATTACHMENTS, findings_of, incident_by
from tutela.apps.notices.queries import notices_about, notices_for
from tutela.lake.archive import Archive

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.db.models import QuerySet

    from tutela.core.actor import Viewer


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages: every part that is given must hold. ``state``: waiting, assigned or aside."""

    state: str | None = None
    kind: str | None = None


_WAITING = Q(notice__isnull=True, incident__isnull=True)
_STATES = {
    "waiting": _WAITING & Q(set_aside__isnull=True),
    "aside": Q(set_aside__isnull=False),
    "assigned": ~_WAITING,
}


def messages_for(viewer: Viewer, wanted: MessageFilter | None = None) -> QuerySet[Message]:
    """The messages that the viewer may see, the latest first."""
    wanted = wanted or MessageFilter()
    found = Message.objects.order_by("-received", "id")
    if viewer.organisations is not None:
        found = found.filter(
            thread=Message.Thread.ORGANISATION,
            organisation__in=organisations_for(viewer).values("global_id"),
            notice__in=notices_for(viewer).order_by().values("pk"),
            proof__in=[Message.Proof.TOKEN, Message.Proof.PERSON],
        )
    if wanted.state is not None:
        found = found.filter(_STATES.get(wanted.state, Q(pk__in=[])))
    if wanted.kind is not None:
        found = found.filter(kind=wanted.kind)
    return found


def message_by(identifier: UUID, viewer: Viewer) -> Message | None:
    """The message with this id, if the viewer may see it."""
    return messages_for(viewer).filter(pk=identifier).first()


def about_notice(notice: UUID, viewer: Viewer) -> QuerySet[Message]:
    """What was answered to a notice."""
    return messages_for(viewer).filter(notice=notice)


def about_findings(findings: Iterable[UUID], viewer: Viewer) -> QuerySet[Message]:
    """What was answered to notices that speak of one of these findings."""
    return messages_for(viewer).filter(notice__in=notices_about(findings, viewer).order_by().values("pk"))


def about_incident(incident: UUID, viewer: Viewer) -> QuerySet[Message]:
    """What answers an incident itself, or a notice that speaks of one of its findings that the viewer may see."""
    found = incident_by(incident, viewer)
    if found is None:
        return Message.objects.none()
    told = notices_about(findings_of(found, viewer).order_by().values_list("pk", flat=True), viewer)
    return messages_for(viewer).filter(Q(incident=incident) | Q(notice__in=told.order_by().values("pk")))


def waiting(viewer: Viewer) -> int:
    """How many messages wait for a person to say what they answer."""
    return messages_for(viewer, MessageFilter("waiting")).count()


def files_of(message: Message) -> list[File]:
    """The files of a message that the caller was allowed to see."""
    return list(message.files.order_by("name", "id"))


def file_by(identifier: UUID, viewer: Viewer) -> File | None:
    """The file with this id, if the viewer may see its message."""
    return File.objects.filter(pk=identifier, message__in=messages_for(viewer)).first()


def bytes_of(kept: File | Message) -> BinaryIO:
    """The bytes of a file, or of a mail as it came; FileNotFoundError where they are lost."""
    return Archive(settings.TUTELA.home, ATTACHMENTS).open(kept.content, size=kept.size)
