"""Where the pages of the law are."""

from __future__ import annotations

from django.urls import path

from tutela.apps.law import pages

urlpatterns = [
    path("laws/", pages.laws, name="laws"),
    path("laws/changes/", pages.changes, name="law-changes"),
    path("organisations/<uuid:identifier>/law/", pages.organisation_law, name="organisation-law"),
    path("laws/<str:identifier>/", pages.law, name="law"),
]
