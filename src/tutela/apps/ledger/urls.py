"""Where the pages of the ledger are."""

from __future__ import annotations

from django.urls import path

from tutela.apps.ledger import pages

urlpatterns = [
    path("", pages.ledger, name="ledger"),
    path("verify/", pages.verify, name="verify-ledger"),
    path("log/checkpoint", pages.checkpoint, name="ledger-checkpoint"),
    path("log/tile/<path:path>", pages.tile, name="ledger-tile"),
]
