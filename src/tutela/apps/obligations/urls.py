"""Where the pages of obligations are."""

from __future__ import annotations

from django.urls import path

from tutela.apps.obligations import pages

urlpatterns = [
    path("", pages.obligations, name="obligations"),
    path("calendar/<str:secret>.ics", pages.calendar, name="calendar"),
    path("incident/<uuid:identifier>/", pages.incident, name="incident-obligations"),
    path("<uuid:identifier>/", pages.obligation, name="obligation"),
    path("<uuid:identifier>/report/", pages.report, name="report-of-obligation"),
]
