"""Where the pages of people are."""

from __future__ import annotations

from django.urls import path

from tutela.apps.people import pages

urlpatterns = [
    path("", pages.people, name="people"),
    path("add/", pages.add, name="add-person"),
    path("views/", pages.views, name="views"),
    path("me/", pages.me, name="me"),
    path("welcome/<str:secret>/", pages.welcome, name="welcome"),
    path("<uuid:identifier>/", pages.person, name="person"),
]
