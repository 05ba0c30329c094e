"""The Django app ``findings``."""

from django.apps import AppConfig


class FindingsConfig(AppConfig):
    """Registers the app under its short label."""

    name = "tutela.apps.findings"
    label = "findings"
