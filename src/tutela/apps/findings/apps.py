"""The Django app ``findings``."""

from django.apps import AppConfig

from tutela.web import cards


class FindingsConfig(AppConfig):
    """Registers the app under its short label, and lays its card onto the page of an organisation."""

    name = "tutela.apps.findings"
    label = "findings"

    def ready(self) -> None:
        """Offer the card."""
        cards.offer("organisation", "tutela.apps.findings.pages.card_of_organisation")
