"""The Django app ``ledger``."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Registers the app under its short label."""

    name = "tutela.apps.ledger"
    label = "ledger"
