"""The Django app ``correspondence``."""

from django.apps import AppConfig

from tutela.web import cards


class CorrespondenceConfig(AppConfig):
    """Registers the app under its short label, and lays its cards onto the pages of what is written about."""

    name = "tutela.apps.correspondence"
    label = "correspondence"

    def ready(self) -> None:
        """Offer the cards."""
        for page in ("notice", "finding", "incident"):
            cards.offer(page, f"tutela.apps.correspondence.pages.card_of_{page}")
