"""The pages of obligations: all clocks, what the law asks in an incident, and one report with its drafts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tutela.apps.incidents.queries import incident_by
from tutela.apps.law.queries import called, in_order, law_of, title_of
from tutela.apps.obligations import actions, columns, forms, queries, telling
from tutela.apps.obligations.assessment import assess, questions
from tutela.apps.obligations.queries import ObligationFilter
from tutela.apps.people.queries import token_viewer
from tutela.core.errors import TutelaError
from tutela.core.law.stating import INCIDENT, MOMENT, UNKNOWN, is_of_a_stage
from tutela.core.rights import Right
from tutela.web.acting import ground
from tutela.web.files import as_receipt
from tutela.web.lists import List
from tutela.web.rights import requires, viewer_of
from tutela.web.words import LIMIT_MODE, OBLIGATION_STATE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from tutela.apps.constituency.models import Organisation
    from tutela.apps.incidents.models import Incident
    from tutela.apps.obligations.assessment import Assessment
    from tutela.apps.obligations.models import Draft, Obligation
    from tutela.core.actor import Viewer


MOST_ON_CARD: Final = 5


@requires(Right.SEE_OBLIGATIONS)
def obligations(request: HttpRequest) -> HttpResponseBase:
    """All clocks, what is due first at the top."""
    viewer, now = viewer_of(request), timezone.now()

    def rows(values: Mapping[str, Any]) -> QuerySet[Obligation]:
        return queries.obligations_for(viewer, queries.wanted(values, now))

    asked = List(
        columns.TABLE,
        columns.FILTERS if viewer.organisations is None else [f for f in columns.FILTERS if f.name != "side"],
        rows,
        first="due",
        prepare=lambda found: queries.name(found, viewer, request.LANGUAGE_CODE),
    )
    counts = queries.counts(viewer, now)
    tiles = [
        (_("Overdue"), counts.overdue, "state=running&when=overdue"),
        (_("Within 24 hours"), counts.day, "state=running&when=day"),
        (_("Running"), counts.running, "state=running"),
        (_("Submitted"), counts.submitted, "state=submitted"),
    ]
    return asked.answer(request, "obligations/list.html", tiles=tiles, now=now)


@requires(Right.SEE_OBLIGATIONS)
def incident(request: HttpRequest, identifier: UUID) -> HttpResponseBase:
    """What the law asks of one organisation in an incident, what decides it, and its clocks."""
    viewer, now = viewer_of(request), timezone.now()
    found = incident_by(identifier, viewer)
    if found is None:
        raise Http404
    organisations = queries.organisations_in(found, viewer)
    chosen = next((one for one in organisations if one.global_id == request.GET.get("organisation")), None)
    whose = chosen or next(iter(organisations), None)
    if whose is None:
        return render(request, "obligations/nobody.html", {"incident": found})
    assessment = assess(found, whose, viewer, now)
    names = questions(assessment, viewer)[: forms.MOST_ASKED]
    only = request.POST.get("only") or request.GET.get("only", "")
    if only in assessment.stated and _may_state(only, viewer):
        names = [only]
    form = forms.QuestionsForm(request.POST if request.POST.get("act") == "answer" else None, names=names)
    if request.method == "POST" and _act(request, found, whose, assessment, form):
        return redirect(f"{reverse('incident-obligations', args=[found.pk])}?organisation={whose.global_id}")
    context = _context(found, whose, organisations, assessment, form, viewer)
    return render(request, "obligations/incident.html", context | {"only": only if names == [only] else ""})


def _context(
    found: Incident,
    whose: Organisation,
    organisations: list[Organisation],
    assessment: Assessment,
    form: forms.QuestionsForm,
    viewer: Viewer,
) -> dict[str, Any]:
    known = queries.obligations_for(viewer, ObligationFilter(incident=found.pk, organisation=whose.global_id))
    clocks = list(known.exclude(state="stopped"))
    left = list(telling.not_applying(assessment))
    told = telling.applying(assessment, clocks)
    shown = {one.obligation.pk for one in told if one.obligation}
    total = sum(1 for _name in questions(assessment, viewer))
    return {
        "incident": found,
        "organisation": whose,
        "organisations": organisations,
        "faults": assessment.faults,
        "told": told,
        "besides": [(one, title_of(one.regime, one.stage)) for one in clocks if one.pk not in shown],
        "open": telling.undetermined(assessment),
        "displaced": [one for one in left if one.before],
        "left": [one for one in left if not one.before],
        "form": form if form.fields.keys() - {"evidence"} else None,
        "more": max(0, total - forms.MOST_ASKED),
        "known": _known(assessment, viewer),
        "may_set": viewer.may(Right.SET_CLOCKS),
        "may_answer": viewer.may(Right.WRITE_SUBMISSIONS),
        "now": timezone.now(),
    }


def _known(assessment: Assessment, viewer: Viewer) -> list[dict[str, Any]]:
    """What is known: the question, the answer, the statement, and whether it can be stated anew."""
    last = {name: found[0] for name, found in assessment.stated.items()}
    return [
        {
            "name": name,
            "question": called(name),
            "value": telling.value_of(last[name].value),
            "stated": last[name],
            "may_state": _may_state(name, viewer),
        }
        for name in in_order(last)
        if last[name].value is not None
    ]


def _may_state(name: str, viewer: Viewer) -> bool:
    """Whether somebody may state this anew here; what was handed in is taken back where it was."""
    is_of_case = name.startswith((INCIDENT, MOMENT))
    return not is_of_a_stage(name) and viewer.may(Right.WRITE_SUBMISSIONS if is_of_case else Right.STATE_LAW_FACTS)


def _act(
    request: HttpRequest, found: Incident, whose: Organisation, before: Assessment, form: forms.QuestionsForm
) -> bool:
    """Do what was asked for; says whether it is done."""
    viewer, act = viewer_of(request), request.POST.get("act")
    place: dict[str, Any] = {"viewer": viewer, **ground(request)}
    if act in {"answer", "unknown"}:
        if act == "answer" and not form.is_valid():
            return False
        answers, evidence = (
            (form.answers(), form.cleaned_data["evidence"])
            if act == "answer"
            else (dict.fromkeys(form.fields.keys() & {request.POST.get("only", "")}, UNKNOWN), "")
        )
        done = _tried(
            request,
            lambda: actions.answer(
                incident=found.pk, organisation=whose.global_id, facts=answers, evidence=evidence, **place
            ),
        )
        if done:
            _tell_changes(request, before, assess(found, whose, viewer, timezone.now()))
        return done
    which: dict[str, Any] = {name: request.POST.get(name, "")[:200] for name in ("regime", "stage")}
    if act == "start":
        return _tried(request, lambda: actions.start(incident=found.pk, organisation=whose.global_id, **which, **place))
    messages.error(request, _("There is no such step."), extra_tags="bad")
    return True


def _tell_changes(request: HttpRequest, before: Assessment, after: Assessment) -> None:
    appeared, vanished = telling.changes(before, after)
    if appeared:
        messages.warning(request, _("Must be reported now too:") + " " + "; ".join(appeared), extra_tags="warn")
    if vanished:
        messages.info(request, _("Need not be reported any more:") + " " + "; ".join(vanished))
    if not appeared and not vanished:
        messages.info(request, _("Noted. It changes nothing of what must be reported."))


def _tried(request: HttpRequest, do: Callable[[], object]) -> bool:
    try:
        do()
    except TutelaError as error:
        messages.error(request, str(error), extra_tags="bad")
        return False
    return True


@requires(Right.SEE_OBLIGATIONS)
def obligation(request: HttpRequest, identifier: UUID) -> HttpResponseBase:
    """One report: its clock, its drafts, and what became of it."""
    viewer, now = viewer_of(request), timezone.now()
    found = queries.obligation_by(identifier, viewer)
    if found is None:
        raise Http404
    if request.GET.get("format") == "tlog-proof":
        return as_receipt(queries.receipt_of(found), f"{found.regime}.{found.stage}")
    drafts = queries.drafts_of(found, viewer)
    asked = request.POST.get("act")
    draft = forms.DraftForm(
        request.POST if asked == "draft" else None, points=found.content, initial=_begun(found, drafts, viewer)
    )
    proof = forms.SubmitForm(request.POST if asked == "submit" else None, initial={"at": timezone.localtime(now)})
    reason = forms.ReasonForm(request.POST if asked in {"stop", "take-back"} else None)
    if request.method == "POST" and _done(request, found, draft, proof, reason):
        return redirect("obligation", found.pk)
    case = incident_by(found.incident, viewer)
    if case is None:
        raise Http404
    whose = next((o for o in queries.organisations_in(case, viewer) if o.global_id == found.organisation), None)
    context = {
        "incident": case,
        "organisation": whose,
        "drafts": [(one, one.answers) for one in drafts],
        "last": drafts[0] if drafts else None,
        "forms": {"draft": draft, "submit": proof, "reason": reason},
        **_clock(found, case, whose, viewer),
        **_may(viewer, found, drafts),
    }
    return render(request, "obligations/obligation.html", context)


def _clock(found: Obligation, case: Incident, whose: Organisation | None, viewer: Viewer) -> dict[str, Any]:
    """What is told of the clock, and whether the law has it otherwise by what is known now."""
    row = assess(case, whose, viewer, timezone.now()).row(found.regime, found.stage) if whose else None
    # people of an organisation see their own facts alone: of what they do not see nothing follows
    runs = found.state == "running" and row is not None and viewer.organisations is None
    title, tone = OBLIGATION_STATE[found.standing]
    return {
        "obligation": found,
        "title": title_of(found.regime, found.stage),
        "law": law_of(found.regime),
        "mode": LIMIT_MODE[found.mode],
        "waits": called(f"{MOMENT}{found.waits_for}") if found.waits_for else "",
        "state_title": title,
        "state_tone": tone,
        "reasons": telling.reasons(found.because),
        "row": row,
        "is_moved": runs and row is not None and row.applies and row.due != found.due,
        "is_gone": runs and row is not None and not row.applies,
        "must_be_approved": queries.must_be_approved(found),
        "is_received": queries.is_received(found) and viewer.organisations is not None,
    }


def _may(viewer: Viewer, found: Obligation, drafts: list[Draft]) -> dict[str, bool]:
    is_another = bool(drafts) and drafts[0].author.casefold() != viewer.actor.name.casefold()
    return {
        "may_set": viewer.may(Right.SET_CLOCKS),
        "may_write": viewer.may(Right.WRITE_SUBMISSIONS),
        "may_take_back": viewer.may(Right.SET_CLOCKS if found.here else Right.WRITE_SUBMISSIONS),
        "may_approve": viewer.may(Right.APPROVE_SUBMISSIONS) and is_another,
    }


def _begun(found: Obligation, drafts: list[Draft], viewer: Viewer) -> dict[str, str]:
    """Where a draft begins: with its last version, else with what is known of the incident."""
    if drafts:
        texts = dict(drafts[0].answers)
        now = {f"text-{place}": texts.get(point, "") for place, point in enumerate(found.content or [""])}
        return now | {"remarks": drafts[0].remarks}
    return {"remarks": queries.summary(found, viewer)}


def _done(
    request: HttpRequest,
    found: Obligation,
    draft: forms.DraftForm,
    proof: forms.SubmitForm,
    reason: forms.ReasonForm,
) -> bool:
    place: dict[str, Any] = {"obligation": found.pk, "viewer": viewer_of(request), **ground(request)}
    steps: dict[str, tuple[Any, Callable[[], object]]] = {
        "draft": (
            draft,
            lambda: actions.write_draft(texts=draft.texts(), remarks=draft.cleaned_data["remarks"], **place),
        ),
        "submit": (proof, lambda: actions.submit(**proof.cleaned_data, **place)),
        "hand-in": (None, lambda: actions.submit(at=timezone.now(), proof="", here=True, **place)),
        "approve": (None, lambda: actions.approve(number=_number(request.POST.get("number", "")), **place)),
        "set": (None, lambda: actions.set_anew(**place)),
        "stop": (reason, lambda: actions.stop(**reason.cleaned_data, **place)),
        "take-back": (reason, lambda: actions.take_back(**reason.cleaned_data, **place)),
    }
    form, do = steps.get(request.POST.get("act", ""), (None, None))
    if do is None:
        messages.error(request, _("There is no such step."), extra_tags="bad")
        return True
    if form is not None and not form.is_valid():
        return False
    return _tried(request, do)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004 - no draft has more


@requires(Right.SEE_OBLIGATIONS)
def report(request: HttpRequest, identifier: UUID) -> HttpResponseBase:
    """The last version of a report, to be printed (as PDF too); ``format=json`` for programs, ``txt`` for receipts."""
    viewer = viewer_of(request)
    found = queries.obligation_by(identifier, viewer)
    if found is None:
        raise Http404
    drafts = queries.drafts_of(found, viewer)
    if not drafts:
        raise Http404
    told = queries.exported(found, drafts[0], viewer)
    if request.GET.get("format") == "txt":
        answer = HttpResponse(queries.content_of(drafts[0]), content_type="text/plain; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{found.regime}.{found.stage}.{drafts[0].number}.txt"'
        return answer
    if request.GET.get("format") == "json":
        answer = JsonResponse(told, json_dumps_params={"ensure_ascii": False, "indent": 1})
        name = f"{found.regime}.{found.stage}.{drafts[0].number}.json"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer
    context = {
        "obligation": found,
        "draft": drafts[0],
        "told": told,
        "title": title_of(found.regime, found.stage),
        "due_there": queries.in_its_zone(found),
    }
    return render(request, "obligations/report.html", context)


@login_not_required
@require_safe
@never_cache
def calendar(request: HttpRequest, secret: str) -> HttpResponse:
    """What runs and is due, as a calendar (RFC 5545) for whoever holds a token that may see obligations and no more."""
    now = timezone.now()
    viewer = token_viewer(secret, now)
    if viewer is None or viewer.scopes != frozenset({Right.SEE_OBLIGATIONS}):
        raise Http404
    base = request.build_absolute_uri("/").rstrip("/")
    content = queries.calendar(viewer, now, base)
    answer = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="tutela.ics"'
    return answer


def card_of_organisation(request: HttpRequest, organisation: Organisation) -> str:
    """What an organisation still has to report, for its page."""
    viewer = viewer_of(request)
    if not viewer.may(Right.SEE_OBLIGATIONS):
        return ""
    found = queries.running_of(organisation.global_id, viewer, MOST_ON_CARD + 1)
    context = {"found": found[:MOST_ON_CARD], "has_more": len(found) > MOST_ON_CARD, "organisation": organisation}
    return render_to_string("obligations/card.html", context, request) if found else ""
