"""The Django app ``incidents``."""

from django.apps import AppConfig

from tutela.web import cards


class IncidentsConfig(AppConfig):
    """Registers the app under its short label, and lays its card onto the page of an organisation."""

    name = "tutela.apps.incidents"
    label = "incidents"

    def ready(self) -> None:
        """Offer the card."""
        cards.offer("organisation", "tutela.apps.incidents.pages.card_of_organisation")
