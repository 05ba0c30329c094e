"""Files that a page or the interface hands out."""

from __future__ import annotations

from django.http import Http404, HttpResponse


def as_receipt(text: str, name: str) -> HttpResponse:
    """A receipt as a file to be saved; 404 where there is none."""
    if not text:
        raise Http404
    return _saved(text.encode(), f"{name}.tlog-proof", "text/plain; charset=utf-8")


def as_statement(text: bytes, name: str) -> HttpResponse:
    """What a receipt is about, as JSON to be saved byte for byte."""
    return _saved(text, f"{name}.json", "application/json")


def _saved(content: bytes, name: str, kind: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
