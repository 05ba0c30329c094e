"""The page of the ledger: what was done, by whom, on what legal ground; and its proof."""

from __future__ import annotations

import re
from functools import wraps
from itertools import islice
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from tutela.apps.ledger import queries
from tutela.core.rights import Right
from tutela.web.files import as_receipt
from tutela.web.filters import without
from tutela.web.rights import requires, viewer_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

SIZE: Final = 50
_LONGEST: Final = 100


@requires(Right.SEE_LEDGER)
def ledger(request: HttpRequest) -> HttpResponse:
    """The latest entries first; the receipt of one of them with ``receipt=NUMBER``."""
    if "receipt" in request.GET:
        number = _number(request.GET["receipt"])
        return as_receipt(queries.receipt_or_nothing(number), f"entry-{number}")
    action = request.GET.get("action", "")[:_LONGEST]
    last = _number(request.GET.get("before", ""))
    found = list(islice(queries.entries_for(viewer_of(request), limit=SIZE + 1, before=last, action=action), SIZE + 1))
    entries = found[:SIZE]
    more = without(request.GET, before=str(entries[-1]["seq"])) if len(found) > SIZE else ""
    return render(
        request, "ledger/list.html", {"entries": entries, "more": more, "action": action, "size": queries.size()}
    )


def _number(text: str) -> int | None:
    """The number of an entry in an address; None where it is none of 64 bits."""
    return int(text) if re.fullmatch("[0-9]{1,18}", text) else None


@requires(Right.SEE_LEDGER)
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Reckon the whole ledger again and say whether it is what was signed."""
    return render(request, "ledger/verified.html", {"found": queries.verify(settings.TUTELA.home, now=timezone.now())})


def _published(page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page for those who may see the ledger, and for everybody where the installation says so."""
    guarded = requires(Right.SEE_LEDGER)(page)

    @login_not_required
    @wraps(guarded)
    def answer(request: HttpRequest, **named: str) -> HttpResponse:
        if settings.TUTELA.ledger_public and not named.get("path", "").startswith("entries/"):
            return page(request, **named)
        if getattr(request, "viewer", None) is None:
            return redirect_to_login(request.get_full_path())
        return guarded(request, **named)

    return answer


@_published
@require_GET
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The signed head of the ledger."""
    del request
    signed = queries.checkpoint()
    if signed is None:
        raise Http404
    return HttpResponse(signed, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-cache"})


@_published
@require_GET
def tile(request: HttpRequest, path: str) -> HttpResponse:
    """A tile of the tree, or of its entries: the latter tell what was done, and are never for everybody."""
    del request
    found = queries.tile(path)
    if found is None:
        raise Http404
    which, data = found
    whose = "public" if settings.TUTELA.ledger_public and which.level is not None else "private"
    kept = f"{whose}, max-age=31536000, immutable" if which.is_complete else "no-cache"
    return HttpResponse(data, content_type="application/octet-stream", headers={"Cache-Control": kept})
