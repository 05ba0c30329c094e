"""The columns of a list of messages, and what it can be narrowed down to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tutela.web.filters import Filter
from tutela.web.filters import Kind as FilterKind
from tutela.web.table import Column, Kind, Table
from tutela.web.words import MESSAGE_KIND, MESSAGE_STATE, THREAD

if TYPE_CHECKING:
    from tutela.apps.correspondence.models import Message


def _page(message: Message) -> str:
    return reverse("message", args=[message.pk])


def _subject(message: Message) -> str:
    return message.subject or str(_("(no subject)"))


def _state(message: Message) -> str:
    return str(MESSAGE_STATE[message.state][0])


def _thread(message: Message) -> str:
    return str(THREAD[message.thread]) if message.thread else ""


TABLE: Final = Table(
    "correspondence",
    (
        Column("received", _("Received"), lambda m: m.received, Kind.TIME, order=("-received",)),
        Column("subject", _("Subject"), _subject, link=_page, plain=lambda m: m.subject),
        Column("kind", _("Kind"), lambda m: str(MESSAGE_KIND[m.kind][0]), plain=lambda m: m.kind),
        Column("state", _("State"), _state, plain=lambda m: m.state),
        Column("sender", _("From"), lambda m: m.sender),
        Column("thread", _("Thread"), _thread, plain=lambda m: m.thread, is_minor=True),
        Column("organisation", _("Organisation"), lambda m: m.organisation, is_minor=True),
    ),
)

FILTERS: Final = [
    Filter(
        "state",
        _("State"),
        FilterKind.CHOICE,
        lambda: [(state, title) for state, (title, _tone) in MESSAGE_STATE.items()],
        is_first=True,
    ),
    Filter(
        "kind",
        _("Kind"),
        FilterKind.CHOICE,
        lambda: [(kind, title) for kind, (title, _tone) in MESSAGE_KIND.items()],
        is_first=True,
    ),
]
