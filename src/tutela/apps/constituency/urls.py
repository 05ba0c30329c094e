"""Where the pages of organisations are."""

from __future__ import annotations

from django.urls import path

from tutela.apps.constituency import pages

urlpatterns = [
    path("", pages.organisations, name="organisations"),
    path("confirm/<str:token>/", pages.confirm, name="confirm-contact"),
    path("<uuid:identifier>/", pages.organisation, name="organisation"),
    path("<uuid:identifier>/certificates/", pages.certificates, name="certificates"),
]
