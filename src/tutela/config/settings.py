"""Django's settings; what differs between installations comes from ``environment``."""

from __future__ import annotations

from pathlib import Path

from tutela.config import environment

TUTELA = environment.load()

BASE = Path(__file__).resolve().parent.parent
SECRET_KEY = TUTELA.secret_key or "no page is served yet: nothing is signed with this key"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": TUTELA.database()}
INSTALLED_APPS = [
    "tutela.apps.ledger",
    "tutela.apps.constituency",
    "tutela.apps.intake",
    "tutela.apps.findings",
]
