"""The Django app ``incidents``."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Registers the app under its short label."""

    name = "tutela.apps.incidents"
    label = "incidents"
