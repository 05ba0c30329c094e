"""The Django app ``people``."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Registers the app under its short label."""

    name = "tutela.apps.people"
    label = "people"
