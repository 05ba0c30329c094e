"""The pages of organisations: the list, and one organisation with what it holds, whom to tell and what it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from tutela.apps.constituency import actions, columns, forms, queries
from tutela.core.actor import Actor
from tutela.core.errors import TutelaError, WrongUse
from tutela.core.rights import Right
from tutela.web.acting import basis, ground
from tutela.web.lists import List
from tutela.web.rights import requires, viewer_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from tutela.apps.constituency.models import Contact, Organisation

MOST_HOLDINGS = 200


@requires(Right.SEE_ORGANISATIONS)
def organisations(request: HttpRequest) -> HttpResponseBase:
    """The list, from the top down."""
    viewer = viewer_of(request)
    wanted = columns.filters(*queries.values_of(viewer))

    def rows(values: Mapping[str, Any]) -> QuerySet[Organisation]:
        return queries.organisations_like(viewer, values)

    return List(columns.TABLE, wanted, rows, first="place").answer(request, "constituency/list.html")


@requires(Right.SEE_ORGANISATIONS)
def organisation(request: HttpRequest, identifier: UUID) -> HttpResponseBase:
    """One organisation."""
    viewer = viewer_of(request)
    found = queries.organisation_by(identifier, viewer)
    if found is None:
        raise Http404
    holdings = list(
        queries.holdings_for(
            viewer,
            queries.HoldingFilter(organisation=found.global_id, current=timezone.now()),
            limit=MOST_HOLDINGS + 1,
        )
    )
    contacts = list(queries.contacts_of(found))
    context = {
        "organisation": found,
        "above": queries.above(found, viewer),
        "below": list(queries.organisations_for(viewer).filter(parent=found)[:MOST_HOLDINGS]),
        "holdings": holdings[:MOST_HOLDINGS],
        "has_more_holdings": len(holdings) > MOST_HOLDINGS,
        "contacts": _with_certificates(contacts),
        "may_change_certificates": viewer.may(Right.CHANGE_CERTIFICATES),
        "services": list(queries.services_of(found)),
        "identifiers": list(found.identifiers.order_by("scheme")),
    }
    return render(request, "constituency/organisation.html", context)


def _with_certificates(contacts: Iterable[Contact]) -> list[dict[str, Any]]:
    """Contacts, each with how its certificates stand, and whether mail to it comes back."""
    contacts = list(contacts)
    standing = queries.certificates_of(contacts, timezone.now())
    known, over = queries.mailboxes(contacts), timezone.now() - queries.CONFIRM_WITHIN
    return [
        {
            "row": one,
            "certificates": standing[one.pk],
            "mailbox": (mailbox := known.get(one.email.lower())),
            "is_silent": mailbox is not None and mailbox.is_silent(over),
        }
        for one in contacts
    ]


@login_not_required
@never_cache
def confirm(request: HttpRequest, token: str) -> HttpResponseBase:
    """Confirm by the link in a mail; what it would do is shown first, for mail programs follow links by themselves."""
    found = queries.asked_by(token, queries.CONFIRM_WITHIN)
    if found is None or found.asking is None:
        return render(request, "constituency/over.html", status=404)
    is_done = request.method == "POST"
    if is_done:
        by = Actor("contact", found.address)
        actions.confirm_contact(asking=found.asking, now=timezone.now(), by=by, basis=basis())
    return render(request, "constituency/confirm.html", {"is_done": is_done})


@sensitive_post_parameters("text")  # somebody may paste a private key
@requires(Right.CHANGE_CERTIFICATES)
def certificates(request: HttpRequest, identifier: UUID) -> HttpResponseBase:
    """To which certificates mail to the contacts of an organisation is encrypted; one is given, or taken away.

    What was refused is not shown again: it may be a secret.
    """
    found = queries.organisation_by(identifier, viewer_of(request))
    if found is None:
        raise Http404
    contacts = list(queries.contacts_of(found))
    if request.method == "POST":
        try:
            _change(request, found, contacts)
        except TutelaError as error:
            messages.error(request, str(error), extra_tags="bad")
        return redirect("certificates", found.pk)
    context = {
        "organisation": found,
        "form": forms.CertificateForm(contacts=contacts),
        "contacts": _with_certificates(contacts),
    }
    return render(request, "constituency/certificates.html", context)


def _change(request: HttpRequest, organisation: Organisation, contacts: list[Contact]) -> None:
    """Keep the certificate that was given, or take away the one that was named; raises TutelaError."""
    viewer = viewer_of(request)
    keep, drop = forms.CertificateForm(request.POST, contacts=contacts), forms.DropForm(request.POST)
    if drop.is_valid():
        actions.drop_certificate(organisation=organisation, viewer=viewer, **drop.cleaned_data, **ground(request))
    elif not keep.is_valid():
        wrong = [f"{keep.fields[name].label}: {error}" for name, errors in keep.errors.items() for error in errors]
        raise WrongUse(" ".join(wrong))
    else:
        done = actions.keep_certificate(
            organisation=organisation, viewer=viewer, **keep.cleaned_data, **ground(request)
        )
        told = _("Kept: %(fingerprint)s") % {"fingerprint": done.certificate.readable}
        messages.success(request, told)
        if done.warning:
            told = _("Look at it: the certificate %(warning)s.") % {"warning": done.warning}
            messages.warning(request, told, extra_tags="warn")
