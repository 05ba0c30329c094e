"""Where the pages of incidents are."""

from __future__ import annotations

from django.urls import path

from tutela.apps.incidents import pages

urlpatterns = [
    path("", pages.incidents, name="incidents"),
    path("report/", pages.report, name="incident-report"),
    path("new/", pages.new, name="incident-new"),
    path("<uuid:identifier>/", pages.incident, name="incident"),
    path("files/<uuid:identifier>/", pages.attachment, name="attachment"),
]
