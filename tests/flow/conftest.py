"""What the tests of the flow share with those of the apps."""

from tests.apps.ledger.conftest import record

__all__ = ["record"]
