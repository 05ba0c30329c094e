"""The page of the ledger: what was done, by whom, on what legal ground; and its proof."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from tutela.apps.ledger import queries
from tutela.core.rights import Right
from tutela.web.filters import without
from tutela.web.rights import requires, viewer_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

SIZE: Final = 50
_LONGEST: Final = 100


@requires(Right.SEE_LEDGER)
def ledger(request: HttpRequest) -> HttpResponse:
    """The latest entries first."""
    before = request.GET.get("before", "")
    action = request.GET.get("action", "")[:_LONGEST]
    last = int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None  # noqa: PLR2004 - digits of a number of 64 bits
    found = list(islice(queries.entries_for(viewer_of(request), limit=SIZE + 1, before=last, action=action), SIZE + 1))
    entries = found[:SIZE]
    more = without(request.GET, before=str(entries[-1]["seq"])) if len(found) > SIZE else ""
    return render(
        request, "ledger/list.html", {"entries": entries, "more": more, "action": action, "size": queries.size()}
    )


@requires(Right.SEE_LEDGER)
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Reckon the whole ledger again and say whether it is what was signed."""
    return render(request, "ledger/verified.html", {"found": queries.verify(settings.TUTELA.home, now=timezone.now())})
