"""What the tests of commands share with those of the apps."""

from tests.apps.ledger.conftest import attacker, record

__all__ = ["attacker", "record"]
