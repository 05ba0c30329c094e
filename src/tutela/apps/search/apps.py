"""The Django app ``search``."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """Registers the app under its short label."""

    name = "tutela.apps.search"
    label = "search"
