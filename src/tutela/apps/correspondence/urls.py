"""Where the pages of correspondence are."""

from __future__ import annotations

from django.urls import path

from tutela.apps.correspondence import pages

urlpatterns = [
    path("", pages.correspondence, name="correspondence"),
    path("<uuid:identifier>/", pages.message, name="message"),
    path("<uuid:identifier>/original/", pages.original, name="message-original"),
    path("files/<uuid:identifier>/", pages.file, name="message-file"),
]
