"""Where the pages of notices are."""

from __future__ import annotations

from django.urls import path

from tutela.apps.notices import pages

urlpatterns = [
    path("", pages.notices, name="notices"),
    path("preview/", pages.preview, name="notices-preview"),
    path("answer/<str:token>/", pages.answer, name="answer-notice"),
    path("<uuid:identifier>/", pages.notice, name="notice"),
    path("<uuid:identifier>/in-clear/", pages.in_clear, name="notice-in-clear"),
]
