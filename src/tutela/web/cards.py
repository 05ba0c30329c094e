"""Cards that a later app lays onto the page of an earlier one, which knows nothing of it.

A page says by ``{% cards "finding" finding %}`` where they go; an app offers its own when it is made ready.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.html import format_html_join
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

_OFFERED: Final[dict[str, list[str]]] = {}


def offer(page: str, function: str) -> None:
    """Show what a function makes, called with request and subject, on a page; it is named by its dotted path."""
    offered = _OFFERED.setdefault(page, [])
    if function not in offered:
        offered.append(function)


def cards_of(page: str, request: HttpRequest, subject: Any) -> SafeString:
    """The cards of a page, one after the other."""
    return format_html_join("", "{}", ((import_string(one)(request, subject),) for one in _OFFERED.get(page, [])))
