"""The pages of the law: all regimes, one with its course, what changes when, and what binds an organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from tutela.apps.constituency.queries import organisation_by
from tutela.apps.law import actions, columns, forms, queries, telling
from tutela.core.errors import TutelaError
from tutela.core.law.binding import questions
from tutela.core.law.instrument import ENGLISH
from tutela.core.law.stating import COUNTRY, ORGANISATION, statable
from tutela.core.rights import Right
from tutela.web import filters as filtering
from tutela.web.acting import ground
from tutela.web.lists import Heading, Listing
from tutela.web.rights import requires, viewer_of
from tutela.web.words import CONFIDENCE, LAW_STATUS

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from tutela.apps.constituency.models import Organisation
    from tutela.apps.law.queries import Regime

MOST_ASKED: Final = 8
"""Questions that are asked at once; the others are behind a fold."""


@requires(Right.SEE_LAW)
def laws(request: HttpRequest) -> HttpResponseBase:
    """The list; it stands in memory, and is short enough for one page."""
    asked = filtering.read(columns.filters(queries.jurisdictions()), request.GET)
    rows = columns.chosen(queries.regimes(timezone.localdate()), asked.values)
    if request.GET.get("format") == "csv" and not asked.errors:
        answer = StreamingHttpResponse(columns.TABLE.csv(rows), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{columns.TABLE.name}.csv"'
        return answer
    listing = Listing(
        filters=asked,
        headings=[Heading(column, "", "") for column in columns.TABLE.columns],
        lines=columns.TABLE.lines(rows),
        next="",
        previous="",
        csv=filtering.without(request.GET, format="csv"),
        problem="",
    )
    return render(request, "law/list.html", {"list": listing})


@requires(Right.SEE_LAW)
def changes(request: HttpRequest) -> HttpResponseBase:
    """What changes on which day."""
    return render(request, "law/changes.html", {"dates": telling.dates(timezone.localdate())})


@requires(Right.SEE_LAW)
def law(request: HttpRequest, identifier: str) -> HttpResponseBase:
    """One regime; a legal officer confirms here what nobody had read in the law."""
    viewer = viewer_of(request)
    found = queries.regime_by(identifier, timezone.localdate())
    if found is None:
        raise Http404
    if request.method == "POST":
        _confirm(request, found)
        return redirect("law", identifier)
    context = {
        "may_confirm": viewer.may(Right.CONFIRM_LAW),
        "form": forms.ConfirmForm(auto_id=False),
        "dates": telling.dates(timezone.localdate(), [identifier]),
        "is_translated": _is_translated(),
        **_told(found),
    }
    return render(request, "law/law.html", context)


def _told(found: Regime) -> dict[str, Any]:
    """A regime as its page shows it."""
    compiled = found.compiled
    instrument = compiled.instrument
    status, tone = LAW_STATUS[instrument.status]
    return {
        "regime": found,
        "law": instrument,
        "rule": compiled.rule,
        "rule_title": queries.said(compiled.rule.title),
        "lender": compiled.lender if compiled.lender is not instrument else None,
        "lender_name": queries.said(compiled.lender.instrument),
        "status": status,
        "tone": tone,
        "confidence": CONFIDENCE[found.confidence],
        "who": telling.sourced(instrument.who),
        "trigger": telling.sourced(instrument.trigger),
        "validity": telling.sourced(instrument.validity),
        "stages": [telling.stage(one, compiled) for one in compiled.stages if not one.duty],
        "duties": [telling.stage(one, compiled) for one in compiled.stages if one.duty],
        "drawing": telling.drawing(compiled),
        "yields_to": [{"rule": rule, "name": queries.law_of(rule.regime)} for rule, _when in compiled.yields_to],
        "goes_before": [
            {"id": one.id, "name": queries.law_of(one.id), "text": rule.text}
            for one in queries.yielding_to(compiled.id)
            for rule, _when in one.yields_to
            if rule.regime == compiled.id
        ],
        "parts": telling.parts(compiled),
        "versions": telling.versions(compiled.id),
        "asks": telling.asks(compiled),
    }


def _confirm(request: HttpRequest, found: Regime) -> None:
    form = forms.ConfirmForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say where you read it."), extra_tags="bad")
        return
    try:
        actions.confirm(regime=found.compiled.id, viewer=viewer_of(request), **form.cleaned_data, **ground(request))
    except TutelaError as error:
        messages.error(request, str(error), extra_tags="bad")
    else:
        messages.success(request, _("Confirmed. It stands in the ledger."), extra_tags="good")


@requires(Right.SEE_LAW)
def organisation_law(request: HttpRequest, identifier: UUID) -> HttpResponseBase:
    """What binds an organisation today and why; questions are answered here, and what was stated is shown."""
    viewer = viewer_of(request)
    found = organisation_by(identifier, viewer)
    if found is None:
        raise Http404
    if request.method == "POST" and _state(request, found):
        return redirect("organisation-law", found.pk)
    now = timezone.now()
    bindings = queries.bound_of(found, viewer, now)
    asked = [telling.question(one, request.POST.get(one.name, "")) for one in questions(bindings)]
    country = queries.profile(found, viewer).get(COUNTRY, "")
    if not country:  # whose law is near hangs on it
        asked.insert(0, telling.place(COUNTRY, request.POST.get(COUNTRY, "")))
    stated = queries.statements_of(found, viewer)
    context = {
        "organisation": found,
        "groups": telling.grouped(bindings, queries.confirmed()),
        "asked": asked[:MOST_ASKED],
        "asked_later": asked[MOST_ASKED:],
        "asked_later_count": len(asked[MOST_ASKED:]),
        "evidence": request.POST.get("evidence", ""),
        "dates": telling.dates(timezone.localdate(), [one.compiled.id for one in bindings if telling.concerns(one)]),
        "stated": [[telling.statement(one) for one in stated[name]] for name in queries.in_order(stated)],
        "country": country,
        "may_state": viewer.may(Right.STATE_LAW_FACTS),
        "form": forms.StatementForm(auto_id="state-%s"),
        "is_translated": _is_translated(),
    }
    return render(request, "law/organisation.html", context)


def _state(request: HttpRequest, organisation: Organisation) -> bool:
    """State what was answered; says on the page what came of it, and gives whether it was taken."""
    form: forms.StatementForm | forms.AnswersForm = forms.StatementForm(request.POST)
    if "name" not in request.POST:
        known = [COUNTRY, *(one.name for one in statable(queries.library(), ORGANISATION))]
        form = forms.AnswersForm(request.POST, names=[name for name in known if name in request.POST])
    if not form.is_valid() or not form.facts:
        messages.error(request, _("Nothing was answered."), extra_tags="bad")
        return False
    given = {"facts": form.facts, "evidence": form.cleaned_data["evidence"]}
    try:
        new = actions.state(organisation=organisation.global_id, viewer=viewer_of(request), **given, **ground(request))
    except TutelaError as error:
        messages.error(request, str(error), extra_tags="bad")
        return False
    told = ngettext("%(count)s fact was stated.", "%(count)s facts were stated.", len(new)) % {"count": len(new)}
    messages.success(request, told, extra_tags="good")
    return True


def _is_translated() -> bool:
    """Whether the page is in another language than the texts of the law are."""
    return (get_language() or ENGLISH) != ENGLISH
