"""The pages of correspondence: the list, one message with what can be done with it, its files; and cards for others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from tutela.apps.correspondence import actions, columns, queries
from tutela.apps.correspondence.forms import AssignForm
from tutela.apps.correspondence.queries import MessageFilter
from tutela.core.errors import TutelaError
from tutela.core.rights import Right
from tutela.web.acting import ground
from tutela.web.lists import List
from tutela.web.rights import requires, viewer_of
from tutela.web.words import MESSAGE_KIND, MESSAGE_STATE, THREAD

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from tutela.apps.correspondence.models import File, Message
    from tutela.apps.findings.models import Finding
    from tutela.apps.incidents.models import Incident
    from tutela.apps.notices.models import Notice

MOST_ON_CARD: Final = 20


@requires(Right.SEE_CORRESPONDENCE)
def correspondence(request: HttpRequest) -> HttpResponseBase:
    """The list."""
    viewer = viewer_of(request)

    def rows(values: Mapping[str, Any]) -> QuerySet[Message]:
        return queries.messages_for(viewer, MessageFilter(**values))

    asked = List(columns.TABLE, columns.FILTERS, rows, first="received")
    return asked.answer(request, "correspondence/list.html", waiting=queries.waiting(viewer))


@requires(Right.SEE_CORRESPONDENCE)
def message(request: HttpRequest, identifier: UUID) -> HttpResponseBase:
    """One message; what is posted to it says by ``act`` whether it is assigned or set aside."""
    viewer = viewer_of(request)
    found = queries.message_by(identifier, viewer)
    if found is None:
        raise Http404
    if request.method == "POST":
        _act(request, found)
        return redirect("message", found.pk)
    may_assign = viewer.may(Right.CHANGE_CORRESPONDENCE) and not found.is_assigned
    answered = queries.answered_by(found, viewer)
    context = {
        **_shown(found),
        "state": MESSAGE_STATE[found.state],
        "thread": THREAD.get(found.thread, ""),
        "files": queries.files_of(found),
        "notice": answered.notice,
        "incident": answered.incident,
        "form": AssignForm() if may_assign else None,
        "suggested": queries.suggested(found, viewer) if may_assign else [],
    }
    return render(request, "correspondence/message.html", context)


def _act(request: HttpRequest, found: Message) -> None:
    """Do what was asked for, or say why not."""
    viewer = viewer_of(request)
    try:
        if request.POST.get("act") == "set-aside":
            actions.set_aside(messages=[found.pk], viewer=viewer, **ground(request))
            return
        form = AssignForm(request.POST)
        if form.is_valid():
            actions.assign(message=found.pk, viewer=viewer, **form.cleaned_data, **ground(request))
            messages.success(request, _("It is in its thread now."), extra_tags="good")
            return
    except TutelaError as error:
        messages.error(request, str(error), extra_tags="bad")
        return
    wrong = [f"{form.fields[name].label}: {error}" for name, errors in form.errors.items() for error in errors]
    messages.error(request, " ".join(wrong), extra_tags="bad")


@requires(Right.SEE_CORRESPONDENCE)
def file(request: HttpRequest, identifier: UUID) -> HttpResponseBase:
    """A file that a mail brought, to be saved and never to be shown."""
    found = queries.file_by(identifier, viewer_of(request))
    if found is None:
        raise Http404
    return _saved(found, found.name)


@requires(Right.SEE_CORRESPONDENCE)
def original(request: HttpRequest, identifier: UUID) -> HttpResponseBase:
    """The mail as it came, to be saved and read where one reads mail."""
    found = queries.message_by(identifier, viewer_of(request))
    if found is None:
        raise Http404
    return _saved(found, f"mail-{found.pk.hex[:12]}.eml")


def _saved(found: File | Message, name: str) -> HttpResponseBase:
    try:
        stream = queries.bytes_of(found)
    except FileNotFoundError as error:
        raise Http404 from error
    answer = FileResponse(stream, as_attachment=True, filename=name, content_type="application/octet-stream")
    answer["Content-Length"] = str(found.size)
    return answer


def card_of_notice(request: HttpRequest, notice: Notice) -> str:
    """What was answered to a notice, for its page."""
    return _card(request, queries.about_notice(notice.pk, viewer_of(request)))


def card_of_finding(request: HttpRequest, finding: Finding) -> str:
    """What was answered to the notices that speak of a finding, for its page."""
    return _card(request, queries.about_findings([finding.pk], viewer_of(request)))


def card_of_incident(request: HttpRequest, incident: Incident) -> str:
    """What answers an incident, or notices about its findings, for its page."""
    return _card(request, queries.about_incident(incident, viewer_of(request)))


def _card(request: HttpRequest, rows: QuerySet[Message]) -> str:
    if not viewer_of(request).may(Right.SEE_CORRESPONDENCE):
        return ""
    found = list(rows[: MOST_ON_CARD + 1])
    context = {"messages": [_shown(one) for one in found[:MOST_ON_CARD]], "has_more": len(found) > MOST_ON_CARD}
    return render_to_string("correspondence/card.html", context, request) if found else ""


def _shown(message: Message) -> dict[str, Any]:
    """A message as pages show it."""
    return {"message": message, "kind": MESSAGE_KIND[message.kind]}
