"""What the tests of the flow share with those of the apps, and where their log goes."""

from __future__ import annotations

import pytest
import structlog

from tests.apps.ledger.conftest import record

__all__ = ["record"]


@pytest.fixture(autouse=True)
def _logs() -> None:
    """A command that another test ran left the log on the standard error of that test, which is closed by now."""
    structlog.reset_defaults()
