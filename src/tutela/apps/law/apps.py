"""The Django app ``law``."""

from django.apps import AppConfig


class LawConfig(AppConfig):
    """Registers the app under its short label."""

    name = "tutela.apps.law"
    label = "law"
