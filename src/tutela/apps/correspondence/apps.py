"""The Django app ``correspondence``."""

from django.apps import AppConfig


class CorrespondenceConfig(AppConfig):
    """Registers the app under its short label."""

    name = "tutela.apps.correspondence"
    label = "correspondence"
