"""The Django app ``web``."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Brings the templates, the static files and the translations of the kit."""

    name = "tutela.web"
    label = "web"
