"""Where each page is. Ids in addresses are random: they do not count up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from tutela.config import health
from tutela.config.api import api

if TYPE_CHECKING:
    from django.urls import URLPattern, URLResolver

# It says itself who may ask (401 without), where a page would lead to the sign-in; its addresses are made at each look.
_INTERFACE = api.urls
for pattern in _INTERFACE[0]:
    login_not_required(pattern.callback)  # type: ignore[type-var]  # each of them has one

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("account/", include("tutela.apps.people.account_urls")),
    path("api/v1/", _INTERFACE),
    path("", include("tutela.apps.situation.urls")),
    path("findings/", include("tutela.apps.findings.urls")),
    path("organisations/", include("tutela.apps.constituency.urls")),
    path("feeds/", include("tutela.apps.intake.urls")),
    path("ledger/", include("tutela.apps.ledger.urls")),
    path("people/", include("tutela.apps.people.urls")),
    path("search/", include("tutela.apps.search.urls")),
    path("language/", include("django.conf.urls.i18n")),
]
