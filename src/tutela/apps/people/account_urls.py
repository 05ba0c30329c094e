"""Sign-in and what belongs to it: those of allauth's pages that are used here, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account import views
from django.conf import settings
from django.urls import include, path

from tutela.apps.people import pages

if TYPE_CHECKING:
    from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", pages.absent, name="account_signup"),  # allauth asks for the address of a page that is not here
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/", pages.password, name="account_change_password"),
    path("factors/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
]
if settings.SOCIALACCOUNT_PROVIDERS:
    from allauth.socialaccount import views as elsewhere

    urlpatterns += [
        path("elsewhere/cancelled/", elsewhere.login_cancelled, name="socialaccount_login_cancelled"),
        path("elsewhere/error/", elsewhere.login_error, name="socialaccount_login_error"),
        path("elsewhere/signup/", pages.absent, name="socialaccount_signup"),
        path("elsewhere/", include("allauth.socialaccount.providers.openid_connect.urls")),
    ]
