"""Where the home page is."""

from __future__ import annotations

from django.urls import path

from tutela.apps.situation import pages

urlpatterns = [path("", pages.situation, name="situation")]
