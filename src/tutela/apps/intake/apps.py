"""The Django app ``intake``."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Registers the app under its short label."""

    name = "tutela.apps.intake"
    label = "intake"
