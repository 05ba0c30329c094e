"""Where the pages of findings are."""

from __future__ import annotations

from django.urls import path

from tutela.apps.findings import pages

urlpatterns = [
    path("", pages.findings, name="findings"),
    path("step/", pages.many, name="findings-step"),
    path("<uuid:identifier>/", pages.finding, name="finding"),
]
