"""The pages of people: all of them, one of them, oneself, and the link with which one sets a password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from allauth.account.views import password_change
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from tutela.apps.people import actions, queries
from tutela.apps.people.forms import LISTS, PersonForm, PlaceForm, PreferencesForm, TokenForm, ViewForm, WelcomeForm
from tutela.core.actor import Actor
from tutela.core.errors import TutelaError
from tutela.core.rights import RIGHTS, Right, Role
from tutela.web.acting import basis, ground
from tutela.web.rights import requires, viewer_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from tutela.apps.people.models import User


@requires(Right.SEE_PEOPLE)
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who may sign in, or could."""
    viewer = viewer_of(request)
    context = {"people": queries.people_for(viewer), "may_change": viewer.may(Right.CHANGE_PEOPLE)}
    return render(request, "people/list.html", context)


@requires(Right.CHANGE_PEOPLE)
def add(request: HttpRequest) -> HttpResponse:
    """Write a person down."""
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = actions.add_person(**form.cleaned_data, **ground(request))
        except TutelaError as error:
            form.add_error(None, str(error))
        else:
            return redirect("person", person.pk)
    return render(request, "people/add.html", {"form": form})


@requires(Right.SEE_PEOPLE)
@never_cache
def person(request: HttpRequest, identifier: UUID) -> HttpResponse:
    """One person; who may, changes their role, lets them in or keeps them out."""
    viewer = viewer_of(request)
    found = queries.person_by(identifier, viewer)
    if found is None:
        raise Http404
    may_change = viewer.may(Right.CHANGE_PEOPLE)
    form = PlaceForm(request.POST if request.POST.get("do") == "place" else None, initial=_place(found))
    link = ""
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        try:
            link = _change(request, found, form)
        except TutelaError as error:
            messages.error(request, str(error))
        if not link and not form.errors:
            return redirect("person", found.pk)
    context = {"person": found, "form": form, "may_change": may_change, "link": link}
    return render(request, "people/person.html", context | _access(found))


def _place(found: User) -> dict[str, str]:
    return {"role": found.role, "organisations": " ".join(one.organisation for one in found.memberships.all())}


_FACTOR_TITLES: Final = {
    "totp": gettext_lazy("authenticator app"),
    "webauthn": gettext_lazy("passkey"),
    "recovery_codes": gettext_lazy("recovery codes"),
}


def _access(found: User) -> dict[str, Any]:
    """How somebody comes in: what both the page of a person and that of oneself show."""
    return {
        "factors": {_FACTOR_TITLES.get(kind, kind): count for kind, count in queries.factors_of(found).items()},
        "sessions": queries.sessions_of(found),
        "tokens": queries.tokens_of(found),
        "now": timezone.now(),
    }


def _change(request: HttpRequest, found: User, form: PlaceForm) -> str:
    """Do what a button of the page says; the link where one was made."""
    wanted = request.POST.get("do")
    if wanted == "place" and form.is_valid():
        actions.change_role(user=found, **form.cleaned_data, **ground(request))
    elif wanted == "invite":
        secret = actions.invite(user=found, **ground(request))
        return request.build_absolute_uri(reverse("welcome", args=[secret]))
    elif wanted == "deactivate":
        actions.deactivate(user=found, **ground(request))
    elif wanted == "reactivate":
        actions.reactivate(user=found, **ground(request))
    else:
        _take_away(request, found)
    return ""


def _take_away(request: HttpRequest, whose: User) -> None:
    """End a session or revoke a token of this person, and of nobody else."""
    wanted, which = request.POST.get("do"), request.POST.get("which", "")
    if wanted == "end-session":
        session = next((one for one in queries.sessions_of(whose) if str(one.pk) == which), None)
        if session is None:
            raise Http404
        actions.end_session(session=session, **ground(request))
        messages.success(request, _("The session has ended."))
    elif wanted == "revoke-token":
        token = next((one for one in queries.tokens_of(whose) if str(one.pk) == which and not one.revoked), None)
        if token is None:
            raise Http404
        actions.revoke_token(token=token, **ground(request))
        messages.success(request, _("The token holds no longer."))


@never_cache
def me(request: HttpRequest) -> HttpResponse:
    """My account: how I am called, how pages are shown to me, my factors, sessions and tokens."""
    user: User = request.user  # type: ignore[assignment]  # the middleware lets nobody else come here
    rights = [right for right in RIGHTS if Role(user.role) in RIGHTS[right]]
    wanted = request.POST.get("do")
    shown = {"name": user.name, "language": user.language, "time_zone": user.time_zone}
    preferences = PreferencesForm(request.POST if wanted == "preferences" else None, initial=shown)
    form = TokenForm(request.POST if wanted == "token" else None, rights=rights)
    secret = ""
    if wanted == "preferences" and preferences.is_valid():
        actions.set_preferences(user=user, **preferences.cleaned_data, **ground(request))
        return redirect("me")
    if wanted == "token" and form.is_valid():
        given = form.cleaned_data
        secret = actions.issue_token(
            user=user, name=given["name"], scopes=given["scopes"], holds=given["days"], **ground(request)
        )
    elif wanted in {"end-session", "revoke-token"}:
        _take_away(request, user)
        return redirect("me")
    context = {"preferences": preferences, "form": form, "secret": secret}
    return render(request, "people/me.html", context | _access(user))


@require_POST
def views(request: HttpRequest) -> HttpResponse:
    """Keep a list as it is asked for, under a name; or take such a view away. Then back to the list."""
    user: User = request.user  # type: ignore[assignment]  # the middleware lets nobody else come here
    form = ViewForm(request.POST)
    try:
        if request.POST.get("do") == "delete":
            place = actions.delete_view(user=user, view=_identifier(request.POST.get("which", "")), **ground(request))
            return redirect(reverse(place))
        if form.is_valid():
            view = actions.save_view(user=user, **form.cleaned_data, **ground(request))
            return redirect(f"{reverse(view.place)}?{view.question}")
        messages.error(request, _("A view needs a name of up to 80 characters."), extra_tags="bad")
    except TutelaError as error:
        messages.error(request, str(error), extra_tags="bad")
    place = form.data.get("place", "")
    return redirect(reverse(place) if place in LISTS else "/")


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


@never_cache
def password(request: HttpRequest) -> HttpResponseBase:
    """Change my password; who signs in elsewhere alone has none here."""
    user: User = request.user  # type: ignore[assignment]  # as above
    if not user.has_usable_password():
        raise Http404
    answer: HttpResponseBase = password_change(request)
    return answer


@login_not_required
def absent(request: HttpRequest) -> HttpResponse:
    """A page of allauth's that it must be able to name, and that is not here."""
    raise Http404(request.path)


@login_not_required
@never_cache
@sensitive_post_parameters()
def welcome(request: HttpRequest, secret: str) -> HttpResponse:
    """Set the first password, with a link that was given out once."""
    now = timezone.now()
    invitation = queries.invitation_by(secret, now)
    if invitation is None:
        return render(request, "people/over.html", status=404)
    form = WelcomeForm(invitation.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        by = Actor("person", invitation.user.email)
        password = form.cleaned_data["new_password1"]
        try:
            actions.accept_invitation(invitation=invitation, password=password, now=now, by=by, basis=basis())
        except TutelaError:
            return render(request, "people/over.html", status=404)
        messages.success(request, _("Your password is set. Sign in with it."))
        return redirect("account_login")
    return render(request, "people/welcome.html", {"form": form, "person": invitation.user})
