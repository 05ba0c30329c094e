"""What stands around every page: where one can go, and who is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from tutela.apps.people.forms import LISTS
from tutela.apps.people.queries import views_for
from tutela.core.rights import Right, Role
from tutela.web.filters import without

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

    from tutela.apps.people.models import User


class Place(NamedTuple):
    """An entry of the navigation."""

    title: _StrPromise
    url_name: str
    icon: str
    right: Right


NAVIGATION: tuple[tuple[_StrPromise, tuple[Place, ...]], ...] = (
    (
        _("Work"),
        (
            Place(_("Situation"), "situation", "situation", Right.SEE_SITUATION),
            Place(_("Findings"), "findings", "finding", Right.SEE_FINDINGS),
            Place(_("Incidents"), "incidents", "incident", Right.SEE_INCIDENTS),
            Place(_("Obligations"), "obligations", "clock", Right.SEE_OBLIGATIONS),
            Place(_("Organisations"), "organisations", "organisation", Right.SEE_ORGANISATIONS),
            Place(_("Laws"), "laws", "law", Right.SEE_LAW),
            Place(_("Notices"), "notices", "notice", Right.SEE_NOTICES),
            Place(_("Correspondence"), "correspondence", "note", Right.SEE_CORRESPONDENCE),
        ),
    ),
    (
        _("House"),
        (
            Place(_("Feeds"), "feeds", "feed", Right.SEE_FEEDS),
            Place(_("Ledger"), "ledger", "ledger", Right.SEE_LEDGER),
            Place(_("People"), "people", "people", Right.SEE_PEOPLE),
        ),
    ),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context that `web/base.html` needs: navigation, version, viewer."""
    viewer = getattr(request, "viewer", None)
    return {
        "navigation": _navigation(request) if viewer else [],
        "version": settings.VERSION,
        "viewer": viewer,
        "saved": SimpleLazyObject(lambda: _saved(request)) if viewer else None,
    }


def _saved(request: HttpRequest) -> dict[str, Any]:
    """What a list needs to offer the views that were saved of it: asked for where one is shown, and nowhere else."""
    match = request.resolver_match
    place = match.url_name if match and match.url_name in LISTS else ""
    user: User = request.user  # type: ignore[assignment]  # whoever has a viewer is one
    views = views_for(user, place) if place else []
    question = without(request.GET, "format")
    return {
        "place": place,
        "question": question,
        "views": [(view, view.question == question, view.user_id == user.pk) for view in views],
        "may_share": Role(user.role).is_of_authority,
    }


def _navigation(request: HttpRequest) -> list[dict[str, Any]]:
    groups = []
    for title, places in NAVIGATION:
        items = [_item(place, request) for place in places if request.viewer.may(place.right)]  # type: ignore[attr-defined]
        if items:
            groups.append({"title": title, "items": items})
    return groups


def _item(place: Place, request: HttpRequest) -> dict[str, Any]:
    try:
        url = reverse(place.url_name)
    except NoReverseMatch:
        url = ""
    current = request.path == url or (url != "/" and bool(url) and request.path.startswith(url))
    return {"label": place.title, "url": url, "icon": place.icon, "current": current}
