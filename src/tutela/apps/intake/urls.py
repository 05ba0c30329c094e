"""Where the pages of what comes in are."""

from __future__ import annotations

from django.urls import path

from tutela.apps.intake import pages

urlpatterns = [
    path("", pages.feeds, name="feeds"),
    path("reports/<uuid:identifier>/", pages.report, name="report"),
    path("<str:name>/", pages.feed, name="feed"),
]
