"""The pages of incidents: the list, a new one, one with all that belongs to it, and its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from tutela.apps.constituency.queries import organisations_for
from tutela.apps.findings.queries import findings_for
from tutela.apps.incidents import actions, columns, forms, queries, telling
from tutela.apps.incidents.queries import IncidentFilter
from tutela.core.errors import TutelaError, WrongUse
from tutela.core.incidents.case import Act, State
from tutela.core.rights import Right
from tutela.web.acting import ground
from tutela.web.lists import List
from tutela.web.rights import requires, viewer_of
from tutela.web.words import INCIDENT_PART, INCIDENT_REASON, INCIDENT_STATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from uuid import UUID

    from django.db.models import QuerySet
    from django.forms import Form
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from tutela.apps.constituency.models import Organisation
    from tutela.apps.findings.models import Finding
    from tutela.apps.incidents.models import Incident, Involved
    from tutela.core.actor import Viewer

MOST_SHOWN: Final = 200


MOST_ON_CARD: Final = 5


@requires(Right.SEE_INCIDENTS)
def incidents(request: HttpRequest) -> HttpResponseBase:
    """The list."""
    viewer = viewer_of(request)

    def rows(values: Mapping[str, Any]) -> QuerySet[Incident]:
        try:
            return queries.incidents_for(viewer, IncidentFilter(**values))
        except WrongUse as error:
            messages.warning(request, error.what, extra_tags="warn")
            return queries.incidents_for(viewer).none()

    asked = List(columns.TABLE, columns.FILTERS, rows, first="changed")
    return asked.answer(
        request,
        "incidents/list.html",
        may_open=viewer.may(Right.CHANGE_INCIDENTS),
        may_report=viewer.may(Right.REPORT_INCIDENTS),
    )


@requires(Right.REPORT_INCIDENTS)
def report(request: HttpRequest) -> HttpResponseBase:
    """An organisation reports an incident to the authority."""
    viewer = viewer_of(request)
    own = [(one.global_id, one.display_name) for one in organisations_for(viewer)]
    zone = timezone.get_current_timezone_name()
    form = forms.ReportForm(request.POST or None, request.FILES or None, organisations=own, zone=zone)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data.pop("file")
        file = {"file": upload.file, "file_name": upload.name} if upload else {}
        given = {"viewer": viewer, **form.cleaned_data, **file, **ground(request)}
        done = _tried(request, lambda: actions.report(**given))
        if done is not None:
            said = _(
                "The authority has your report. Under “Obligations” you see what the law asks of you, and by when."
            )
            messages.success(request, said)
            return redirect("incident", done.pk)
    return render(request, "incidents/report.html", {"form": form})


@requires(Right.CHANGE_INCIDENTS)
def new(request: HttpRequest) -> HttpResponseBase:
    """A new incident; a list of findings leads here too, with those that were chosen."""
    viewer = viewer_of(request)
    chosen = forms.Identifiers(required=False).clean(request.POST.getlist("chosen"))
    found = findings_for(viewer).filter(pk__in=chosen)
    form = (
        forms.OpenForm(request.POST) if "title" in request.POST else forms.OpenForm(initial=_suggested(found, chosen))
    )
    asked = forms.LinkForm(request.POST) if "incident" in request.POST else form
    if asked.is_bound and asked.is_valid():
        do = actions.link if asked is not form else actions.open_incident
        values = {"findings" if name == "chosen" else name: value for name, value in asked.cleaned_data.items()}
        done = _tried(request, lambda: do(viewer=viewer, **values, **ground(request)))
        if done is not None:
            return redirect("incident", done.pk)
    context = {
        "form": form,
        "chosen": chosen,
        "findings": found[:MOST_SHOWN],
        "has_more": len(chosen) > MOST_SHOWN,
        "others": queries.open_incidents(viewer) if chosen else [],
    }
    return render(request, "incidents/new.html", context)


def _suggested(found: QuerySet[Finding], chosen: list[UUID]) -> dict[str, Any]:
    """What an incident would be by the worst of its findings."""
    worst = found.first() if chosen else None
    if worst is None:
        return {"severity": 3, "tlp": 2, "type": "other"}
    return {"severity": worst.severity, "tlp": worst.tlp, "type": worst.classification_type, "chosen": chosen}


@requires(Right.SEE_INCIDENTS)
def incident(request: HttpRequest, identifier: UUID) -> HttpResponseBase:
    """One incident; what is posted to it says by ``act`` what is done."""
    viewer = viewer_of(request)
    found = queries.incident_by(identifier, viewer)
    if found is None:
        raise Http404
    if request.method == "POST":
        done = _act(request, found, viewer)
        return redirect("incident", done.pk if done is not None else found.pk)
    title, tone = INCIDENT_STATE[found.state]
    organisations = queries.organisations_of(found, viewer, request.LANGUAGE_CODE)
    context = {
        "incident": found,
        "state_title": title,
        "state_tone": tone,
        "reason": INCIDENT_REASON.get(found.reason, ""),
        "merged_into": queries.incident_by(found.merged_into_id, viewer) if found.merged_into_id else None,
        "sees_all": queries.sees_all_of(viewer),
        "entries": [telling.told(one) for one in reversed(queries.entries_of(found, viewer))],
        "organisations": [{"row": one, "part": INCIDENT_PART[one.part]} for one in organisations],
        "findings": list(queries.findings_of(found, viewer)[: MOST_SHOWN + 1]),
        "most": MOST_SHOWN,
        "tasks": queries.tasks_of(found, viewer),
        "attachments": queries.attachments_of(found, viewer),
        "now": timezone.now(),
    }
    return render(request, "incidents/incident.html", context | _file(found, viewer, organisations))


def _choices(organisations: Iterable[Involved]) -> list[tuple[str, Any]]:
    """Organisations that have to do with it, for choosing one."""
    return [(one.organisation, getattr(one, "name", one.organisation)) for one in organisations]


def _whom(organisations: list[Involved]) -> dict[str, str]:
    """For whom something is written, as one expects: whoever waits for an answer, where it is but one."""
    wait = [one.organisation for one in organisations if one.waiting]
    return {"audience": f"{forms.ONE}{wait[0]}"} if len(wait) == 1 else {}


def _file(found: Incident, viewer: Viewer, organisations: list[Involved]) -> dict[str, Any]:
    """What those see who handle incidents, facts and the forms of all that can be done; the forms of others."""
    own = _choices(organisations)
    if not queries.sees_all_of(viewer):
        may_say = viewer.may(Right.REPORT_INCIDENTS) and found.state == State.OPEN.value and bool(own)
        say = {
            "write": forms.SayForm(organisations=own),
            "attach": forms.GiveForm(organisations=own, auto_id="attach-%s"),
        }
        return {"facts": [], "may": False, "may_say": may_say, "forms": say}
    stated = telling.all_stated(queries.stated_of(found, viewer), dict(own))
    may = viewer.may(Right.CHANGE_INCIDENTS)
    if not may or found.state == State.MERGED.value:
        return {"facts": stated, "may": False}
    now_is = {name: getattr(found, name) for name in ("title", "type", "severity", "tlp", "owner")}
    special: dict[Act, dict[str, Any]] = {
        Act.CHANGE: {"hands": queries.hands()},
        Act.WRITE: {"organisations": own, "initial": _whom(organisations)},
        Act.STATE_FACT: {"organisations": own},
    }
    blank: dict[str, Form] = {
        act.name.lower(): form(auto_id=f"{act.value}-%s", **special.get(act, {})) for act, form in forms.FORMS.items()
    }
    change = forms.ChangeForm(initial=now_is, hands=queries.hands(), auto_id="change-%s")
    others = queries.open_incidents(viewer, found) if found.state == State.OPEN.value else []
    return {"facts": stated, "may": True, "forms": blank | {"change": change}, "others": others}


def _act(request: HttpRequest, found: Incident, viewer: Viewer) -> Incident | None:
    """Do what was asked for; gives the incident to look at then, None where it could not be done."""
    try:
        act = Act(request.POST.get("act", ""))
        form_of = (forms.FORMS if queries.sees_all_of(viewer) else forms.OF_AN_ORGANISATION)[act]
    except (ValueError, KeyError):
        messages.error(request, _("There is no such step."), extra_tags="bad")
        return None
    more: dict[str, Any] = {"hands": queries.hands()} if act is Act.CHANGE else {}
    if act in {Act.WRITE, Act.STATE_FACT} or form_of is forms.GiveForm:
        more = {"organisations": _choices(queries.organisations_of(found, viewer, request.LANGUAGE_CODE))}
    form = form_of(request.POST, request.FILES, **more)
    if not form.is_valid():
        wrong = [f"{form.fields[name].label}: {error}" for name, errors in form.errors.items() for error in errors]
        messages.error(request, " ".join(wrong), extra_tags="bad")
        return None
    values = {"findings" if name == "chosen" else name: value for name, value in form.cleaned_data.items()}
    if act is Act.ATTACH:
        upload = values["file"]
        values = {"file": upload.file, "name": upload.name, "organisation": values.get("organisation", "")}
    do: Callable[..., Incident] = getattr(actions, act.name.lower())
    return _tried(request, lambda: do(incident=found.pk, viewer=viewer, **values, **ground(request)))


def _tried(request: HttpRequest, do: Callable[[], Incident]) -> Incident | None:
    try:
        return do()
    except TutelaError as error:
        messages.error(request, str(error), extra_tags="bad")
        return None


@requires(Right.SEE_INCIDENTS)
def attachment(request: HttpRequest, identifier: UUID) -> HttpResponseBase:
    """A file, to be saved and never to be shown: what is in it comes from strangers."""
    found = queries.attachment_by(identifier, viewer_of(request))
    if found is None:
        raise Http404
    try:
        stream = queries.bytes_of(found)
    except FileNotFoundError as error:
        raise Http404 from error
    answer = FileResponse(stream, as_attachment=True, filename=found.name, content_type="application/octet-stream")
    answer["Content-Length"] = str(found.size)
    return answer


def card_of_organisation(request: HttpRequest, organisation: Organisation) -> str:
    """The incidents with which an organisation has to do, for its page."""
    viewer = viewer_of(request)
    if not viewer.may(Right.SEE_INCIDENTS):
        return ""
    found = queries.latest_of(organisation.global_id, viewer, MOST_ON_CARD + 1)
    context = {"found": found[:MOST_ON_CARD], "has_more": len(found) > MOST_ON_CARD, "organisation": organisation}
    return render_to_string("incidents/card.html", context, request) if found else ""
