"""The Django app ``notices``."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Registers the app under its short label."""

    name = "tutela.apps.notices"
    label = "notices"
