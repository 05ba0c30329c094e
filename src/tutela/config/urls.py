"""Where each page is. Ids in addresses are random: they do not count up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import include, path

from tutela.config import health
from tutela.config.api import api
from tutela.web import problems

if TYPE_CHECKING:
    from django.urls import URLPattern, URLResolver

_INTERFACE = api.urls  # made anew at each look
for pattern in _INTERFACE[0]:
    pattern.callback = problems.told(pattern.callback)  # type: ignore[arg-type]  # each of them has one

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("account/", include("tutela.apps.people.account_urls")),
    path("api/v1/", _INTERFACE),
    path("api/<path:rest>", problems.absent, name="no-operation"),
    path("", include("tutela.apps.situation.urls")),
    path("", include("tutela.apps.law.urls")),
    path("findings/", include("tutela.apps.findings.urls")),
    path("organisations/", include("tutela.apps.constituency.urls")),
    path("incidents/", include("tutela.apps.incidents.urls")),
    path("obligations/", include("tutela.apps.obligations.urls")),
    path("notices/", include("tutela.apps.notices.urls")),
    path("correspondence/", include("tutela.apps.correspondence.urls")),
    path("feeds/", include("tutela.apps.intake.urls")),
    path("ledger/", include("tutela.apps.ledger.urls")),
    path("people/", include("tutela.apps.people.urls")),
    path("search/", include("tutela.apps.search.urls")),
    path("language/", include("django.conf.urls.i18n")),
]
