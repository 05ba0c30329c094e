"""The interface for programs: ``/api/v1``. Who asks is known from a token or a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from ninja import NinjaAPI
from ninja.security import APIKeyCookie, HttpBearer

from tutela import __version__
from tutela.apps.constituency.api import router as organisations
from tutela.apps.findings.api import router as findings
from tutela.apps.incidents.api import router as incidents
from tutela.apps.intake.api import router as events
from tutela.apps.law.api import of_organisations as law_of_organisations
from tutela.apps.law.api import router as laws
from tutela.apps.notices.api import router as notices
from tutela.apps.obligations.api import router as obligations
from tutela.apps.people import queries as people
from tutela.apps.people.actions import note_use
from tutela.apps.situation.api import router as metrics
from tutela.config import once
from tutela.web import problems

if TYPE_CHECKING:
    from django.http import HttpRequest
    from ninja.openapi.schema import OpenAPISchema

    from tutela.core.actor import Viewer


class TokenAuth(HttpBearer):
    """A token of a person: ``Authorization: Bearer …``. It may do what both the person and its scopes may."""

    def authenticate(self, request: HttpRequest, token: str) -> Viewer | None:
        """The viewer behind the token, None where there is none (any more)."""
        now = timezone.now()
        viewer = people.token_viewer(token, now)
        if viewer is not None:
            note_use(secret=token, now=now)
            request.viewer = viewer  # type: ignore[attr-defined]
        return viewer


class SessionAuth(APIKeyCookie):
    """Somebody who is signed in with a browser; what changes something needs the CSRF token too."""

    param_name = "sessionid"

    def authenticate(self, request: HttpRequest, key: str | None) -> Viewer | None:
        """The viewer of the session."""
        del key
        viewer: Viewer | None = getattr(request, "viewer", None)
        return viewer


class Interface(NinjaAPI):
    """The interface, described as it is."""

    def get_openapi_schema(self, **given: Any) -> OpenAPISchema:
        """As Ninja describes it, but for the media type of errors."""
        schema = super().get_openapi_schema(**given)
        problems.describe(schema["paths"])
        once.describe(schema["paths"])
        return schema


api = Interface(
    title="Tutela",
    version=__version__,
    description="What the console can do, for programs. Lists are paged: follow `next`.",
    urls_namespace="api",
    docs_url=None,
    openapi_url="openapi.json",
    auth=[TokenAuth(), SessionAuth()],
)
problems.install(api)
api.add_router("/findings", findings)
api.add_router("/incidents", incidents)
api.add_router("/obligations", obligations)
api.add_router("/organisations", organisations)
api.add_router("/organisations", law_of_organisations)
api.add_router("/laws", laws)
api.add_router("/notices", notices)
api.add_router("/events", events)
api.add_router("/metrics", metrics)
