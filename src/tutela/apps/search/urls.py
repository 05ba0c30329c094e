"""Where the page of search is."""

from __future__ import annotations

from django.urls import path

from tutela.apps.search import pages

urlpatterns = [path("", pages.search, name="search")]
