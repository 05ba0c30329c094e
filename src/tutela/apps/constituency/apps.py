"""The Django app ``constituency``."""

from django.apps import AppConfig


class ConstituencyConfig(AppConfig):
    """Registers the app under its short label."""

    name = "tutela.apps.constituency"
    label = "constituency"
