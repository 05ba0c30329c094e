"""The Django app ``obligations``."""

from django.apps import AppConfig

from tutela.web import cards


class ObligationsConfig(AppConfig):
    """Registers the app under its short label, and lays its card onto the page of an organisation."""

    name = "tutela.apps.obligations"
    label = "obligations"

    def ready(self) -> None:
        """Offer the card."""
        cards.offer("organisation", "tutela.apps.obligations.pages.card_of_organisation")
