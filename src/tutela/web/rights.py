"""Pages say which right they need; who has it not is told so."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar, cast

from django.core.exceptions import PermissionDenied

from tutela.core.errors import NotAllowed

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from tutela.core.actor import Viewer
    from tutela.core.rights import Right

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer", bound="HttpResponseBase")


def viewer_of(request: HttpRequest) -> Viewer:
    """Who asks; every page but those for sign-in has one."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    if viewer is None:
        raise PermissionDenied
    return viewer


def requires(
    right: Right,
) -> Callable[
    [Callable[Concatenate[HttpRequest, Parameters], Answer]], Callable[Concatenate[HttpRequest, Parameters], Answer]
]:
    """A page for those alone who have this right."""

    def around(
        page: Callable[Concatenate[HttpRequest, Parameters], Answer],
    ) -> Callable[Concatenate[HttpRequest, Parameters], Answer]:
        @wraps(page)
        def answer(request: HttpRequest, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Answer:
            if not viewer_of(request).may(right):
                raise PermissionDenied
            return page(request, *args, **kwargs)

        answer.required_right = right  # type: ignore[attr-defined]  # the test of all addresses reads it
        return cast("Callable[Concatenate[HttpRequest, Parameters], Answer]", answer)

    return around


def allow(viewer: Viewer, right: Right) -> None:
    """For the interface: raises NotAllowed."""
    if not viewer.may(right):
        raise NotAllowed(f"this needs the right {right.value}.", remedy="Ask your administrator, or use another token.")
