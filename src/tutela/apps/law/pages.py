"""The pages of the law: the list, one regime with its course, and what changes on which day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tutela.apps.law import actions, columns, forms, queries, telling
from tutela.core.errors import TutelaError
from tutela.core.law.instrument import ENGLISH
from tutela.core.rights import Right
from tutela.web import filters as filtering
from tutela.web.acting import ground
from tutela.web.lists import Heading, Listing
from tutela.web.rights import requires, viewer_of
from tutela.web.words import CONFIDENCE, LAW_STATUS

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from tutela.apps.law.queries import Regime


@requires(Right.SEE_LAW)
def laws(request: HttpRequest) -> HttpResponseBase:
    """The list; it stands in memory, and is short enough for one page."""
    asked = filtering.read(columns.FILTERS, request.GET)
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
    context = {"dates": telling.dates(timezone.localdate()), "is_translated": _is_translated()}
    return render(request, "law/changes.html", context)


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


def _is_translated() -> bool:
    """Whether the page is in another language than the texts of the law are."""
    return (get_language() or ENGLISH) != ENGLISH
