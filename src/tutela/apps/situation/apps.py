"""The Django app ``situation``."""

from django.apps import AppConfig


class SituationConfig(AppConfig):
    """Registers the app under its short label."""

    name = "tutela.apps.situation"
    label = "situation"
