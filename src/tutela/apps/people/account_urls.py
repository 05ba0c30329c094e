"""Sign-in and what belongs to it: those of allauth's pages that are used here, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account import views
from django.conf import settings
from django.urls import include, path

if TYPE_CHECKING:
    from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),  # says that it is closed; others link to it by name
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/", views.password_change, name="account_change_password"),
    path("factors/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
]
if settings.SOCIALACCOUNT_PROVIDERS:
    urlpatterns += [
        path("elsewhere/", include("allauth.socialaccount.urls")),
        path("elsewhere/", include("allauth.socialaccount.providers.openid_connect.urls")),
    ]
