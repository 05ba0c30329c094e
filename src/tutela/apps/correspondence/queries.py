"""What may be asked of correspondence.

The people of the authority see all of it. Those of an organisation see what its own contacts answered to notices that
they may see, and never what only a number ties to one: anybody who saw it can have written that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

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

    from tutela.apps.incidents.models import Incident
    from tutela.apps.notices.models import Notice
    from tutela.core.actor import Viewer


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages: every part that is given must hold. ``state``: waiting, assigned or aside."""

    state: str | None = None
    kind: str | None = None


_MOST_SUGGESTED: Final = 20
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


def about_incident(incident: Incident, viewer: Viewer) -> QuerySet[Message]:
    """What answers an incident that the caller was allowed to see, or a notice about one of its findings."""
    told = notices_about(findings_of(incident, viewer).order_by().values_list("pk", flat=True), viewer)
    return messages_for(viewer).filter(Q(incident=incident.pk) | Q(notice__in=told.order_by().values("pk")))


@dataclass(frozen=True, slots=True)
class Answered:
    """What a message answers, as far as the viewer may see that."""

    notice: Notice | None = None
    incident: Incident | None = None


def answered_by(message: Message, viewer: Viewer) -> Answered:
    """The notice or the incident that a message answers."""
    if message.notice is not None:
        return Answered(notice=notices_for(viewer).filter(pk=message.notice).first())
    return Answered(incident=incident_by(message.incident, viewer) if message.incident is not None else None)


def suggested(message: Message, viewer: Viewer) -> list[Notice]:
    """The latest notices to addresses of the domain that the message says it is from; for a person to choose."""
    domain = message.sender.rpartition("@")[2]
    return list(notices_for(viewer).filter(recipient__iendswith=f"@{domain}")[:_MOST_SUGGESTED]) if domain else []


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
