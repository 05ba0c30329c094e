"""The Django app ``obligations``."""

from django.apps import AppConfig


class ObligationsConfig(AppConfig):
    """Registers the app under its short label."""

    name = "tutela.apps.obligations"
    label = "obligations"
