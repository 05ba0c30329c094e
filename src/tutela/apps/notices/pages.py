"""The pages of notices: all of them, one as it went out, who would be told next, and the answer to a link."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from tutela.apps.findings.queries import findings_for
from tutela.apps.notices import actions, columns, queries
from tutela.apps.notices.models import Notice
from tutela.apps.notices.queries import NoticeFilter
from tutela.core.actor import Actor
from tutela.core.errors import TutelaError, WrongUse
from tutela.core.rights import Right
from tutela.web.acting import basis, ground
from tutela.web.files import as_receipt
from tutela.web.lists import List
from tutela.web.rights import requires, viewer_of
from tutela.web.words import ACT, NOTICE_STATE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


MOST_SHOWN: Final = 200


@requires(Right.SEE_NOTICES)
def notices(request: HttpRequest) -> HttpResponseBase:
    """The list."""
    viewer = viewer_of(request)

    def rows(values: Mapping[str, Any]) -> QuerySet[Notice]:
        try:
            return queries.notices_for(viewer, NoticeFilter(**values))
        except WrongUse as error:
            messages.warning(request, error.what, extra_tags="warn")
            return queries.notices_for(viewer).none()

    asked = List(columns.TABLE, columns.FILTERS, rows, first="created")
    context = {"has_mail": bool(settings.TUTELA.smtp), "may_plan": viewer.may(Right.SEE_NOTICE_PLAN)}
    return asked.answer(request, "notices/list.html", **context)


@requires(Right.SEE_NOTICES)
def notice(request: HttpRequest, identifier: UUID) -> HttpResponseBase:
    """One notice as it went out, and its findings as they are now; its file with ``format=csv``, its receipt too."""
    viewer = viewer_of(request)
    found = queries.notices_for(viewer).filter(pk=identifier).first()
    if found is None:
        raise Http404
    if request.GET.get("format") == "csv":
        answer = HttpResponse(found.rows, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="notice-{found.pk.hex[:12]}.csv"'
        return answer
    if request.GET.get("format") == "tlog-proof":
        return as_receipt(queries.receipt_of(found), f"notice-{found.pk.hex[:12]}")
    told = queries.findings_of(found)[:MOST_SHOWN]
    title, tone = NOTICE_STATE[found.state]
    context = {
        "notice": found,
        "state_title": title,
        "state_tone": tone,
        "findings": list(findings_for(viewer).filter(pk__in=told)),
        "has_more": found.findings > len(told),
        "may_send_in_clear": found.state == Notice.State.HELD and viewer.may(Right.SEND_IN_CLEAR),
        "encrypted_to": found.encrypted_to.split(),
    }
    return render(request, "notices/notice.html", context)


@requires(Right.SEND_IN_CLEAR)
def in_clear(request: HttpRequest, identifier: UUID) -> HttpResponseBase:
    """Let one that is held go out unencrypted."""
    viewer = viewer_of(request)
    found = queries.notices_for(viewer).filter(pk=identifier).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        actions.send_in_clear(notices=[found.pk], viewer=viewer, **ground(request))
    return redirect("notice", found.pk)


@requires(Right.SEE_NOTICE_PLAN)
def preview(request: HttpRequest) -> HttpResponseBase:
    """Who would be told what next, and why each other contact would not: nothing is written or sent."""
    now = timezone.now()
    below = request.GET.get("below", "").strip()[:200]
    planned: list[dict[str, Any]] = []
    problem = ""
    try:
        found = queries.preview(settings.TUTELA.home, viewer_of(request), now, below=below or None)
        planned = [
            {"name": reach.organisation.display_name, "groups": groups} for reach, groups in islice(found, MOST_SHOWN)
        ]
    except TutelaError as error:
        problem = str(error)
    context = {
        "planned": planned,
        "problem": problem,
        "below": below,
        "now": now,
        "has_more": len(planned) == MOST_SHOWN,
    }
    return render(request, "notices/preview.html", context)


@login_not_required
@never_cache
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Answer a notice by its link: what it would do is shown first, for mail programs follow links by themselves."""
    said = queries.answer_of(token, actions.ANSWER_WITHIN)
    if said is None:
        return render(request, "notices/over.html", status=404)
    found, act = said
    context: dict[str, Any] = {"notice": found, "title": ACT[act.value][0], "act": act.value}
    if request.method == "POST":
        by = Actor("contact", found.recipient)
        try:
            done = actions.answer(notice=found, act=act, now=timezone.now(), by=by, basis=basis())
        except TutelaError:  # none of its findings can take the step any more: somebody was quicker
            context["was_done"] = True
        else:
            context["done"] = done.done
    return render(request, "notices/answer.html", context)
