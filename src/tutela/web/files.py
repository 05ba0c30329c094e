"""Files that a page or the interface hands out."""

from __future__ import annotations

from django.http import Http404, HttpResponse


def as_receipt(text: str, name: str) -> HttpResponse:
    """A receipt as a file to be saved; 404 where there is none."""
    if not text:
        raise Http404
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.tlog-proof"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
