from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from tutela.core.actor import Actor, Viewer
from tutela.core.errors import NotAllowed
from tutela.core.rights import RIGHTS, Right, Role
from tutela.web.rights import allow, requires, viewer_of

if TYPE_CHECKING:
    from collections.abc import Callable


@requires(Right.SEE_LEDGER)
def page(request: HttpRequest, number: int) -> HttpResponse:
    """The ledger, say."""
    return HttpResponse(str(number))


def asked(role: Role | None, scopes: frozenset[Right] | None = None) -> HttpRequest:
    request = HttpRequest()
    request.viewer = None if role is None else Viewer(Actor("person", "dana.example"), None, role, scopes)  # type: ignore[attr-defined]
    return request


@pytest.mark.parametrize("role", Role)
def test_a_page_is_for_those_who_have_its_right(role: Role) -> None:
    if role in RIGHTS[Right.SEE_LEDGER]:
        assert page(asked(role), 7).content == b"7"
        allow(viewer_of(asked(role)), Right.SEE_LEDGER)
    else:
        with pytest.raises(PermissionDenied):
            page(asked(role), 7)
        with pytest.raises(NotAllowed, match=r"ledger\.see"):
            allow(viewer_of(asked(role)), Right.SEE_LEDGER)


@pytest.mark.parametrize("request_", [lambda: asked(None), HttpRequest])
def test_who_has_not_signed_in_has_no_right(request_: Callable[[], HttpRequest]) -> None:
    with pytest.raises(PermissionDenied):
        page(request_(), 7)


def test_scopes_narrow_a_right_and_never_give_one() -> None:
    with pytest.raises(PermissionDenied):
        page(asked(Role.AUDITOR, frozenset({Right.SEE_FINDINGS})), 7)
    with pytest.raises(PermissionDenied):
        page(asked(Role.ANALYST, frozenset({Right.SEE_LEDGER})), 7)


def test_a_page_keeps_its_name_and_tells_its_right() -> None:
    assert (page.__name__, page.required_right) == ("page", Right.SEE_LEDGER)  # type: ignore[attr-defined]
