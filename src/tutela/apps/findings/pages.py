"""The pages of findings: the list, and one finding with all that is known of it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tutela.apps.constituency import queries as constituency
from tutela.apps.findings import actions, columns, queries
from tutela.apps.findings.forms import StepForm
from tutela.apps.findings.queries import RIGHT_TO, FindingFilter
from tutela.core.errors import TutelaError, WrongUse
from tutela.core.findings.deadline import due
from tutela.core.findings.life import Act, Need, transition
from tutela.core.rights import Right
from tutela.web.acting import ground
from tutela.web.files import as_receipt, as_statement
from tutela.web.lists import List
from tutela.web.rights import requires, viewer_of
from tutela.web.words import ACT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from tutela.apps.constituency.models import Organisation
    from tutela.apps.findings.models import Finding

MOST_CHOSEN = 1000


MOST_ON_CARD: Final = 5


@requires(Right.SEE_FINDINGS)
def findings(request: HttpRequest) -> HttpResponseBase:
    """The list."""
    viewer = viewer_of(request)
    choices = queries.choices(viewer)
    wanted = columns.filters(choices.sectors, choices.feeds, choices.types)

    def rows(values: Mapping[str, Any]) -> QuerySet[Finding]:
        try:
            return queries.findings_for(viewer, FindingFilter(**values))
        except WrongUse as error:  # nobody of this name is in their care: the other filters stay as they are
            messages.warning(request, error.what, extra_tags="warn")
            return queries.findings_for(viewer).none()

    def prepare(found: Sequence[Finding]) -> None:
        queries.name_organisations(found, request.LANGUAGE_CODE)

    acts = [_button(act) for act in RIGHT_TO if viewer.may(RIGHT_TO[act])]
    asked = List(columns.TABLE, wanted, rows, first="severity", prepare=prepare)
    return asked.answer(
        request,
        "findings/list.html",
        acts=acts,
        back=request.GET.urlencode(),
        may_open_incidents=viewer.may(Right.CHANGE_INCIDENTS),
    )


@requires(Right.SEE_FINDINGS)
def finding(request: HttpRequest, identifier: UUID) -> HttpResponseBase:
    """One finding."""
    viewer = viewer_of(request)
    found = queries.findings_for(viewer).filter(pk=identifier).first()
    if found is None:
        raise Http404
    owners = constituency.organisations_for(viewer).filter(global_id=found.organisation)
    if request.method == "POST":
        _act(request, [found.pk])
        return redirect("finding", found.pk)
    if request.GET.keys() & {"receipt", "statement"}:
        return _proof(request, found)
    context = {
        "finding": found,
        "due": due(found.first_seen, found.severity),
        "acts": [_button(act) for act in queries.possible_acts(found, viewer)],
        "steps": queries.life_of(found),
        "outlook": queries.outlook(found),
        "is_open": found.state in queries.OPEN_STATES,
        "now": timezone.now(),
        "may_see_feeds": viewer.may(Right.SEE_FEEDS),
        "may_see_incidents": viewer.may(Right.SEE_INCIDENTS),
        "condition": columns.condition(found),
        "organisation": owners.first(),
        "events": [_line(event) for event in queries.events_of(found, viewer)],
    }
    return render(request, "findings/finding.html", context)


def _proof(request: HttpRequest, found: Finding) -> HttpResponseBase:
    """The receipt of one of its steps, or what that is about; the parameter is the number of the entry."""
    is_receipt = "receipt" in request.GET
    number = request.GET["receipt" if is_receipt else "statement"]
    step = queries.step_of(found, int(number)) if re.fullmatch("[0-9]{1,18}", number) else None
    if step is None:
        raise Http404
    name = f"finding-{found.pk.hex[:12]}-{step.act}"
    if is_receipt:
        return as_receipt(queries.receipt_of(step), name)
    return as_statement(queries.statement_of(step).text(), name)


@requires(Right.SEE_FINDINGS)
@require_POST
def many(request: HttpRequest) -> HttpResponseBase:
    """One step with all findings that were chosen in the list."""
    chosen = [UUID(text) for text in request.POST.getlist("chosen")[:MOST_CHOSEN] if _is_identifier(text)]
    if chosen:
        _act(request, chosen)
    else:
        messages.warning(request, _("Choose some findings first."), extra_tags="warn")
    back = request.POST.get("back", "")
    return redirect(f"{reverse('findings')}?{back}" if back else reverse("findings"))


def _act(request: HttpRequest, chosen: list[UUID]) -> None:
    """Take the step that the form asks for, and say how it went."""
    form = StepForm(request.POST)
    if not form.is_valid():
        wrong = " ".join(f"{error}" for errors in form.errors.values() for error in errors)
        messages.error(request, wrong, extra_tags="bad")
        return
    try:
        done = actions.perform(findings=chosen, viewer=viewer_of(request), **form.cleaned_data, **ground(request))
    except TutelaError as error:
        messages.error(request, str(error), extra_tags="bad")
        return
    said = ngettext("%(count)s finding took the step.", "%(count)s findings took the step.", done.done)
    left = ngettext(" For %(count)s it was not possible.", " For %(count)s it was not possible.", done.skipped)
    text = said % {"count": done.done} + (left % {"count": done.skipped} if done.skipped else "")
    messages.success(request, text, extra_tags="good")


def _button(act: Act) -> dict[str, Any]:
    """A step as the page offers it; one that needs a reason opens a form."""
    needs = transition(act).needs
    return {"act": act.value, "title": ACT[act.value][0], "reason": Need.REASON in needs, "end": Need.END in needs}


def _is_identifier(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _line(event: dict[str, Any]) -> dict[str, Any]:
    """An event as the page shows it; names of IDF have dots, which templates cannot follow."""
    time = event.get("time.source") or event.get("time.observation")
    source = next(filter(None, (event.get(name) for name in ("source.ip", "source.fqdn", "source.url"))), "–")
    port = event.get("source.port")
    said = (event.get(name) for name in ("event_description.text", "malware.name", "classification.identifier"))
    return {
        "time": datetime.fromisoformat(time) if time else None,
        "source": f"{source} : {port}" if port else source,
        "what": " · ".join(dict.fromkeys(filter(None, said))),
        "report": event["report"],
        "row": event["row"],
        "attribution": event["attribution"],
        "snapshot": event["snapshot"],
    }


def card_of_organisation(request: HttpRequest, organisation: Organisation) -> str:
    """The worst of what is open at an organisation, for its page."""
    viewer = viewer_of(request)
    if not viewer.may(Right.SEE_FINDINGS):
        return ""
    found = queries.worst_of(organisation.global_id, viewer, MOST_ON_CARD + 1)
    context = {"found": found[:MOST_ON_CARD], "has_more": len(found) > MOST_ON_CARD, "organisation": organisation}
    return render_to_string("findings/card.html", context, request) if found else ""
